public import ArgumentParser
public import Consistency
import Foundation
import History
import Reports

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `kvcheck check FILE...`, which is also what `kvcheck FILE...` does.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Decide which consistency models a history satisfies.",
    discussion: """
      A history is a JSON Lines file as `kvrun CONFIG --record` writes it, or a recording of Jepsen, Knossos or \
      Porcupine, compressed with gzip or not; "-" reads standard input. The format is recognised by the content. \
      Each file gets a report on the terminal, and a page and a JSON report in the report folder, under its name.

      EXAMPLES
        kvcheck histories/run.jsonl
            Judge every model; the level that the history declares decides the
            exit status, or all models do when it declares none.
        kvcheck histories/run.jsonl --model linearizable,sequential
            Ask about two models.
        kvcheck history.edn --model linearizable --initial 0
            Check a Jepsen test whose register holds 0 at first.
        kvcheck etcd.log.gz --model linearizable --cas-fail mismatch
            Take a failed cas for a comparison that failed.
        kvcheck a.jsonl b.jsonl --time-limit 10s --json results.json
            Check several recordings in a pipeline, with one JSON file for all.
        some-recorder | kvcheck - --model linearizable --json -
            Read from a pipe and print JSON only.
        kvcheck run.jsonl --certificate run.certificate.json
            Keep the proof of every verdict, for `kvcheck verify-certificate`.
        kvcheck checker-reports/run-linearizable-counterexample.jsonl
            Look at the few operations that violate a model: a history of its own.

      MODELS
      \(models)

      \(Kvcheck.exitStatuses)
      """)

  /// The names of all models, a few on a line.
  private static var models: String {
    let names = Model.allCases.map(\.rawValue)
    return stride(from: 0, to: names.count, by: 4)
      .map { "  " + names[$0..<min($0 + 4, names.count)].joined(separator: ", ") }.joined(separator: ",\n")
  }

  @Argument(help: "The histories to check; \"-\" is standard input.")
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "The models to ask about, separated by commas. (default: all; the level that the history declares decides the exit status)",
      valueName: "models"),
    transform: { try Arguments.models($0) })
  var model: [[Model]] = []

  @Option(
    help: """
      How to decide linearizability: \(Engine.names(for: .linearizable)); or sequential consistency: \
      \(Engine.names(for: .sequential)).
      """)
  var engine = Engine.automatic

  @Option(help: ArgumentHelp("Where each history's reports go.", valueName: "folder"))
  var reportDir = "checker-reports"

  @Option(
    help: ArgumentHelp(
      "Which reports go there, separated by commas: \(ReportKind.allCases.map(\.rawValue).joined(separator: ", ")). (default: \(ReportKind.allCases.filter(ReportKind.usual.contains).map(\.rawValue).joined(separator: ",")))",
      valueName: "kinds"),
    transform: { try ReportKind.kinds($0) })
  var report: Set<ReportKind> = ReportKind.usual

  @Flag(help: "Open the first page, or else picture, of the reports.")
  var open = false

  @Option(
    help: ArgumentHelp(
      "Where counterexamples go, each a history of its own. (default: the report folder)",
      valueName: "folder"))
  var counterexampleDir: String?

  @Option(
    help: ArgumentHelp(
      "Where to write one JSON report on all files; \"-\" prints it in place of the text.", valueName: "path")
  )
  var json: String?

  @Option(
    help: ArgumentHelp(
      "Where to write the proof of the verdicts on one history; \"-\" prints it in place of the text.",
      valueName: "path"))
  var certificate: String?

  @Option(
    help: ArgumentHelp("The most time for each verdict, such as 500ms, 60s or 5m.", valueName: "duration"),
    transform: { try Quantity.durationOption($0) })
  var timeLimit: Duration?

  @Option(
    help: ArgumentHelp(
      "The most memory for the whole process, such as 512MB or 8GB. (default: 4GB)", valueName: "size"),
    transform: { try Arguments.bytes($0) })
  var memoryLimit = 4_000_000_000

  @Option(
    help: ArgumentHelp(
      "The most configurations, which are states of a search, for each verdict: a limit that gives the same answer on every machine.",
      valueName: "count"))
  var configurationLimit: Int?

  @Option(
    help: ArgumentHelp(
      "How many threads work at once. (default: as many as there are cores)", valueName: "count"))
  var jobs: Int?

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  @Flag(name: .shortAndLong, help: "Print only what went wrong with reading and writing.")
  var quiet = false

  @Flag(help: "No colours, as with NO_COLOR set.")
  var noColor = false

  func validate() throws {
    try Arguments.validate(files: files)
    if certificate != nil, files.count > 1 {
      throw ValidationError("--certificate is about one history; check each by itself")
    }
    if certificate == "-", json == "-" {
      throw ValidationError("--certificate and --json cannot both go to standard output")
    }
    if let decided = engine.model, !model.isEmpty, !model.joined().contains(decided) {
      throw ValidationError("--engine \(engine) decides \(decided.rawValue), which --model does not name")
    }
    if let configurationLimit, configurationLimit < 1 {
      throw ValidationError("--configuration-limit is a positive number")
    }
    if let jobs, jobs < 1 { throw ValidationError("--jobs is a positive number") }
  }

  func run() throws {
    Terminal.endOnInterrupt()
    let isTerminal = isatty(STDOUT_FILENO) != 0 && !noColor
    let environment = ProcessInfo.processInfo.environment
    let style = TerminalStyle(isTerminal: isTerminal, environment: environment)
    var options = CheckCommand.Options(
      files: files, models: model.flatMap(\.self),
      reader: reading.options, engine: engine,
      allowance: .init(time: timeLimit, memoryBytes: memoryLimit, configurations: configurationLimit),
      reportFolder: reportDir, reportKinds: report, counterexampleFolder: counterexampleDir, json: json,
      certificate: certificate,
      jobSummary: environment["GITHUB_STEP_SUMMARY"].flatMap { $0.isEmpty ? nil : $0 },
      isOnGitHub: environment["GITHUB_ACTIONS"] == "true", isQuiet: quiet, style: style)
    options.threads = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    options.memoryInUse = { [memoryLimit] in ProcessMemory.inUse(wanted: $0, limit: memoryLimit) }
    let progress = isatty(STDERR_FILENO) != 0 && !quiet ? ProgressLine() : nil
    var command = CheckCommand(
      options, print: { Terminal.print($0, command: "kvcheck") }, complain: { Terminal.complain($0) })
    command.progress = { progress?.show($0) }
    if open {
      command.open = { path in Browser.open(path).map { Terminal.complain($0, command: "kvcheck") } }
    }
    throw ExitCode(Terminal.status(command.run()).rawValue)
  }
}

extension Engine: ExpressibleByArgument {
  fileprivate static func names(for model: Model) -> String {
    allCases.filter { $0.model == nil || $0.model == model }.map(\.rawValue).joined(separator: ", ")
  }
}
