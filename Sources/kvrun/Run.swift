import ArgumentParser
import Cluster
import Configuration
import Foundation
import History
import KeyValue
import Reports

/// `kvrun run CONFIG`, which is also what `kvrun CONFIG` does.
struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a cluster with the clients of a configuration, and record every operation.",
    discussion: "`kvrun --help` has examples and says what the exit statuses mean.")

  @Argument(help: "The configuration, in JSON; docs/configuration.md describes it.")
  var config: String?

  @Option(
    help: ArgumentHelp(
      "Run nothing: make a history of the clients' recordings that a kvrun which was killed has left in this folder, beside it or as --record says. The folder is kept.",
      valueName: "folder"))
  var recover: String?

  @Option(
    defaultAsFlag: "",
    help:
      "Keep the history in this file; without a path in histories/, named after the time. With --repeat, the number of the run is added to the name."
  )
  var record: String?

  @Flag(
    help:
      "Check the history at the level of the configuration. Unless the level holds, the history is kept in histories/ even without --record. Whenever a history is kept, its report is in checker-reports/, named after it."
  )
  var check = false

  @OptionGroup
  var running: RunningOptions

  @Option(help: ArgumentHelp("Keep a log file of each server in this folder.", valueName: "folder"))
  var serverLogs: String?

  @Flag(help: "Print nothing but problems.")
  var quiet = false

  @Flag(help: "Print the summary as JSON, an object for each run, on standard output.")
  var json = false

  func validate() throws {
    guard (config == nil) != (recover == nil) else {
      throw ValidationError("name a configuration to run, or a folder to --recover, and not both")
    }
    guard recover == nil || !(check || json || running.repeat > 1) else {
      throw ValidationError("--recover only makes a history; judge it with kvcheck")
    }
  }

  func run() async throws {
    // A pipe whose reader has gone, ours or a child's, is an error to be told and not the end.
    signal(SIGPIPE, SIG_IGN)
    if let recover {
      let status = Recovery(folder: recover, record: record, isQuiet: quiet).perform()
      if status != .holds { throw ExitCode(status.rawValue) }
    } else if let config {
      try await run(config)
    }
  }

  private func run(_ config: String) async throws {
    let interrupts = Interrupts()
    let configuration = try running.load(config)
    try running.require(configuration, config)
    var endings: [RecordedRun.Ending] = []
    for repetition in 1...running.repeat {
      let run = RecordedRun(
        configuration: configuration, seed: running.seed(of: repetition), timeout: .seconds(running.timeout),
        programs: running.programsFolder,
        serverLogs: serverLogs, record: record,
        repetition: running.repeat > 1 ? (number: repetition, of: running.repeat) : nil, isChecked: check,
        output: json ? .json : quiet ? .quiet : .text)
      endings.append(await run.perform(interrupts: interrupts))
      if interrupts.wereSeen { throw ExitCode(Interrupts.exitStatus) }
      // What cannot be written now cannot be written the next time.
      if endings.last?.status == .cannotCreate { break }
    }
    let statuses = endings.map(\.status)
    if running.repeat > 1, !json, !quiet, statuses.last != .cannotCreate {
      _ = say(tally(statuses) + "; all together:\n\n" + RunSummary.text(endings.compactMap(\.summary)))
    }
    let worst = CheckStatus.worst(statuses)
    if worst != .holds { throw ExitCode(worst.rawValue) }
  }

  /// How many runs ended how.
  private func tally(_ statuses: [CheckStatus]) -> String {
    let endings: [(name: String, statuses: Set<CheckStatus>)] = [
      (check ? "held their level" : "ended as they should", [.holds]), ("violated it", [.violated]),
      ("undecided", [.undecided]), ("went wrong", [.unavailable, .fault, .cannotCreate]),
    ]
    let counts = endings.compactMap { ending in
      let count = statuses.count { ending.statuses.contains($0) }
      return count == 0 ? nil : "\(count) \(ending.name)"
    }
    return "of \(statuses.count) runs, " + counts.joined(separator: ", ")
  }
}
