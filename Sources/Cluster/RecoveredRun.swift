import Configuration
import Foundation
public import History

/// A history made of the folder that a killed launcher left behind: the recordings of the clients and of the launcher
/// itself, and the run's description.
public struct RecoveredRun: Sendable {
  /// The file of a folder of parts that holds the first line of the history.
  static let descriptionName = "run.json"
  /// How the history says that its run ended.
  static let reason = "the launcher ended before it could write the history"

  /// The history.
  public let history: PartedHistory

  /// Finds and checks the parts in a folder, which stays as it is.
  ///
  /// A line that a client was about to write when it was killed is left out, as always.
  ///
  /// - Throws: ``HistoryError`` when there is no such folder, it is not one of parts, or a part is broken: a history
  ///   without it would not be what happened.
  public init(parts folder: String) throws(HistoryError) {
    let folder = URL(filePath: folder)
    let parts: [URL]
    let description: [UInt8]
    func unreachable(_ reason: String) -> HistoryError {
      HistoryError(file: folder.relativePath, reason: reason, isUnreachable: true)
    }
    do {
      parts = try Self.parts(in: folder)
    } catch {
      throw unreachable(
        "cannot be read: \(fileReason(error)); name the folder that a killed kvrun left behind")
    }
    do {
      description = [UInt8](try Data(contentsOf: folder.appending(path: Self.descriptionName)))
    } catch {
      throw unreachable("no folder of a killed kvrun: \(Self.descriptionName): \(fileReason(error))")
    }
    let descriptionPath = folder.appending(path: Self.descriptionName).relativePath
    guard let run = try HistoryReader().read(description, file: descriptionPath).run else {
      throw HistoryError(file: descriptionPath, reason: "does not describe a run")
    }
    // All are read at once.
    if let obstacle = OpenFiles.allow(parts: parts.count) {
      throw unreachable(obstacle)
    }
    var merge = HistoryMerge()
    for part in parts { try merge.add(part: part.relativePath) }
    history = PartedHistory(merge, run: run, isClean: false, reason: Self.reason)
  }

  /// The parts in a folder, in the order in which their events at one instant are to follow: the clients' by their numbers,
  /// then the launcher's.
  static func parts(in folder: URL) throws -> [URL] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
    let clients = names.compactMap { name in
      name.hasSuffix(".jsonl") ? Int(name.dropLast(".jsonl".count)) : nil
    }
    let ownNames = names.filter { $0 == HarnessRecording.name }
    return (clients.sorted().map { "\($0).jsonl" } + ownNames).map { folder.appending(path: $0) }
  }
}
