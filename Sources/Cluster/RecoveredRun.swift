import Configuration
import Foundation
public import History

/// A history made of the folder that a killed launcher left behind: the clients' recordings and the run's description.
public struct RecoveredRun: Sendable {
  /// The file of a folder of parts that holds the first line of the history.
  static let descriptionName = "run.json"
  /// How the history says that its run ended.
  static let reason = "the launcher ended before it could write the history"

  /// The history file.
  public let file: [UInt8]
  /// The number of events in it.
  public let events: Int

  /// Joins the parts in a folder, which stays as it is.
  ///
  /// A line that a client was about to write when it was killed is left out, as always.
  ///
  /// - Throws: ``HistoryError`` when there is no such folder, it is not one of parts, or a part is broken: a history
  ///   without it would not be what happened.
  public init(parts folder: String) throws(HistoryError) {
    let folder = URL(filePath: folder)
    let names: [String]
    let description: [UInt8]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
      description = [UInt8](try Data(contentsOf: folder.appending(path: Self.descriptionName)))
    } catch {
      throw HistoryError(
        file: folder.relativePath, reason: "is not a folder that kvrun left behind: \(fileReason(error))",
        isUnreachable: true)
    }
    let descriptionPath = folder.appending(path: Self.descriptionName).relativePath
    guard let run = try HistoryReader().read(description, file: descriptionPath).run else {
      throw HistoryError(file: descriptionPath, reason: "does not describe a run")
    }
    var merge = HistoryMerge()
    let parts = names.compactMap { name in
      name.hasSuffix(".jsonl") ? Int(name.dropLast(".jsonl".count)) : nil
    }
    for part in parts.sorted() {
      try merge.add(part: folder.appending(path: "\(part).jsonl").relativePath)
    }
    events = merge.count
    file = merge.file(run: run, isClean: false, reason: Self.reason)
  }
}
