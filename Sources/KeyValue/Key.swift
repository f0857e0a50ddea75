/// The name of an entry in a store: a string compared byte for byte.
///
/// Swift compares strings by canonical equivalence, under which a composed and a decomposed accent are equal.
/// A store that keeps bytes tells them apart, so a checker must too.
public struct Key: Hashable, Sendable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The text of the key.
  public let text: String

  /// Makes a key of a text.
  public init(_ text: String) {
    self.text = text
  }

  /// Makes a key of a literal.
  public init(stringLiteral text: String) {
    self.text = text
  }

  /// The text of the key.
  public var description: String { text }

  /// Whether both keys are the same bytes.
  public static func == (left: Key, right: Key) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  /// Orders keys by their bytes.
  public static func < (left: Key, right: Key) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
