/// A JSON document, with numbers and strings kept exactly and members in the order they were written.
public enum JSON: Sendable, Hashable {
  /// A scalar.
  case value(KeyValue.Value)
  /// A list.
  case array([JSON])
  /// An object.
  case object(JSONObject)

  /// Parses a whole document.
  ///
  /// - Throws: ``JSONError`` with line, column and reason. Never traps, whatever the bytes.
  public init(parsing bytes: Span<UInt8>) throws(JSONError) {
    var cursor = JSONCursor()
    self = try cursor.json(bytes)
    cursor.skipSpace(bytes)
    guard cursor.isAtEnd(bytes) else { throw cursor.error(bytes, "expected the end of the document") }
  }

  /// Parses a whole document.
  ///
  /// - Throws: ``JSONError`` with line, column and reason.
  public init(parsing text: String) throws(JSONError) {
    let bytes = Array(text.utf8)
    self = try JSON(parsing: bytes.span)
  }

  /// The string, if this is one.
  public var string: String? {
    if case .value(.string(let text)) = self { text } else { nil }
  }

  /// The integer, if this is one.
  public var integer: Int64? {
    if case .value(.integer(let integer)) = self { integer } else { nil }
  }

  /// The truth value, if this is one.
  public var bool: Bool? {
    if case .value(.bool(let bool)) = self { bool } else { nil }
  }

  /// The scalar, if this is one.
  public var scalar: KeyValue.Value? {
    if case .value(let value) = self { value } else { nil }
  }

  /// The elements, if this is a list.
  public var array: [JSON]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The object, if this is one.
  public var object: JSONObject? {
    if case .object(let object) = self { object } else { nil }
  }

  /// The member of that name, if this is an object that has it.
  public subscript(name: String) -> JSON? {
    object?[name]
  }

  /// What kind of JSON this is, in words for a message: "a string", "an object".
  public var kind: String {
    switch self {
    case .value(.null): "null"
    case .value(.bool): "a truth value"
    case .value(.integer): "an integer"
    case .value(.number): "a number"
    case .value(.string): "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

/// The members of a JSON object in the order they were written.
public struct JSONObject: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  /// One member.
  public struct Member: Sendable, Hashable {
    /// The name of the member.
    public let name: String
    /// What stands under the name.
    public var json: JSON

    /// Makes a member.
    public init(name: String, json: JSON) {
      self.name = name
      self.json = json
    }
  }

  /// The members in order.
  public private(set) var members: [Member] = []

  /// Makes an empty object.
  public init() {}

  /// Makes an object of members in order.
  public init(dictionaryLiteral elements: (String, JSON)...) {
    members = elements.map { Member(name: $0.0, json: $0.1) }
  }

  /// The member of that name, compared byte for byte. Linear in the number of members. Where a document repeats a name
  /// the last one counts. Setting nil removes the member.
  public subscript(name: String) -> JSON? {
    get { members.last { $0.name.utf8.elementsEqual(name.utf8) }?.json }
    set {
      guard let newValue else { return members.removeAll { $0.name.utf8.elementsEqual(name.utf8) } }
      if let index = members.lastIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
        members[index].json = newValue
      } else {
        members.append(Member(name: name, json: newValue))
      }
    }
  }

  /// Appends a member without looking for one of the same name.
  public mutating func append(_ member: Member) {
    members.append(member)
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByNilLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  /// Makes a string.
  public init(stringLiteral value: String) { self = .value(.string(value)) }
  /// Makes an integer.
  public init(integerLiteral value: Int64) { self = .value(.integer(value)) }
  /// Makes a truth value.
  public init(booleanLiteral value: Bool) { self = .value(.bool(value)) }
  /// Makes null.
  public init(nilLiteral: ()) { self = .value(.null) }
  /// Makes a number.
  public init(floatLiteral value: Double) { self = .value(.number(value)) }
  /// Makes a list.
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  /// Makes an object.
  public init(dictionaryLiteral elements: (String, JSON)...) {
    var object = JSONObject()
    for (name, json) in elements { object.append(.init(name: name, json: json)) }
    self = .object(object)
  }

  /// Makes a string.
  public init(_ text: String) { self = .value(.string(text)) }
  /// Makes an integer.
  public init(_ integer: some BinaryInteger) { self = .value(.integer(Int64(clamping: integer))) }
  /// Makes a number; `null` where it is not finite, since JSON has no such number.
  public init(_ double: Double) { self = double.isFinite ? .value(.number(double)) : .value(.null) }
  /// Makes a truth value.
  public init(_ bool: Bool) { self = .value(.bool(bool)) }
}
