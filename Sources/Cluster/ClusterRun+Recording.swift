import Configuration
import Foundation
import History
import KeyValue

// What a run leaves behind.
extension ClusterRun {
  /// Leaves the description of the run beside the clients' parts, so that a history can be made of them by
  /// ``RecoveredRun`` even if this process is killed.
  func describe(_ description: RunDescription) throws(RunFailure) {
    let file = options.parts.appending(path: RecoveredRun.descriptionName)
    do {
      try Data((description.json.description + "\n").utf8).write(to: file)
    } catch {
      throw .recording("\(file.relativePath): cannot be written: \(fileReason(error))")
    }
  }

  func outcome(_ description: RunDescription, _ failure: RunFailure?) -> Outcome {
    var failure = failure
    var warnings = problems
    if failure == nil, !problems.isEmpty {
      failure = .incomplete(problems)
      warnings = []
    }
    var broken: [String] = []
    var merge = HistoryMerge()
    for part in parts where FileManager.default.fileExists(atPath: part.path(percentEncoded: false)) {
      do throws(HistoryError) {
        try merge.add(part: part.path(percentEncoded: false))
      } catch {
        broken.append(error.description)
      }
    }
    if !broken.isEmpty {
      if let failure { warnings.insert(failure.description, at: 0) }
      failure = .recording(broken.joined(separator: "; "))
    }
    for (monotonic, event) in harnessEvents { merge.add(event: event, monotonic: monotonic) }
    let file = merge.file(run: description, isClean: failure == nil, reason: failure?.summary)
    return Outcome(
      file: file, isComplete: broken.isEmpty, failure: failure, warnings: warnings, load: load.total,
      serversProcessorTime: load.serversProcessorTime)
  }
}
