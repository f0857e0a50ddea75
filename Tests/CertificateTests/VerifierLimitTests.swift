import Certificate
import Consistency
import History
import Reports
import TestSupport
import Testing

/// How often a verifier asks whether to go on, and for how much: counted, so that no clock is in it.
@Suite("Verifying asks on its way, and before it makes what is large")
struct VerifierLimitTests {
  private static func history(unknownShare: Int = 0) -> History {
    var large = LargeHistories()
    large.operations = 2_000
    large.processes = 40
    large.keys = 10
    large.staleReads = 1
    large.unknownShare = unknownShare
    return large.history(seed: 4)
  }

  /// The steps of validating one claim, and the bytes asked for.
  private func effort(_ claim: Claim, _ history: History) throws -> (questions: Int, bytes: Int) {
    var verifier = Verifier(history)
    var (questions, bytes) = (0, 0)
    verifier.limit(stepsPerQuestion: 0) { wanted in
      questions += 1
      bytes += wanted
      return nil
    }
    #expect(try verifier.verify(claim) == .proved)
    return (questions, bytes)
  }

  @Test("every model that holds: several steps for each operation", arguments: Model.allCases.dropLast())
  func steps(model: Model) throws {
    var large = LargeHistories()
    large.operations = 2_000
    large.processes = 40
    large.keys = 10
    for history in [Self.history(), large.history(seed: 4)] {
      guard let claim = Claim(check(history, model)), claim.holds else { continue }
      let (questions, bytes) = try effort(claim, history)
      // Arranging the history takes three, and replaying an order one more.
      #expect(questions >= 4 * history.operations.count, "\(questions)")
      #expect(bytes >= 16 * history.operations.count, "\(bytes)")
    }
  }

  @Test(
    "rows of what each process did with each key are asked for, which are many where processes are",
    arguments: [Model.monotonicWrites, .monotonicReads, .readYourWrites, .regular])
  func rows(model: Model) throws {
    let history = Self.history()
    let wide = Self.history(unknownShare: 50)
    let claims = try [history, wide].map { try #require(Claim(check($0, model, limits: .none))) }
    guard claims.allSatisfy(\.holds) else { return }
    let narrowBytes = try effort(claims[0], history).bytes
    let wideBytes = try effort(claims[1], wide).bytes
    #expect(wideBytes > narrowBytes + 4 * history.operations.count, "\(wideBytes) and \(narrowBytes)")
  }

  @Test("a certificate is the same whether its claims are there or made as they are written")
  func lazyClaims() throws {
    let history = Self.history()
    let verdicts = [Model.pram, .causal, .linearizable].map { check(history, $0) }
    func bytes(_ claims: any Sequence<Claim>) -> [UInt8] {
      var bytes: [UInt8] = []
      CertificateWriter(claims, of: history, file: "h").write { bytes += $0 }
      return bytes
    }
    #expect(bytes(verdicts.compactMap { Claim($0) }) == bytes(verdicts.lazy.compactMap { Claim($0) }))
  }
}
