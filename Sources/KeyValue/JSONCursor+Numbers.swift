/// Reads numbers: integers of 64 bits exactly, everything else as the nearest double.
extension JSONCursor {
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
}
