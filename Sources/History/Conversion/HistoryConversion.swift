import KeyValue

/// Writes a history in another notation: our JSON Lines, or EDN as Jepsen stores it.
///
/// From JSON Lines every line is carried over with the members that this package does not know. From other formats
/// the operations, faults and the run are, in file order, which is their clock. EDN has no clock either, so there the
/// order of the lines stands for the times: invocations before completions at one instant, since operations that touch
/// are concurrent. Linear, and n log n in the events where the lines were not in the order of their clock.
public struct HistoryConversion: Sendable {
  /// A notation to write.
  public enum Target: String, Sendable, Hashable, CaseIterable {
    /// This package's own.
    case jsonLines = "jsonl"
    /// One operation map a line, keys in tuples.
    case edn
  }

  /// How to read.
  public let reader: HistoryReader
  /// What to write.
  public let target: Target

  /// Makes a conversion.
  public init(_ options: HistoryReader.Options = .init(), to target: Target) {
    reader = HistoryReader(options)
    self.target = target
  }

  /// Converts a file; "-" is standard input.
  ///
  /// - Parameter receive: takes the text, in pieces of about a megabyte.
  /// - Returns: what a user should know about the result, each a sentence.
  /// - Throws: ``HistoryError`` for a file that is no history, before anything is handed on; or what `receive` throws.
  public func convert(path: String, _ receive: ([UInt8]) throws -> Void) throws -> [String] {
    try convert(try reader.bytes(of: path), file: path, receive)
  }

  /// Converts a history that is in memory: the same as ``convert(path:_:)``.
  ///
  /// - Parameter file: what messages call it.
  /// - Throws: ``HistoryError`` for a text that is no history, before anything is handed on; or what `receive` throws.
  public func convert(
    _ bytes: [UInt8], file: String, _ receive: ([UInt8]) throws -> Void
  ) throws -> [String] {
    let history = try reader.read(bytes, file: file)
    var notes = history.warnings
    let isOurs = (reader.options.format ?? HistoryFormat(sniffing: bytes.span)) == .jsonLines
    var writer = EDNWriter()
    var pieces: [UInt8] = []
    func hand(_ json: JSON?) throws {
      guard let object = json?.object else { return }
      switch target {
      case .jsonLines: JSON.object(object).write(to: &pieces)
      case .edn: writer.write(event: object, to: &pieces)
      }
      pieces.append(UInt8(ascii: "\n"))
      if pieces.count >= 1 << 20 {
        try receive(pieces)
        pieces.removeAll(keepingCapacity: true)
      }
    }
    try hand(history.run?.json)
    if isOurs {
      let events = RecordedEvents(history, bytes, reader.options)
      var places = Array(events.lines.indices)
      if target == .edn {
        let order = events.inOrderOfTheClock()
        places = order.places
        if !order.isExact {
          notes.append(
            "Processes that end one operation and begin another at the same instant follow one another in EDN, which may order operations that are concurrent here."
          )
        }
      }
      for place in places { try hand(.object(events.event(at: place))) }
      try hand(events.end)
    } else {
      let events = RestoredEvents(history)
      for event in events.ordered { try hand(.object(events.object(event))) }
      try hand(history.end?.json)
    }
    try receive(pieces)
    return notes
  }
}
