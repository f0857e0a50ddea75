import KeyValue

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Reads histories in the format of this package: JSON Lines, one event a line.
///
/// One pass over the bytes. A line is taken apart without building a tree (``EventLine``), a key or value seen before is
/// found by its bytes (``TokenTable``), and a completion is entered into its invocation's row; nothing is allocated for
/// a line unless it brings a new key or value. The run line and the end line are optional, so that plain JSON Lines
/// with the same member names are read too.
public struct HistoryReader: Sendable {
  /// How to read.
  public struct Options: Sendable, Hashable {
    /// Whether a last line that was cut short is dropped, with a warning, rather than refused.
    public var allowsTruncated: Bool
    /// By how much the clocks of several hosts may be wrong, in nanoseconds. Used only for histories of wall clocks.
    public var clockErrorNanoseconds: Int64

    /// Makes options.
    public init(allowsTruncated: Bool = false, clockErrorNanoseconds: Int64 = 0) {
      self.allowsTruncated = allowsTruncated
      self.clockErrorNanoseconds = clockErrorNanoseconds
    }
  }

  /// How to read.
  public let options: Options

  /// Makes a reader.
  public init(_ options: Options = Options()) {
    self.options = options
  }

  /// Reads a file; "-" is standard input.
  ///
  /// - Throws: ``HistoryError``; ``HistoryError/isUnreachable`` tells a file that cannot be read at all from one whose
  ///   content is at fault.
  public func read(path: String) throws(HistoryError) -> History {
    try read(try HistoryFile.bytes(of: path), file: path)
  }

  /// Reads a history that is in memory. Never traps, whatever the bytes. Linear.
  ///
  /// - Parameter file: what messages call it.
  /// - Throws: ``HistoryError`` with line, mostly column, and reason.
  public func read(_ bytes: [UInt8], file: String) throws(HistoryError) -> History {
    try read(bytes.span, file: file)
  }

  /// Reads a history that is in memory. Never traps, whatever the bytes. Linear.
  ///
  /// - Parameter file: what messages call it.
  /// - Throws: ``HistoryError`` with line, mostly column, and reason.
  public func read(_ bytes: Span<UInt8>, file: String) throws(HistoryError) -> History {
    var recording = Recording()
    let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    var start =
      byteOrderMark.indices.allSatisfy { $0 < bytes.count && bytes[$0] == byteOrderMark[$0] } ? 3 : 0
    var line: UInt32 = 0
    while start < bytes.count {
      let end = Self.lineEnd(bytes, from: start)
      line += 1
      if !Self.isBlank(bytes, start..<end) {
        do throws(LineFault) {
          try recording.read(bytes.extracting(..<end), at: start, line: line)
        } catch {
          // What was cut short has lost its end: it fails there, or does not end as an event does.
          let column = error.column(start)
          let isEndless = column == end - start + 1 || bytes[end - 1] != UInt8(ascii: "}")
          let isCut = end == bytes.count && error.isSyntax && isEndless && bytes[start] == UInt8(ascii: "{")
          guard isCut else {
            throw HistoryError(file: file, line: Int(line), column: column, reason: error.reason)
          }
          guard options.allowsTruncated else {
            throw HistoryError(
              file: file, line: Int(line), column: column,
              reason: "the last line is cut short (\(error.reason)); --allow-truncated leaves it out")
          }
          recording.builder.warn("The last line, \(line), was cut short and is left out.")
        }
      }
      start = end + 1
    }
    return try recording.finish(clockError: options.clockErrorNanoseconds, file: file)
  }

  private static func lineEnd(_ bytes: borrowing Span<UInt8>, from start: Int) -> Int {
    bytes.withUnsafeBufferPointer { buffer in
      let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[start...])
      guard let base = rest.baseAddress, let found = memchr(base, Int32(UInt8(ascii: "\n")), rest.count)
      else {
        return buffer.count
      }
      return start + (UnsafeRawPointer(found) - base)
    }
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
}
