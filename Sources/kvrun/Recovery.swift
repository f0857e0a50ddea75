import Cluster
import Foundation
import History
import Reports

/// Makes a history of what a launcher that was killed has left behind.
struct Recovery {
  /// The folder of parts.
  let folder: String
  /// Where the history goes; nil or empty for the place that it was meant for.
  let record: String?
  let isQuiet: Bool

  func perform() -> CheckStatus {
    let run: RecoveredRun
    do throws(HistoryError) {
      run = try RecoveredRun(parts: folder)
    } catch {
      complain(error.description)
      return error.isUnreachable ? .noInput : .badData
    }
    let target: URL
    do throws(RecordingFiles.Failure) {
      target = try RecordingFiles.recover(
        run.history, from: folder, to: record.flatMap { $0.isEmpty ? nil : $0 })
    } catch {
      complain(error.description)
      return .cannotCreate
    }
    guard !isQuiet else { return .holds }
    let text =
      "history: \(target.relativePath), with \(run.history.events) events\n\(folder) is no longer needed"
    return say(text) ? .holds : .cannotCreate
  }
}
