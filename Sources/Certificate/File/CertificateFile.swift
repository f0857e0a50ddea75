public import History
public import KeyValue

/// A certificate that was read: what it is about, and what it claims.
public struct CertificateFile: Sendable {
  /// Why a text is no certificate: where, and what was expected or found.
  public typealias Fault = JSONError

  /// The history's name when the certificate was made.
  public let file: String
  /// Which history it is about.
  public let fingerprint: Fingerprint
  /// Its claims, for the history that it was read for.
  public let claims: [Claim]

  /// Why the certificate is not about a history; nil when it is.
  public func mismatch(with history: History) -> String? {
    fingerprint.difference(from: Fingerprint(of: history))
  }

  /// Reads a certificate about a history, whose keys and values it names. Integers are read without building a tree.
  /// Never traps, whatever the bytes. Linear in them.
  ///
  /// - Throws: ``Fault`` with the line and column where the text is no certificate.
  public init(_ bytes: [UInt8], about history: History) throws(Fault) {
    var reader = CertificateReader(bytes, history)
    do throws(Fault) {
      self = try reader.read()
    } catch {
      // A certificate about another history names keys and values that this one does not have.
      guard let fingerprint = reader.fingerprint,
        fingerprint.difference(from: Fingerprint(of: history)) != nil
      else { throw error }
      self.init(file: "", fingerprint: fingerprint, claims: [])
    }
  }

  init(file: String, fingerprint: Fingerprint, claims: [Claim]) {
    self.file = file
    self.fingerprint = fingerprint
    self.claims = claims
  }
}
