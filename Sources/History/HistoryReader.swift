public import KeyValue

/// Reads histories: in the format of this package, JSON Lines with one event a line, and in those of other tools
/// (``HistoryFormat``), compressed with gzip or not.
///
/// A file is read block by block and never held as a whole, except for a form of EDN that is as long. What is kept is the
/// history: each key and value once, and 48 bytes an operation.
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

  /// How much memory the process may hold while a file is read.
  public struct Memory: Sendable {
    /// The most, in bytes.
    public var bytesMax: Int
    /// How much it holds, in bytes, given how much more is wanted.
    public var inUse: @Sendable (_ wanted: Int) -> Int

    /// Makes a limit.
    public init(bytesMax: Int, inUse: @escaping @Sendable (_ wanted: Int) -> Int) {
      self.bytesMax = bytesMax
      self.inUse = inUse
    }
  }

  /// How to read.
  public let options: Options
  /// What reading may take; nil for anything. Looked at before each block of a file, with what may grow while it is read, and
  /// in the end.
  public let memory: Memory?

  /// Makes a reader.
  public init(_ options: Options = Options(), memory: Memory? = nil) {
    self.options = options
    self.memory = memory
  }

  /// Reads a file; "-" is standard input.
  ///
  /// - Throws: ``HistoryError``; ``HistoryError/isUnreachable`` tells a file that cannot be read at all from one whose
  ///   content is at fault, ``HistoryError/isBeyondMemory`` one that is too large.
  public func read(path: String) throws(HistoryError) -> History {
    let file = try HistoryFile(path: path, decompressedBytesMax: options.decompressedBytesMax)
    var window = try TextWindow(file)
    do throws(HistoryError) {
      switch try format(of: window) {
      case .jsonLines: return try read(JSONLinesReader(options, file: path), &window, of: file)
      case .jepsenLog: return try read(LogReader(options, file: path), &window, of: file)
      case .jepsenEDN: return try read(EDNReader(options, .jepsenEDN, file: path), &window, of: file)
      case .porcupine: return try read(EDNReader(options, .porcupine, file: path), &window, of: file)
      }
    } catch {
      // Damage to what is compressed shows in its text before zlib comes to the checksum.
      if file.isCompressed { try window.drain() }
      throw error
    }
  }

  private func format(of window: TextWindow) throws(HistoryError) -> HistoryFormat {
    if let format = options.format { return format }
    return try window.withText { text throws(HistoryError) in HistoryFormat(sniffing: text) }
  }

  private func read<Reader: PiecewiseReader>(
    _ reader: consuming Reader, _ window: inout TextWindow, of file: HistoryFile
  ) throws(HistoryError) -> History {
    var reader = reader
    var bytesRead = 0
    while true {
      let isLast = window.isAtEnd
      let count = try window.withText { text throws(HistoryError) in
        try expectRoom(for: file, growth: reader.growth(events: text.count / Self.bytesPerEvent))
        return try reader.read(text, isLast: isLast)
      }
      if isLast { break }
      try expectRoom(for: file, growth: window.growth(after: count))
      if bytesRead == 0, count > 0, let size = file.size {
        reader.reserve(share: max(1, Double(size) / Double(count)))
      }
      bytesRead += count
      try window.advance(by: count)
    }
    let history = finished(try reader.finish())
    try expectRoom(for: file)
    return history
  }

  /// Hardly an event is shorter, so that a piece of text has at most so many.
  private static let bytesPerEvent = 32

  /// Expects that there is room for what is about to grow. Nothing can be decided with half a history.
  private func expectRoom(for file: HistoryFile, growth: Int = 0) throws(HistoryError) {
    guard let memory, memory.inUse(growth) > memory.bytesMax - growth else { return }
    throw HistoryError(
      file: file.path,
      reason:
        "not judged: reading it takes more memory than the limit of \(Self.size(memory.bytesMax)); allow more with --memory-limit",
      isBeyondMemory: true)
  }

  /// A number of bytes in the largest unit that it reaches, rounded down to a tenth: "1.5 GB", "512 bytes".
  private static func size(_ bytes: Int) -> String {
    let units: [(bytes: Int, name: String)] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "KB")]
    guard let unit = units.first(where: { bytes >= $0.bytes }) else { return "\(bytes) bytes" }
    let tenths = bytes / (unit.bytes / 10)
    return "\(tenths / 10)" + (tenths % 10 == 0 ? "" : ".\(tenths % 10)") + " \(unit.name)"
  }

  /// The text of a file, decompressed if need be; "-" is standard input.
  ///
  /// - Throws: ``HistoryError`` when it cannot be read, or is compressed and damaged, cut short, or too large.
  public func bytes(of path: String) throws(HistoryError) -> [UInt8] {
    let file = try HistoryFile(path: path, decompressedBytesMax: options.decompressedBytesMax)
    return try TextWindow(file).rest()
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
    switch options.format ?? HistoryFormat(sniffing: bytes) {
    case .jsonLines: try read(JSONLinesReader(options, file: file), bytes)
    case .jepsenLog: try read(LogReader(options, file: file), bytes)
    case .jepsenEDN: try read(EDNReader(options, .jepsenEDN, file: file), bytes)
    case .porcupine: try read(EDNReader(options, .porcupine, file: file), bytes)
    }
  }

  private func read<Reader: PiecewiseReader>(
    _ reader: consuming Reader, _ bytes: borrowing Span<UInt8>
  ) throws(HistoryError) -> History {
    var reader = reader
    _ = try reader.read(bytes, isLast: true)
    return finished(try reader.finish())
  }

  private func finished(_ history: consuming History) -> History {
    if let initial = options.initial { history.setInitialValue(initial) }
    return history
  }
}
