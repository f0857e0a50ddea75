/// Eight bytes of a text in a register, the first in the lowest bits: for looking at them all at once.
///
/// The tests for a kind of byte mark it by its highest bit. Above the lowest mark they may err, since a borrow passes
/// on, so only the lowest one counts (Mycroft's test; H. S. Warren, "Hacker's Delight", 6-1).
struct EightBytes {
  /// The bytes.
  let bits: UInt64

  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// Loads the bytes at an offset. The caller knows that there are as many.
  @inline(__always)
  init(_ bytes: borrowing Span<UInt8>, at offset: Int) {
    bits = UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// Loads so many bytes, at most eight, and puts zeros behind them.
  @inline(__always)
  init(_ bytes: borrowing Span<UInt8>, at offset: Int, count: Int) {
    if offset &+ 8 <= bytes.count {
      bits = EightBytes(bytes, at: offset).prefix(count)
    } else {
      var bits: UInt64 = 0
      for index in 0..<count { bits |= UInt64(bytes[offset &+ index]) &<< UInt64(8 &* index) }
      self.bits = bits
    }
  }

  /// The bytes of an ASCII word of at most eight letters, zeros behind it.
  @inline(__always)
  init(_ word: StaticString) {
    var bits: UInt64 = 0
    var index = 0
    while index < word.utf8CodeUnitCount {
      bits |= UInt64(word.utf8Start[index]) &<< UInt64(8 &* index)
      index &+= 1
    }
    self.bits = bits
  }

  /// The first few of the bytes, zeros behind them.
  @inline(__always)
  func prefix(_ count: Int) -> UInt64 {
    bits & ~(~0 << UInt64(8 &* count))
  }

  /// How many bytes there are before the first that is not ASCII or cannot stand for itself in a JSON or EDN string: a
  /// quote, a backslash, a control character. 8 when there is none.
  @inline(__always)
  var plainCount: Int {
    let quote = bits ^ (Self.ones &* 0x22)
    let backslash = bits ^ (Self.ones &* 0x5C)
    let isQuote = (quote &- Self.ones) & ~quote
    let isBackslash = (backslash &- Self.ones) & ~backslash
    let isControl = (bits &- Self.ones &* 0x20) & ~bits
    return ((isQuote | isBackslash | isControl | bits) & Self.highs).trailingZeroBitCount / 8
  }

  /// How many bytes there are before the first that is not a digit.
  @inline(__always)
  var digitCount: Int {
    let digits = bits ^ (Self.ones &* 0x30)
    // What a byte above 9 is either has a high half or gets one by adding 6.
    let others = (digits | ((digits & (Self.ones &* 0x0F)) &+ Self.ones &* 0x06)) & (Self.ones &* 0xF0)
    return others.trailingZeroBitCount / 8
  }

  /// The number whose digits are the first bytes.
  ///
  /// - Parameter count: from 1 to 8.
  @inline(__always)
  func number(digits count: Int) -> UInt64 {
    // Zeros in front, then neighbours are joined: digits to pairs, pairs to fours, fours to eight.
    var number = (bits ^ (Self.ones &* 0x30)) &<< UInt64(64 &- 8 &* count)
    number = (number &* 10 &+ number >> 8) & 0x00FF_00FF_00FF_00FF
    number = (number &* 100 &+ number >> 16) & 0x0000_FFFF_0000_FFFF
    return (number &* 10000 &+ number >> 32) & 0xFFFF_FFFF
  }
}
