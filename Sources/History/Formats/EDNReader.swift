/// Reads operation maps in EDN: Jepsen's and Porcupine's.
struct EDNReader {
  let options: HistoryReader.Options
  let format: HistoryFormat

  /// Reads a history that is in memory. Linear.
  ///
  /// The maps may stand in one vector or list, in several, or one after another.
  func read(_ bytes: Span<UInt8>, file: String) throws(HistoryError) -> History {
    var recording = ForeignRecording(options, format: format)
    var place = FilePlace()
    var cursor = EDNCursor(offset: bytes.hasByteOrderMark ? 3 : 0)
    /// Where the vector or list begins that the cursor is in.
    var container: (start: Int, closing: Unicode.Scalar)?
    var start = cursor.offset
    do throws(LineFault) {
      while true {
        try cursor.skipSpace(bytes)
        start = cursor.offset
        if let open = container {
          if try cursor.close(bytes, open.closing, from: open.start) {
            container = nil
            continue
          }
        } else {
          guard start < bytes.count else { break }
          let byte = cursor.peek(bytes)
          if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "(") {
            container = (start, byte == UInt8(ascii: "[") ? "]" : ")")
            cursor.offset += 1
            continue
          }
        }
        let form = try cursor.form(bytes)
        try recording.enter(try ForeignEvent(form, at: start, line: place.line(of: start, bytes)))
      }
    } catch {
      guard error.isSyntax, Self.isLast(bytes, from: start) else {
        throw HistoryError(file: file, error, in: bytes, otherwiseAt: start)
      }
      guard options.allowsTruncated else {
        throw HistoryError(
          file: file,
          LineFault(
            "the file is cut short (\(error.reason)); --allow-truncated leaves out what is not complete",
            at: error.offset), in: bytes, otherwiseAt: start)
      }
      recording.builder.warn("The file was cut short; what is not complete at its end is left out.")
    }
    return recording.finish()
  }

  /// Whether no further operation begins on a line behind a place: then what is open there was cut short, and has not
  /// merely lost a bracket in the middle of the file.
  private static func isLast(_ bytes: Span<UInt8>, from start: Int) -> Bool {
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
