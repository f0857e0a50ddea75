import ArgumentParser
import Configuration
import Foundation
import KeyValue
import Replication
import Reports

/// `kvrun compare CONFIG CONFIG ...`
struct Compare: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run configurations in turn and show what each costs, side by side.",
    usage: "kvrun compare <config> <config> ... [<options>]",
    discussion: """
      Every run is checked at its level, as with --check; a history whose level does not hold is kept in histories/. \
      The configurations take turns, so that other work on the machine slows all of them alike.

      EXAMPLES
        kvrun compare test/t1-1.json test/t1-2.json test/t1-3.json --repeat 20
            The same requests at the three levels; a page and a chart in
            checker-reports/.
        kvrun compare test/t1-1.json test/t1-3.json --json
            The numbers for a program.

      The exit status is the worst of all runs; `kvrun --help` says what they mean.
      """)

  @Argument(help: ArgumentHelp("The configurations, two or more.", valueName: "config"))
  var configs: [String]

  @OptionGroup
  var running: RunningOptions

  @Option(help: ArgumentHelp("Where the reports go.", valueName: "folder"))
  var reportDir = "checker-reports"

  @Option(
    help: ArgumentHelp("Which reports go there: html, json, svg. (default: html,svg)", valueName: "kinds"),
    transform: { try ReportKind.kinds($0, of: ComparisonReport.kinds) })
  var report: Set<ReportKind> = [.html, .svg]

  @Flag(help: "Open the page, or else the chart.")
  var open = false

  @Flag(help: "Print the comparison as JSON.")
  var json = false

  @Flag(help: "Print nothing but problems.")
  var quiet = false

  func validate() throws {
    guard configs.count > 1 else { throw ValidationError("name two configurations or more to compare") }
  }

  func run() async throws {
    signal(SIGPIPE, SIG_IGN)
    let interrupts = Interrupts.ofProgram
    let configurations = try configs.map { config in
      let configuration = try running.load(config)
      try running.require(configuration, config)
      return configuration
    }
    var endings = configurations.map { _ in [RecordedRun.Ending]() }
    let placements = try configurations.map { try running.placement(of: $0) }
    rounds: for repetition in 1...running.repeat {
      let seed = running.seed(of: repetition)
      for (place, configuration) in configurations.enumerated() {
        let run = RecordedRun(
          configuration: configuration, seed: seed, timeout: .seconds(running.timeout),
          programs: running.programsFolder, placement: placements[place], serverLogs: nil, record: nil,
          repetition: nil, isChecked: true,
          reports: ReportKind.usual,
          output: .quiet)
        let ending = await run.perform(interrupts: interrupts)
        if interrupts.wereSeen { throw ExitCode(Interrupts.exitStatus) }
        endings[place].append(ending)
        // What cannot be written now cannot be written the next time.
        if ending.status == .cannotCreate { break rounds }
      }
    }
    let comparison = Comparison(
      zip(configurations, endings).map { configuration, endings in
        Comparison.Entry(
          name: configuration.name, level: configuration.level.rawValue,
          replicationProtocol: configuration.replicationProtocol.rawValue,
          runs: endings.compactMap(\.summary),
          statuses: endings.map(\.status))
      })
    let status = CheckStatus.worst([comparison.status, tell(comparison)])
    if status != .holds { throw ExitCode(status.rawValue) }
  }

  private func tell(_ comparison: Comparison) -> CheckStatus {
    var status = CheckStatus.holds
    var written: [String] = []
    do {
      written = try ComparisonReport(comparison).write(to: ReportFolder(path: reportDir), report)
    } catch {
      complain("\(error); name another place with --report-dir")
      status = .cannotCreate
    }
    if json {
      if !say(comparison.json.indented) { status = .cannotCreate }
    } else if !quiet {
      let reports = written.isEmpty ? "" : "\nReport: " + written.joined(separator: ", ") + "\n"
      if !say(comparison.text + reports) { status = .cannotCreate }
    }
    if open, let first = written.first, let problem = Browser.open(first) { complain(problem) }
    return status
  }
}
