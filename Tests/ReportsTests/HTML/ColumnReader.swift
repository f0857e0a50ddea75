import Foundation
import KeyValue
import Testing

/// Reads the columns of a page back.
enum ColumnReader {
  /// The numbers of a column: seven bits a byte, least first, in base 64.
  static func numbers(_ json: JSON?) throws -> [UInt64] {
    let bytes = try #require(Data(base64Encoded: json?.string ?? ""))
    var list: [UInt64] = []
    var (number, shift): (UInt64, UInt64) = (0, 0)
    for byte in bytes {
      number |= UInt64(byte & 127) << shift
      shift += 7
      guard byte < 128 else { continue }
      list.append(number)
      (number, shift) = (0, 0)
    }
    return list
  }

  /// 0, 1, 2, 3, ... stand for 0, -1, 1, -2, ...
  static func signed(_ number: UInt64) -> Int64 {
    Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
  }
}
