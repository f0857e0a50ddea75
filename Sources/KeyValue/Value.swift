/// What a store holds under a key: a JSON scalar, kept exactly.
///
/// `null`, `""` and `"null"` are three values; integers are exact over all 64 bits; strings are compared by bytes.
/// `10` and `10.0` are the same number, hence the same value (a store written in a language with one number type
/// may answer either), although each is written out as it was read.
public enum Value: Sendable {
  /// The absence of a value, as JSON `null`. Writing it deletes the key.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number without fraction or exponent.
  case integer(Int64)
  /// A number with a fraction or an exponent. Always finite.
  case number(Double)
  /// A text.
  case string(String)
}

extension Value: Hashable {
  /// The same value in the form that equality is decided on: a `number` without a fraction is an `integer` where it
  /// fits.
  private var canonical: Value {
    if case .number(let double) = self, let integer = Int64(exactly: double) { return .integer(integer) }
    return self
  }

  /// Whether both are the same value.
  public static func == (left: Value, right: Value) -> Bool {
    switch (left.canonical, right.canonical) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
    default: false
    }
  }

  /// Hashes the value.
  public func hash(into hasher: inout Hasher) {
    switch canonical {
    case .null: hasher.combine(0)
    case .bool(let bool): hasher.combine(bool)
    case .integer(let integer): hasher.combine(integer)
    case .number(let double): hasher.combine(double)
    case .string(var text): text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
  }
}

extension Value: Comparable {
  private var rank: Int {
    switch self {
    case .null: 0
    case .bool: 1
    case .integer, .number: 2
    case .string: 3
    }
  }

  /// A total order over all values, the same on every machine: null, false, true, numbers, strings by bytes.
  public static func < (left: Value, right: Value) -> Bool {
    switch (left.canonical, right.canonical) {
    case (.bool(let a), .bool(let b)): !a && b
    case (.integer(let a), .integer(let b)): a < b
    case (.number(let a), .number(let b)): a < b
    // A canonical number has a fraction or is 2^63 or more in magnitude, so it never equals an integer; where the
    // integer rounds to it, it did so upwards.
    case (.integer(let a), .number(let b)): Double(a) <= b
    case (.number(let a), .integer(let b)): a < Double(b)
    case (.string(let a), .string(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
    case (let a, let b): a.rank < b.rank
    }
  }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByNilLiteral
{
  /// Makes an integer.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// Makes a string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// Makes a truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// Makes null.
  public init(nilLiteral: ()) { self = .null }
}

extension Value: CustomStringConvertible {
  /// The JSON text of the value.
  public var description: String {
    JSON.value(self).description
  }
}
