/// The history of a run that is over, still in the parts that its clients recorded: what it takes to write it as a file.
public struct PartedHistory: Sendable {
  private let merge: HistoryMerge
  private let run: RunDescription
  private let isClean: Bool
  private let reason: String?

  /// Describes a history.
  ///
  /// - Parameters:
  ///   - merge: the parts.
  ///   - run: its first line.
  ///   - isClean: whether the run ended as it should have.
  ///   - reason: why not, if so.
  public init(_ merge: HistoryMerge, run: RunDescription, isClean: Bool, reason: String? = nil) {
    self.merge = merge
    self.run = run
    self.isClean = isClean
    self.reason = reason
  }

  /// The number of events in it.
  public var events: Int { merge.count }

  /// Writes it to a file: whole or not at all.
  ///
  /// - Throws: what kept it from being read or written.
  public func write(to path: String) throws(HistoryMerge.Failure) {
    let file: StreamedFile
    do throws(StreamedFile.Failure) { file = try StreamedFile(path: path) } catch { throw .file(error) }
    try merge.write(run: run, isClean: isClean, reason: reason) { bytes throws(StreamedFile.Failure) in
      try file.write(bytes)
    }
    do throws(StreamedFile.Failure) { try file.finish() } catch { throw .file(error) }
  }
}
