/// Reads strings, with their escapes.
extension JSONCursor {
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
