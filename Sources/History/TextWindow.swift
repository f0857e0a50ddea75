/// The part of a file's text that is in memory: a reader takes what is whole from its front, and more comes in behind.
struct TextWindow {
  private static let block = 1 << 18

  /// Nil for a text that is in memory as a whole.
  private let file: HistoryFile?
  private var buffer: [UInt8]
  private var filled: Int
  /// Whether the text ends where the window does.
  private(set) var isAtEnd: Bool

  /// Opens the window at the beginning of a file.
  init(_ file: HistoryFile) throws(HistoryError) {
    self.file = file
    buffer = [UInt8](repeating: 0, count: Self.block)
    filled = 0
    isAtEnd = false
    try fill()
  }

  /// Opens the window on all of a text.
  init(text: [UInt8]) {
    file = nil
    buffer = text
    filled = text.count
    isAtEnd = true
  }

  /// Looks at what is in memory.
  func withText<Result>(
    _ body: (borrowing Span<UInt8>) throws(HistoryError) -> Result
  ) throws(HistoryError) -> Result {
    try body(buffer.span.extracting(0..<filled))
  }

  /// The bytes by which dropping so many makes the window longer.
  func growth(after count: Int) -> Int { 2 * (filled - count) > buffer.count ? 2 * buffer.count : 0 }

  /// Drops so many bytes at the front, and reads on. Where nothing is dropped the window grows to twice its size, so that
  /// whatever is in the text fits at some time; the bytes moved stay in proportion to those read.
  mutating func advance(by count: Int) throws(HistoryError) {
    let rest = filled - count
    if count > 0 {
      buffer.withUnsafeMutableBytes { bytes in
        let kept = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[count..<count + rest])
        bytes.copyMemory(from: kept)
      }
      filled = rest
    }
    if 2 * rest > buffer.count { buffer += repeatElement(0, count: buffer.count) }
    try fill()
  }

  private mutating func fill() throws(HistoryError) {
    guard let file else { return }
    while !isAtEnd, filled < buffer.count {
      let filled = self.filled
      let count = try buffer.withUnsafeMutableBufferPointer { bytes throws(HistoryError) in
        try file.read(
          into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[filled...])))
      }
      self.filled += count
      isAtEnd = count == 0
    }
  }

  /// Reads the text to its end without keeping it, for a fault of the file that would explain one of the text.
  mutating func drain() throws(HistoryError) {
    while !isAtEnd { try advance(by: filled) }
  }

  /// All of the text from the window's front on.
  consuming func rest() throws(HistoryError) -> [UInt8] {
    while !isAtEnd { try advance(by: 0) }
    return Array(buffer[..<filled])
  }
}

/// Reads a history from text that is handed over piece by piece.
protocol PiecewiseReader {
  /// Reads what of a piece is whole.
  ///
  /// - Parameters:
  ///   - text: the text behind what was read before.
  ///   - isLast: whether the text ends with the piece, so that all of it must be read.
  /// - Returns: how many bytes were read. The next piece begins with the others, and is longer.
  /// - Throws: ``HistoryError`` with line, mostly column, and reason.
  mutating func read(_ text: borrowing Span<UInt8>, isLast: Bool) throws(HistoryError) -> Int

  /// Makes room for the rest of a text.
  ///
  /// - Parameter share: how many times what was read so far the whole text is; at least 1.
  mutating func reserve(share: Double)

  /// The most memory, in bytes, that reading so many more events may make in one go: what grows is made anew.
  func growth(events count: Int) -> Int

  /// The finished history, of which the reader keeps nothing: a second copy of it would be as large.
  mutating func finish() throws(HistoryError) -> History
}

extension Array {
  /// The bytes of the array that takes this one's place when so many elements are added; 0 where they fit.
  func growth(adding count: Int) -> Int {
    let sum = self.count + count
    return sum <= capacity ? 0 : sum * MemoryLayout<Element>.stride
  }
}
