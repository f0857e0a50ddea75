public import KeyValue

/// Reads histories: in the format of this package, JSON Lines with one event a line, and in those of other tools
/// (``HistoryFormat``), compressed with gzip or not.
///
/// JSON Lines are read in one pass over the bytes. A line is taken apart without building a tree (``EventLine``), a key or
/// value seen before is found by its bytes (``TokenTable``), and a completion is entered into its invocation's row;
/// nothing is allocated for a line unless it brings a new key or value. The run line and the end line are optional, so
/// that plain JSON Lines with the same member names are read too.
public struct HistoryReader: Sendable {
  /// How to read.
  public struct Options: Sendable, Hashable {
    /// Whether a last line that was cut short is dropped, with a warning, rather than refused.
    public var allowsTruncated: Bool
    /// By how much the clocks of several hosts may be wrong, in nanoseconds. Used only for histories of wall clocks.
    public var clockErrorNanoseconds: Int64
    /// The format; nil to tell it from the content.
    public var format: HistoryFormat?
    /// What a failed compare-and-set tells; nil for ``FailedCompareAndSet/noEffect``.
    public var failedCompareAndSet: FailedCompareAndSet?
    /// What a read of `nil` tells; nil for the format's default.
    public var nilRead: NilRead?
    /// What those keys hold at first of which the recording does not say it; nil for `null`.
    public var initial: Value?
    /// The most bytes that a compressed file may become.
    public var decompressedBytesMax: Int

    /// The default of ``decompressedBytesMax``: some fifteen million operations.
    public static let decompressedBytesMaxDefault = 4_000_000_000

    /// Makes options.
    public init(
      allowsTruncated: Bool = false, clockErrorNanoseconds: Int64 = 0, format: HistoryFormat? = nil,
      failedCompareAndSet: FailedCompareAndSet? = nil, nilRead: NilRead? = nil, initial: Value? = nil,
      decompressedBytesMax: Int = Options.decompressedBytesMaxDefault
    ) {
      self.allowsTruncated = allowsTruncated
      self.clockErrorNanoseconds = clockErrorNanoseconds
      self.format = format
      self.failedCompareAndSet = failedCompareAndSet
      self.nilRead = nilRead
      self.initial = initial
      self.decompressedBytesMax = decompressedBytesMax
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
    try read(try bytes(of: path), file: path)
  }

  /// The text of a file, decompressed if need be; "-" is standard input.
  public func bytes(of path: String) throws(HistoryError) -> [UInt8] {
    let bytes = try HistoryFile.bytes(of: path)
    guard Gzip.isCompressed(bytes) else { return bytes }
    return try Gzip.decompress(bytes, file: path, bytesMax: options.decompressedBytesMax)
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
    let format = options.format ?? HistoryFormat(sniffing: bytes)
    var history =
      switch format {
      case .jsonLines: try readJSONLines(bytes, file: file)
      case .jepsenEDN, .porcupine: try EDNReader(options: options, format: format).read(bytes, file: file)
      case .jepsenLog: try LogReader(options: options).read(bytes, file: file)
      }
    if let initial = options.initial { history.setInitialValue(initial) }
    return history
  }

  private func readJSONLines(_ bytes: Span<UInt8>, file: String) throws(HistoryError) -> History {
    var recording = Recording(options)
    var start = bytes.hasByteOrderMark ? 3 : 0
    var line: UInt32 = 0
    while start < bytes.count {
      let end = bytes.lineEnd(from: start)
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
