import KeyValue

/// Reads operation maps in EDN: Jepsen's and Porcupine's.
///
/// The maps may stand in one vector or list, in several, or one after another.
struct EDNReader: PiecewiseReader {
  private let file: String
  private let allowsTruncated: Bool
  private let isExactOnly: Bool
  private var recording: ForeignRecording
  /// Where the next form is looked for.
  private var place = FilePlace()
  /// Where the vector or list begins that the next form is in.
  private var container: (place: FilePlace, closing: Unicode.Scalar)?

  /// Starts with nothing read.
  ///
  /// - Parameter isExactOnly: whether every form is read the exact way, for comparing.
  init(_ options: HistoryReader.Options, _ format: HistoryFormat, file: String, isExactOnly: Bool = false) {
    (self.file, self.isExactOnly) = (file, isExactOnly)
    allowsTruncated = options.allowsTruncated
    recording = ForeignRecording(options, format: format)
  }

  mutating func read(_ text: borrowing Span<UInt8>, isLast: Bool) throws(HistoryError) -> Int {
    var cursor = EDNCursor(offset: place.isFirst && text.hasByteOrderMark ? 3 : 0)
    // What was read, white space behind it aside, and where the form begins that is read next.
    var whole = cursor.offset
    var start = cursor.offset
    do throws(LineFault) {
      while try readForm(&cursor, from: &start, text, isLast: isLast) { whole = cursor.offset }
    } catch {
      // What could not be read is tried again when there is more of the text; in the end there is all of it.
      if isLast { try refuse(error, text, from: start) }
    }
    if isLast { return text.count }
    place.move(to: whole, text)
    place.rebase(by: whole)
    return whole
  }

  /// Reads an operation, or goes into a vector or list or out of it.
  ///
  /// - Returns: false, with nothing done, where the text ends, or where what was read may go on behind it.
  private mutating func readForm(
    _ cursor: inout EDNCursor, from start: inout Int, _ text: borrowing Span<UInt8>, isLast: Bool
  ) throws(LineFault) -> Bool {
    try cursor.skipSpace(text)
    start = cursor.offset
    guard start < text.count else {
      if isLast, container != nil { throw LineFault(Self.unclosed, isSyntax: true) }
      return false
    }
    let byte = cursor.peek(text)
    if let container, UInt32(byte) == container.closing.value {
      cursor.offset += 1
      self.container = nil
      return true
    }
    if container == nil, byte == UInt8(ascii: "[") || byte == UInt8(ascii: "(") {
      cursor.offset += 1
      place.move(to: start, text)
      container = (place, byte == UInt8(ascii: "[") ? "]" : ")")
      return true
    }
    let members = isExactOnly ? nil : OperationMembers(plain: &cursor, text)
    let form = members == nil ? try cursor.form(text) : .null
    guard isLast || cursor.offset < text.count else { return false }
    // The place stays where it is until the form is entered, since it cannot go back.
    var here = place
    here.move(to: start, text)
    if let members {
      try recording.enter(try ForeignEvent(members, at: start, line: here.line))
    } else {
      try recording.enter(try ForeignEvent(form, at: start, line: here.line))
    }
    place = here
    return true
  }

  private static let unclosed = "the bracket is not closed"

  /// Refuses the text from a form on, unless it may be left out as an end that was cut short.
  private mutating func refuse(
    _ fault: LineFault, _ text: borrowing Span<UInt8>, from start: Int
  ) throws(HistoryError) {
    let isCut = fault.isSyntax && Self.isLast(text, from: start)
    if isCut, allowsTruncated {
      return recording.builder.warn("The file was cut short; what is not complete at its end is left out.")
    }
    var place = self.place
    if fault.reason == Self.unclosed, fault.offset == nil, let container {
      place = container.place
    } else {
      place.move(to: min(fault.offset ?? start, text.count), text)
    }
    let reason =
      isCut
      ? "the file is cut short (\(fault.reason)); --allow-truncated leaves out what is not complete"
      : fault.reason
    throw HistoryError(file: file, line: Int(place.line), column: place.column, reason: reason)
  }

  mutating func reserve(share: Double) { recording.reserve(share: share) }

  func growth(events count: Int) -> Int { recording.builder.growth(operations: count) }

  mutating func finish() throws(HistoryError) -> History { recording.finish() }

  /// Whether no further operation begins on a line behind a place: then what is open there was cut short, and has not
  /// merely lost a bracket in the middle of the file.
  private static func isLast(_ bytes: borrowing Span<UInt8>, from start: Int) -> Bool {
    var line = bytes.lineEnd(from: start) + 1
    while line < bytes.count {
      var index = line
      while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
      if index < bytes.count, bytes[index] == UInt8(ascii: "{") || bytes[index] == UInt8(ascii: "#") {
        return false
      }
      line = bytes.lineEnd(from: line) + 1
    }
    return true
  }
}
