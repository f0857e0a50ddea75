import KeyValue

/// Reads what Jepsen and Knossos print: a line for each event, among lines about other matters.
struct LogReader: PiecewiseReader {
  private let file: String
  private let allowsTruncated: Bool
  private var recording: ForeignRecording
  private var line: UInt32 = 0
  private var (operations, others) = (0, 0)

  /// Starts with nothing read.
  init(_ options: HistoryReader.Options, file: String) {
    self.file = file
    allowsTruncated = options.allowsTruncated
    recording = ForeignRecording(options, format: .jepsenLog)
  }

  mutating func read(_ text: borrowing Span<UInt8>, isLast: Bool) throws(HistoryError) -> Int {
    var start = line == 0 && text.hasByteOrderMark ? 3 : 0
    while start < text.count {
      let end = text.lineEnd(from: start)
      // The rest of the line is in the next piece.
      if end == text.count, !isLast { return line == 0 ? 0 : start }
      line += 1
      do throws(LineFault) {
        if let event = try LogLine.event(text.extracting(..<end), at: start, line: line) {
          try recording.enter(event)
          operations += 1
        } else if !LogLine.isBlank(text, start..<end) {
          others += 1
        }
      } catch {
        // A line is cut short where the file ends without a line break.
        guard end == text.count, error.isSyntax, allowsTruncated else {
          var reason = error.reason
          if end == text.count, error.isSyntax {
            reason = "the last line is cut short (\(reason)); --allow-truncated leaves it out"
          }
          let column = (error.offset ?? start) - start + 1
          throw HistoryError(file: file, line: Int(line), column: column, reason: reason)
        }
        recording.builder.warn("The last line, \(line), was cut short and is left out.")
      }
      start = end + 1
    }
    return min(start, text.count)
  }

  mutating func reserve(share: Double) { recording.reserve(share: share) }

  func growth(events count: Int) -> Int { recording.builder.growth(operations: count) }

  mutating func finish() throws(HistoryError) -> History {
    if operations == 0, others > 0 {
      throw HistoryError(
        file: file, line: 1, column: 1,
        reason: "no line is an operation, such as \"INFO  jepsen.util - 0 :invoke :read nil\"")
    }
    if others > 0 {
      recording.builder.warn("Lines of the log that are not operations were passed over: \(others).")
    }
    return recording.finish()
  }
}

/// A line of a log: anything, then ` - `, then process, type, function and value.
enum LogLine {
  /// The event of a line; nil when the line is about something else.
  static func event(
    _ bytes: borrowing Span<UInt8>, at start: Int, line: UInt32
  ) throws(LineFault) -> ForeignEvent? {
    guard let (process, type, offset) = head(bytes, start..<bytes.count) else { return nil }
    var cursor = EDNCursor(offset: offset)
    let function = try cursor.form(bytes)
    // What is not there is nil; what follows the value is an explanation.
    cursor.skipBlanks(bytes)
    let value = cursor.offset < bytes.count ? try cursor.form(bytes) : nil
    return try ForeignEvent(
      process: process, type: type, function: function, value: value, at: start, line: line)
  }

  /// Whether a line is an operation, as far as its process and type tell.
  static func isOperation(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
    head(bytes.extracting(..<line.upperBound), line) != nil
  }

  static func isBlank(_ bytes: borrowing Span<UInt8>, _ line: Range<Int>) -> Bool {
    line.allSatisfy { bytes[$0] <= 0x20 }
  }

  /// The process and the type, and where the rest begins.
  private static func head(
    _ bytes: borrowing Span<UInt8>, _ line: Range<Int>
  ) -> (process: EDN, type: EDN, offset: Int)? {
    var index = line.lowerBound
    while index + 3 <= line.upperBound {
      if bytes[index] == 0x20, bytes[index + 1] == UInt8(ascii: "-"), bytes[index + 2] == 0x20,
        let head = fields(bytes, from: index + 3)
      {
        return head
      }
      index += 1
    }
    return nil
  }

  private static func fields(
    _ bytes: borrowing Span<UInt8>, from offset: Int
  ) -> (process: EDN, type: EDN, offset: Int)? {
    var cursor = EDNCursor(offset: offset)
    guard var process = try? cursor.form(bytes) else { return nil }
    // Later versions name the logger here.
    if case .symbol(let name) = process, name.hasPrefix("jepsen.") {
      guard let next = try? cursor.form(bytes) else { return nil }
      process = next
    }
    switch process {
    case .integer, .keyword, .symbol: break
    default: return nil
    }
    guard let type = try? cursor.form(bytes), case .keyword(let name) = type,
      ["invoke", "ok", "fail", "info"].contains(name)
    else { return nil }
    return (process, type, cursor.offset)
  }
}

extension EDNCursor {
  /// Passes over blanks within a line.
  mutating func skipBlanks(_ bytes: borrowing Span<UInt8>) {
    while offset < bytes.count, [0x20, 0x09, 0x0D].contains(bytes[offset]) { offset += 1 }
  }
}
