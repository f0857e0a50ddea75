import KeyValue

/// Steps through the events of one client's part of a recording, holding no more of it than a block.
struct PartLines {
  private let name: String
  private var window: TextWindow
  /// Where the line is, and where the next begins, in the window.
  private var line = 0..<0
  private var next = 0
  /// How many lines there were so far, this one included.
  private(set) var count = 0
  /// When the event of the line happened.
  private(set) var monotonic: Int64 = .min

  /// Begins before the first line of a part.
  init(_ part: HistoryMerge.Part) throws(HistoryError) {
    switch part {
    case .file(let path):
      name = path
      window = try TextWindow(HistoryFile(path: path, decompressedBytesMax: 0))
    case .memory(let bytes, let name):
      self.name = name
      window = TextWindow(text: bytes)
    }
  }

  /// Goes on to the next line.
  ///
  /// - Returns: whether there is one. What follows the last line break is none: its client was killed while it wrote.
  /// - Throws: ``HistoryError`` when the line is broken, or the part cannot be read.
  mutating func advance() throws(HistoryError) -> Bool {
    var end = try endOfNext()
    while end == nil, !window.isAtEnd {
      try window.advance(by: next)
      next = 0
      end = try endOfNext()
    }
    guard let end else { return false }
    line = next..<end
    next = end + 1
    count += 1
    let (line, number, name) = (line, count, name)
    monotonic = try window.withText { text throws(HistoryError) in
      do throws(JSONError) {
        return try Self.monotonic(text.extracting(line))
      } catch {
        throw HistoryError(file: name, line: number, column: error.column, reason: error.reason)
      }
    }
    return true
  }

  /// Where the next line ends; nil when that is not in the window.
  private mutating func endOfNext() throws(HistoryError) -> Int? {
    let start = next
    return try window.withText { text in
      let end = text.lineEnd(from: start)
      return end < text.count ? end : nil
    }
  }

  /// When an event happened, once its line is known to be sound.
  private static func monotonic(_ line: Span<UInt8>) throws(JSONError) -> Int64 {
    let event = try EventLine(line, at: 0)
    // An index is put behind the brace, so that must come first.
    guard line[0] == UInt8(ascii: "{"), let monotonic = event.mono else {
      throw JSONError(line: 1, column: 1, reason: "the event has no \"mono\" time")
    }
    return monotonic
  }

  /// Appends the line, but for its first bytes, to others.
  func append(from first: Int, to bytes: inout [UInt8]) throws(HistoryError) {
    try window.withText { text in
      text.extracting(line.lowerBound + first..<line.upperBound).withUnsafeBufferPointer {
        bytes.append(contentsOf: $0)
      }
    }
  }
}
