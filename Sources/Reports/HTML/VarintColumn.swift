#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A column of numbers as compact text: seven bits a byte, least first, and the bytes in base 64.
///
/// Numbers of one column are alike, so most take a byte or two: a table of 200,000 operations stays within a few megabytes.
struct VarintColumn {
  private var bytes: [UInt8] = []

  mutating func append(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Appends a number that may be negative: 0, -1, 1, -2, ... become 0, 1, 2, 3, ...
  mutating func append(signed number: Int64) {
    append(UInt64(bitPattern: number << 1 ^ number >> 63))
  }

  var base64: String { Data(bytes).base64EncodedString() }
}
