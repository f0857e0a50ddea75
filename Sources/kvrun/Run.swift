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
    usage: "kvrun <config> [<options>]",
    discussion: "`kvrun --help` has examples and says what the exit statuses mean.")

  @Argument(help: "The configuration, in JSON; docs/configuration.md describes it.")
  var config: String?

  @Option(
    help: ArgumentHelp(
      "Run nothing: make a history of the recordings that a killed kvrun left in this folder. It goes beside the folder, or where --record says. The folder is kept.",
      valueName: "folder"))
  var recover: String?

  @Option(
    defaultAsFlag: "",
    help:
      "Keep the history in this file; without a path, in histories/<name>-<time>.jsonl and histories/run.jsonl. With --repeat, the number of the run is added to the name."
  )
  var record: String?

  @Flag(
    help:
      "Check the history at its level. A history whose level does not hold is kept in histories/ even without --record. The report on a history that is kept is in checker-reports/, under its name."
  )
  var check = false

  @Option(
    help: ArgumentHelp(
      "With --check, which reports to write on a history that is kept: \(ReportKind.allCases.map(\.rawValue).joined(separator: ", ")). (default: html,json)",
      valueName: "kinds"),
    transform: { try ReportKind.kinds($0) })
  var report: Set<ReportKind> = ReportKind.usual

  @OptionGroup
  var running: RunningOptions

  @Option(help: ArgumentHelp("Keep a log file of each server in this folder.", valueName: "folder"))
  var serverLogs: String?

  @Flag(help: "Print nothing but problems.")
  var quiet = false

  @Option(
    defaultAsFlag: "-",
    help:
      "Write the summary as JSON, an object for each run, to this file; without a path, or with -, to standard output in place of the tables."
  )
  var json: String?

  @OptionGroup(title: "A workload, in place of a configuration or on top of it")
  var load: LoadOptions

  func validate() throws {
    guard recover == nil || config == nil else {
      throw ValidationError("name a configuration to run, or a folder to --recover, and not both")
    }
    guard config != nil || recover != nil || load.level != nil else {
      if let path = [record, json].compactMap(\.self).first(where: { $0.hasSuffix(".json") }) {
        throw ValidationError(
          "name a configuration to run; \(path.printable) was taken for the path of --record or --json, so name it before them"
        )
      }
      throw ValidationError(
        "name a configuration to run, describe a workload from --level on, or name a folder to --recover")
    }
    guard check || report == ReportKind.usual else {
      throw ValidationError("--report goes with --check")
    }
    guard recover == nil || !(check || json != nil || running.repeat > 1 || !load.isEmpty) else {
      throw ValidationError("--recover only makes a history; judge it with kvcheck")
    }
  }

  func run() async throws {
    // A pipe whose reader has gone, ours or a child's, is an error to be told and not the end.
    signal(SIGPIPE, SIG_IGN)
    if let recover {
      Interrupts.ofProgram.endProgram {}
      let status = Recovery(folder: recover, record: record, isQuiet: quiet).perform()
      if status != .holds { throw ExitCode(status.rawValue) }
    } else {
      try await runAll()
    }
  }

  private func runAll() async throws {
    let interrupts = Interrupts.ofProgram
    let configuration =
      if let config { try load.configuration(changing: running.load(config)) } else {
        try load.configuration()
      }
    try running.require(configuration, config ?? configuration.name)
    let placement = try running.placement(of: configuration)
    var endings: [RecordedRun.Ending] = []
    for repetition in 1...running.repeat {
      let run = RecordedRun(
        configuration: configuration, seed: running.seed(of: repetition), timeout: .seconds(running.timeout),
        programs: running.programsFolder, placement: placement,
        serverLogs: serverLogs, record: record,
        repetition: running.repeat > 1 ? (number: repetition, of: running.repeat) : nil, isChecked: check,
        reports: report,
        output: json.map { .json($0) } ?? (quiet ? .quiet : .text))
      endings.append(await run.perform(interrupts: interrupts))
      if interrupts.wereSeen { throw ExitCode(Interrupts.exitStatus) }
      // What cannot be written now cannot be written the next time.
      if endings.last?.status == .cannotCreate { break }
    }
    let statuses = endings.map(\.status)
    if running.repeat > 1, json == nil, !quiet, statuses.last != .cannotCreate {
      let loads = endings.compactMap(\.load)
      let tables = [
        RunSummary.text(endings.compactMap(\.summary)),
        loads.isEmpty ? "" : LoadSummary(.inSequence(loads)).text,
      ]
      _ = say(
        tally(statuses) + "; all together:\n\n" + tables.filter { !$0.isEmpty }.joined(separator: "\n"))
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
