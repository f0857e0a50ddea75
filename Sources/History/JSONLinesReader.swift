/// Reads this package's own format, and any JSON Lines with the same member names.
///
/// One pass over the bytes. A line is taken apart without building a tree, mostly by the fast way
/// (``EventLine/readPlain(_:at:)``), else by the exact one (``EventLine/init(_:at:)``); nothing is allocated for it unless it
/// brings a new key or value, and a completion is entered into its invocation's row. The run line and the end line are
/// optional.
struct JSONLinesReader: PiecewiseReader {
  private let options: HistoryReader.Options
  private let file: String
  private let isExactOnly: Bool
  private var recording: Recording
  private var line: UInt32 = 0

  /// Starts with nothing read.
  ///
  /// - Parameter isExactOnly: whether every line is read the exact way, for comparing.
  init(_ options: HistoryReader.Options, file: String, isExactOnly: Bool = false) {
    (self.options, self.file, self.isExactOnly) = (options, file, isExactOnly)
    recording = Recording(options)
  }

  mutating func read(_ text: borrowing Span<UInt8>, isLast: Bool) throws(HistoryError) -> Int {
    var start = line == 0 && text.hasByteOrderMark ? 3 : 0
    while start < text.count {
      var event = EventLine()
      var end = isExactOnly ? nil : event.readPlain(text, at: start)
      let isPlain = end != nil
      if end == nil {
        end = text.lineEnd(from: start)
        // The rest of the line is in the next piece.
        if end == text.count, !isLast { return line == 0 ? 0 : start }
      }
      guard let end else { break }
      line += 1
      do throws(LineFault) {
        if isPlain {
          try recording.enter(event, text, at: start, line: line)
        } else if !Self.isBlank(text, start..<end) {
          try recording.enter(text.extracting(..<end), at: start, line: line)
        }
      } catch {
        try refuse(error, text, start..<end, isLast: isLast && end == text.count)
      }
      start = end + 1
    }
    return min(start, text.count)
  }

  /// Refuses a line, unless it may be left out as the last one that was cut short.
  private mutating func refuse(
    _ fault: LineFault, _ text: borrowing Span<UInt8>, _ range: Range<Int>, isLast: Bool
  ) throws(HistoryError) {
    // What was cut short has lost its end: it fails there, or does not end as an event does.
    let column = fault.column(range.lowerBound)
    let isEndless = column == range.count + 1 || text[range.upperBound - 1] != UInt8(ascii: "}")
    let isCut = isLast && fault.isSyntax && isEndless && text[range.lowerBound] == UInt8(ascii: "{")
    guard isCut else {
      throw HistoryError(file: file, line: Int(line), column: column, reason: fault.reason)
    }
    guard options.allowsTruncated else {
      throw HistoryError(
        file: file, line: Int(line), column: column,
        reason: "the last line is cut short (\(fault.reason)); --allow-truncated leaves it out")
    }
    recording.builder.warn("The last line, \(line), was cut short and is left out.")
  }

  private static func isBlank(_ bytes: borrowing Span<UInt8>, _ line: Range<Int>) -> Bool {
    for index in line {
      switch bytes[index] {
      case 0x20, 0x09, 0x0D: continue
      default: return false
      }
    }
    return true
  }

  mutating func reserve(share: Double) {
    recording.reserve(events: Int(Double(recording.eventCount) * share * 1.02))
  }

  func growth(events count: Int) -> Int { recording.growth(events: count) }

  mutating func finish() throws(HistoryError) -> History {
    try recording.finish(clockError: options.clockErrorNanoseconds, file: file)
  }
}
