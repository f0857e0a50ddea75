#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Counts lines while a file is read from its beginning to its end.
struct FilePlace {
  private var offset = 0
  private var number: UInt32 = 1

  /// The line, from 1, of an offset that is not before the one asked about last.
  mutating func line(of offset: Int, _ bytes: Span<UInt8>) -> UInt32 {
    while self.offset < offset {
      if bytes[self.offset] == UInt8(ascii: "\n") { number += 1 }
      self.offset += 1
    }
    return number
  }
}

extension HistoryError {
  /// The error for a fault in a file whose lines nobody counted.
  init(file: String, _ fault: LineFault, in bytes: Span<UInt8>, otherwiseAt start: Int) {
    let offset = min(fault.offset ?? start, bytes.count)
    var line = 1
    var lineStart = 0
    for index in 0..<offset where bytes[index] == UInt8(ascii: "\n") {
      line += 1
      lineStart = index + 1
    }
    self.init(file: file, line: line, column: offset - lineStart + 1, reason: fault.reason)
  }
}

extension Span<UInt8> {
  /// Whether the text begins with the mark that some editors put before UTF-8.
  var hasByteOrderMark: Bool {
    count >= 3 && self[0] == 0xEF && self[1] == 0xBB && self[2] == 0xBF
  }

  /// Where the line ends that an offset is in: at its line break, or at the end of the text.
  func lineEnd(from start: Int) -> Int {
    withUnsafeBufferPointer { buffer in
      let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[start...])
      guard let base = rest.baseAddress, let found = memchr(base, Int32(UInt8(ascii: "\n")), rest.count)
      else { return buffer.count }
      return start + (UnsafeRawPointer(found) - base)
    }
  }
}
