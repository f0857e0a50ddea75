/// A position in JSON text, and the steps that read from there.
///
/// The text is handed to each step rather than kept, so that the cursor is a plain number that may be stored, copied and
/// sent. Reading is linear and allocates only for strings and trees; every access is bounds-checked. A step that throws says
/// the line and column of what it did not expect there.
public struct JSONCursor: Sendable {
  /// The offset in bytes of what is read next.
  public internal(set) var offset: Int

  /// Nesting deeper than this is refused, so that a hostile text cannot exhaust the stack.
  public static let depthMax = 128

  /// Makes a cursor at an offset.
  public init(offset: Int = 0) {
    self.offset = offset
  }

  /// Whether everything was read.
  public func isAtEnd(_ bytes: borrowing Span<UInt8>) -> Bool {
    offset >= bytes.count
  }

  /// The error for what stands here.
  public func error(_ bytes: borrowing Span<UInt8>, _ reason: String) -> JSONError {
    error(bytes, at: offset, reason)
  }

  /// The error for what stands at an offset. Linear in the offset: it counts the lines.
  public func error(_ bytes: borrowing Span<UInt8>, at offset: Int, _ reason: String) -> JSONError {
    var line = 1
    var lineStart = 0
    for index in 0..<min(offset, bytes.count) where bytes[index] == UInt8(ascii: "\n") {
      line += 1
      lineStart = index + 1
    }
    return JSONError(line: line, column: offset - lineStart + 1, reason: reason)
  }

  /// Passes over white space.
  public mutating func skipSpace(_ bytes: borrowing Span<UInt8>) {
    if peek(bytes) > 0x20 { return }
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x09, 0x0A, 0x0D: offset += 1
      default: return
      }
    }
  }

  @inline(__always)
  func peek(_ bytes: borrowing Span<UInt8>) -> UInt8 {
    offset < bytes.count ? bytes[offset] : 0
  }

  /// Passes over one punctuation character, white space before it included.
  public mutating func expect(_ character: Unicode.Scalar, _ bytes: borrowing Span<UInt8>) throws(JSONError) {
    skipSpace(bytes)
    guard offset < bytes.count, UInt32(bytes[offset]) == character.value else {
      throw error(bytes, "expected \"\(character)\"\(found(bytes))")
    }
    offset += 1
  }

  func found(_ bytes: borrowing Span<UInt8>) -> String {
    guard offset < bytes.count else { return ", found the end" }
    let byte = bytes[offset]
    return byte > 0x20 && byte < 0x7F ? ", found \"\(Unicode.Scalar(byte))\"" : ", found byte \(byte)"
  }

  /// Reads the name of the next member of the object that the cursor is in, leaving the cursor before its value; nil,
  /// with the cursor behind it, at the closing brace.
  ///
  /// Call it after passing the opening brace, with `isFirst` true the first time.
  public mutating func nextMember(
    isFirst: Bool, _ bytes: borrowing Span<UInt8>
  ) throws(JSONError) -> String? {
    skipSpace(bytes)
    if peek(bytes) == UInt8(ascii: "}"), offset < bytes.count {
      offset += 1
      return nil
    }
    if !isFirst {
      try expect(",", bytes)
      skipSpace(bytes)
    }
    let name = try string(bytes)
    try expect(":", bytes)
    skipSpace(bytes)
    return name
  }

  /// Reads any JSON.
  public mutating func json(_ bytes: borrowing Span<UInt8>) throws(JSONError) -> JSON {
    try json(bytes, depth: 0)
  }

  private mutating func json(_ bytes: borrowing Span<UInt8>, depth: Int) throws(JSONError) -> JSON {
    guard depth < Self.depthMax else { throw error(bytes, "nested deeper than \(Self.depthMax) levels") }
    skipSpace(bytes)
    switch peek(bytes) {
    case UInt8(ascii: "{"):
      offset += 1
      var object = JSONObject()
      var isFirst = true
      while let name = try nextMember(isFirst: isFirst, bytes) {
        isFirst = false
        object.append(.init(name: name, json: try json(bytes, depth: depth + 1)))
      }
      return .object(object)
    case UInt8(ascii: "["):
      offset += 1
      var elements: [JSON] = []
      skipSpace(bytes)
      if peek(bytes) == UInt8(ascii: "]") {
        offset += 1
        return .array(elements)
      }
      while true {
        elements.append(try json(bytes, depth: depth + 1))
        skipSpace(bytes)
        if peek(bytes) == UInt8(ascii: "]") {
          offset += 1
          return .array(elements)
        }
        try expect(",", bytes)
      }
    default:
      return .value(try scalar(bytes))
    }
  }

  /// Reads a scalar.
  public mutating func scalar(_ bytes: borrowing Span<UInt8>) throws(JSONError) -> Value {
    skipSpace(bytes)
    switch peek(bytes) {
    case UInt8(ascii: "\""): return .string(try string(bytes))
    case UInt8(ascii: "t"): return try word("true", as: true, bytes)
    case UInt8(ascii: "f"): return try word("false", as: false, bytes)
    case UInt8(ascii: "n"): return try word("null", as: nil, bytes)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(bytes)
    default: throw error(bytes, "expected a value\(found(bytes))")
    }
  }

  private mutating func word(
    _ word: StaticString, as value: Value, _ bytes: borrowing Span<UInt8>
  ) throws(JSONError) -> Value {
    let end = offset + word.utf8CodeUnitCount
    guard end <= bytes.count else { throw error(bytes, "expected a value") }
    for index in 0..<word.utf8CodeUnitCount where bytes[offset + index] != word.utf8Start[index] {
      throw error(bytes, "expected a value")
    }
    offset = end
    return value
  }
}
