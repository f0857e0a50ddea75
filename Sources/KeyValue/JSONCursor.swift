/// A position in JSON text, and the steps that read from there.
///
/// The text is handed to each step rather than kept, so that the cursor is a plain number that may be stored, copied and
/// sent. Reading is linear and allocates only for strings and trees; every access is bounds-checked.
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

  static func isDigit(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "0") < 10
  }

  private mutating func digits(_ bytes: borrowing Span<UInt8>) throws(JSONError) {
    guard Self.isDigit(peek(bytes)) else { throw error(bytes, "expected a digit\(found(bytes))") }
    while Self.isDigit(peek(bytes)) { offset += 1 }
  }

  mutating func number(_ bytes: borrowing Span<UInt8>) throws(JSONError) -> Value {
    let start = offset
    if peek(bytes) == UInt8(ascii: "-") { offset += 1 }
    if peek(bytes) == UInt8(ascii: "0") {
      offset += 1
      if Self.isDigit(peek(bytes)) { throw error(bytes, at: start, "a number does not begin with 0") }
    } else {
      try digits(bytes)
    }
    var isInteger = true
    if peek(bytes) == UInt8(ascii: ".") {
      isInteger = false
      offset += 1
      try digits(bytes)
    }
    if peek(bytes) | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      offset += 1
      if peek(bytes) == UInt8(ascii: "+") || peek(bytes) == UInt8(ascii: "-") { offset += 1 }
      try digits(bytes)
    }
    if isInteger {
      return .integer(try integer(bytes, from: start, to: offset))
    }
    guard let double = Double(Self.text(bytes, start..<offset)), double.isFinite else {
      throw doesNotFit(bytes, start..<offset)
    }
    return .number(double)
  }

  private func integer(
    _ bytes: borrowing Span<UInt8>, from start: Int, to end: Int
  ) throws(JSONError) -> Int64 {
    let isNegative = bytes[start] == UInt8(ascii: "-")
    var magnitude: UInt64 = 0
    for index in (isNegative ? start + 1 : start)..<end {
      let (product, overflowed) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(UInt64(bytes[index] &- UInt8(ascii: "0")))
      magnitude = sum
      if overflowed || carried { throw doesNotFit(bytes, start..<end) }
    }
    if isNegative, magnitude == UInt64(Int64.max) + 1 { return Int64.min }
    guard let positive = Int64(exactly: magnitude) else { throw doesNotFit(bytes, start..<end) }
    return isNegative ? -positive : positive
  }

  private func doesNotFit(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> JSONError {
    // The reason goes to whoever sent the text, who may have sent any number of digits.
    let lengthMax = 40
    let text = Self.text(bytes, range.prefix(lengthMax))
    return error(
      bytes, at: range.lowerBound,
      "the number \(text)\(range.count > lengthMax ? "..." : "") does not fit in 64 bits")
  }

  private static func text(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> String {
    bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
  }

  /// Reads a string.
  public mutating func string(_ bytes: borrowing Span<UInt8>) throws(JSONError) -> String {
    skipSpace(bytes)
    guard peek(bytes) == UInt8(ascii: "\"") else { throw error(bytes, "expected a string\(found(bytes))") }
    offset += 1
    let start = offset
    while offset < bytes.count {
      switch bytes[offset] {
      case UInt8(ascii: "\""):
        let text = try utf8(bytes, start..<offset)
        offset += 1
        return text
      case UInt8(ascii: "\\"):
        return try stringWithEscapes(bytes, from: start)
      case 0..<0x20:
        throw error(bytes, "a control character in a string must be escaped")
      default:
        offset += 1
      }
    }
    throw error(bytes, at: start - 1, "the string is not closed")
  }

  func utf8(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) throws(JSONError) -> String {
    guard let text = try? UTF8Span(validating: bytes.extracting(range)) else {
      throw error(bytes, at: range.lowerBound, "the string is not UTF-8")
    }
    return String(copying: text)
  }

  private mutating func stringWithEscapes(
    _ bytes: borrowing Span<UInt8>, from start: Int
  ) throws(JSONError) -> String {
    var text = try utf8(bytes, start..<offset)
    while offset < bytes.count {
      switch bytes[offset] {
      case UInt8(ascii: "\""):
        offset += 1
        return text
      case UInt8(ascii: "\\"):
        offset += 1
        text.unicodeScalars.append(try escape(bytes))
      default:
        let run = offset
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\""), bytes[offset] != UInt8(ascii: "\\") {
          guard bytes[offset] >= 0x20 else {
            throw error(bytes, "a control character in a string must be escaped")
          }
          offset += 1
        }
        text += try utf8(bytes, run..<offset)
      }
    }
    throw error(bytes, at: start - 1, "the string is not closed")
  }

  mutating func escape(_ bytes: borrowing Span<UInt8>) throws(JSONError) -> Unicode.Scalar {
    let character = peek(bytes)
    offset += 1
    switch character {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let start = offset - 2
      let unit = try hexadecimal(bytes)
      if let scalar = Unicode.Scalar(unit) { return scalar }
      guard unit < 0xDC00, peek(bytes) == UInt8(ascii: "\\") else {
        throw error(bytes, at: start, "half of a surrogate pair")
      }
      offset += 1
      guard peek(bytes) == UInt8(ascii: "u") else {
        throw error(bytes, at: start, "half of a surrogate pair")
      }
      offset += 1
      let low = try hexadecimal(bytes)
      guard (0xDC00...0xDFFF).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
      else { throw error(bytes, at: start, "half of a surrogate pair") }
      return scalar
    default:
      offset -= 1
      throw error(bytes, "no such escape\(found(bytes))")
    }
  }

  private mutating func hexadecimal(_ bytes: borrowing Span<UInt8>) throws(JSONError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      let digit: UInt8
      switch peek(bytes) {
      case let byte where Self.isDigit(byte): digit = byte - UInt8(ascii: "0")
      case let byte where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20):
        digit = (byte | 0x20) - UInt8(ascii: "a") + 10
      default: throw error(bytes, "expected a hexadecimal digit\(found(bytes))")
      }
      unit = unit << 4 | UInt16(digit)
      offset += 1
    }
    return unit
  }
}
