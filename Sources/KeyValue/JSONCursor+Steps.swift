/// Steps that pass over JSON without building it: for readers of large files, which look at few members and want to
/// allocate nothing for the rest.
extension JSONCursor {
  /// A string as it stands in the text.
  public struct StringToken: Sendable, Hashable {
    /// The bytes between the quotes.
    public let range: Range<Int>
    /// Whether the bytes are the string itself: it has no escapes.
    public let isPlain: Bool
  }

  /// The first byte of what is read next, white space passed over; 0 at the end.
  public mutating func next(_ bytes: borrowing Span<UInt8>) -> UInt8 {
    skipSpace(bytes)
    return peek(bytes)
  }

  /// Passes over a string and says where it stands. The string is checked to be UTF-8 with proper escapes.
  public mutating func stringToken(_ bytes: borrowing Span<UInt8>) throws(JSONError) -> StringToken {
    skipSpace(bytes)
    guard peek(bytes) == UInt8(ascii: "\"") else { throw error(bytes, "expected a string\(found(bytes))") }
    let start = offset + 1
    var index = start
    var isPlain = true
    var isASCII = true
    while true {
      while index < bytes.count, Self.isOrdinary(bytes[index]) { index &+= 1 }
      guard index < bytes.count else { break }
      switch bytes[index] {
      case UInt8(ascii: "\""):
        if !isASCII { _ = try utf8(bytes, start..<index) }
        offset = index + 1
        return StringToken(range: start..<index, isPlain: isPlain)
      case UInt8(ascii: "\\"):
        isPlain = false
        offset = index + 1
        _ = try escape(bytes)
        index = offset
      case 0..<0x20:
        throw error(bytes, at: index, "a control character in a string must be escaped")
      default:
        isASCII = false
        index += 1
      }
    }
    throw error(bytes, at: start - 1, "the string is not closed")
  }

  /// Whether a byte of a string is ASCII that stands for itself.
  @inline(__always)
  private static func isOrdinary(_ byte: UInt8) -> Bool {
    byte &- 0x20 < 0x60 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  /// Reads the name of the next member of the object that the cursor is in, as ``nextMember(isFirst:_:)`` does, and
  /// says where it stands.
  public mutating func nextMemberToken(
    isFirst: Bool, _ bytes: borrowing Span<UInt8>
  ) throws(JSONError) -> StringToken? {
    skipSpace(bytes)
    if peek(bytes) == UInt8(ascii: "}") {
      offset += 1
      return nil
    }
    if !isFirst { try pass(UInt8(ascii: ","), bytes) }
    let name = try stringToken(bytes)
    try pass(UInt8(ascii: ":"), bytes)
    skipSpace(bytes)
    return name
  }

  /// Passes over one punctuation character, as ``expect(_:_:)`` does.
  @inline(__always)
  private mutating func pass(_ character: UInt8, _ bytes: borrowing Span<UInt8>) throws(JSONError) {
    if peek(bytes) == character { offset &+= 1 } else { try expect(Unicode.Scalar(character), bytes) }
  }

  /// Reads an integer that fits in 64 bits.
  public mutating func integer(_ bytes: borrowing Span<UInt8>) throws(JSONError) -> Int64 {
    skipSpace(bytes)
    let start = offset
    let first = peek(bytes)
    // The common case, at most 19 digits, which cannot overflow 64 bits without a sign.
    if Self.isDigit(first), first != UInt8(ascii: "0") {
      var magnitude: UInt64 = 0
      var index = start
      let end = min(bytes.count, start + 19)
      while index < end {
        let digit = bytes[index] &- UInt8(ascii: "0")
        if digit > 9 { break }
        magnitude = magnitude &* 10 &+ UInt64(digit)
        index &+= 1
      }
      if index == bytes.count || Self.endsInteger(bytes[index]), let integer = Int64(exactly: magnitude) {
        offset = index
        return integer
      }
    }
    guard first == UInt8(ascii: "-") || Self.isDigit(first) else {
      throw error(bytes, "expected an integer\(found(bytes))")
    }
    guard case .integer(let integer) = try number(bytes) else {
      throw error(bytes, at: start, "expected an integer, found a number with a fraction or an exponent")
    }
    return integer
  }

  private static func endsInteger(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
  }

  /// Passes over any JSON, which is checked as if it were read. Allocates nothing unless a string is not ASCII.
  public mutating func skipValue(_ bytes: borrowing Span<UInt8>) throws(JSONError) {
    try skipValue(bytes, depth: 0)
  }

  private mutating func skipValue(_ bytes: borrowing Span<UInt8>, depth: Int) throws(JSONError) {
    guard depth < Self.depthMax else { throw error(bytes, "nested deeper than \(Self.depthMax) levels") }
    switch next(bytes) {
    case UInt8(ascii: "\""):
      _ = try stringToken(bytes)
    case UInt8(ascii: "{"):
      offset += 1
      var isFirst = true
      while try nextMemberToken(isFirst: isFirst, bytes) != nil {
        isFirst = false
        try skipValue(bytes, depth: depth + 1)
      }
    case UInt8(ascii: "["):
      offset += 1
      if next(bytes) == UInt8(ascii: "]") {
        offset += 1
        return
      }
      while true {
        try skipValue(bytes, depth: depth + 1)
        if next(bytes) == UInt8(ascii: "]") {
          offset += 1
          return
        }
        try expect(",", bytes)
      }
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      try skipNumber(bytes)
    default:
      _ = try scalar(bytes)
    }
  }

  /// Passes over a number; one of up to 18 digits certainly fits.
  private mutating func skipNumber(_ bytes: borrowing Span<UInt8>) throws(JSONError) {
    var index = offset
    if peek(bytes) != UInt8(ascii: "0") {
      while index < bytes.count, Self.isDigit(bytes[index]) { index &+= 1 }
    }
    if index > offset, index - offset <= 18, index == bytes.count || Self.endsInteger(bytes[index]) {
      offset = index
    } else {
      _ = try scalar(bytes)
    }
  }
}
