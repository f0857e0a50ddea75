import Configuration
import Foundation
import History
import KeyValue

// What a run leaves behind.
extension ClusterRun {
  /// Leaves the description of the run beside the clients' parts, so that a history can be made of them by
  /// ``RecoveredRun`` even if this process is killed, and begins the harness's own part.
  mutating func describe(_ description: RunDescription) throws(RunFailure) {
    let file = options.parts.appending(path: RecoveredRun.descriptionName)
    do {
      try Data((description.json.description + "\n").utf8).write(to: file)
    } catch {
      throw .recording("\(file.relativePath): cannot be written: \(fileReason(error))")
    }
    harnessRecording = try HarnessRecording(in: options.parts)
  }

  /// Notes an event of the harness itself.
  mutating func note(_ process: String, _ function: String, _ value: JSON) {
    harnessRecording?.note(process, function, value)
  }

  func outcome(_ description: RunDescription, _ failure: RunFailure?) -> Outcome {
    var failure = failure
    var warnings = problems
    if failure == nil, !problems.isEmpty {
      failure = .incomplete(problems)
      warnings = []
    }
    func fail(_ reason: String) {
      if let failure { warnings.insert(failure.description, at: 0) }
      failure = .recording(reason)
    }
    if let reason = harnessRecording?.failure { fail(reason) }
    var broken: [String] = []
    var merge = HistoryMerge()
    do {
      for part in try RecoveredRun.parts(in: options.parts) {
        do throws(HistoryError) {
          try merge.add(part: part.path(percentEncoded: false))
        } catch {
          broken.append(error.description)
        }
      }
    } catch {
      broken.append("\(options.parts.relativePath): cannot be read: \(fileReason(error))")
    }
    if !broken.isEmpty { fail(broken.joined(separator: "; ")) }
    return Outcome(
      history: PartedHistory(merge, run: description, isClean: failure == nil, reason: failure?.summary),
      isComplete: broken.isEmpty, failure: failure, warnings: warnings, load: load.total,
      serversProcessorTime: load.serversProcessorTime)
  }
}
