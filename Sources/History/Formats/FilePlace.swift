#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A place in a text that is read piece by piece, with its line and column.
struct FilePlace {
  /// Where it is in the piece.
  private var offset = 0
  /// Where its line begins; before the piece where negative.
  private var lineStart = 0
  /// Its line, from 1.
  private(set) var line: UInt32 = 1
  /// Whether it is in the first piece.
  private(set) var isFirst = true

  /// Its column in bytes, from 1.
  var column: Int { offset - lineStart + 1 }

  /// Moves to an offset of the piece. One that it has passed already is on the same line.
  mutating func move(to offset: Int, _ text: borrowing Span<UInt8>) {
    while self.offset < offset {
      let end = text.lineEnd(from: self.offset)
      guard end < offset else { break }
      line += 1
      lineStart = end + 1
      self.offset = end + 1
    }
    self.offset = offset
  }

  /// Goes on in the next piece, which begins so many bytes behind this one.
  mutating func rebase(by count: Int) {
    offset -= count
    lineStart -= count
    isFirst = isFirst && count == 0
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
