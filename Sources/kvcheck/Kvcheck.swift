import ArgumentParser
import Consistency
import Foundation
import History
import Reports

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@main
struct Kvcheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kvcheck",
    abstract: "Decides which consistency models a recorded history satisfies, and says why.",
    discussion: """
      A history is a JSON Lines file as `kvrun CONFIG --record` writes it; "-" reads standard input. \
      Each file gets a report on the terminal and, as JSON, one in the report folder under the file's name.

      EXAMPLES
        kvcheck histories/run.jsonl
            Check the level that the history declares.
        kvcheck histories/run.jsonl --model linearizable,sequential
            Ask about two models.
        kvcheck a.jsonl b.jsonl --time-limit 10s --json results.json
            Gate a pipeline on several recordings, with one JSON file for all.
        some-recorder | kvcheck - --model linearizable --json -
            Read from a pipe and print JSON only.

      MODELS
        \(Model.allCases.map(\.rawValue).joined(separator: ", "))

      EXIT STATUS
        0   every model asked about holds
        1   a model is violated
        2   undecided: a limit was reached, or the history proves nothing
        64  the command line is wrong, or neither it nor the history names a model
        65  a history cannot be understood; file, line and reason are printed
        66  a history cannot be reached
        70  a fault of kvcheck itself
        73  a report cannot be written
        130 interrupted with Control-C
      With several files or models the worst counts: 70, 73, 66, 65, 64, 1, 2, 0.
      """)

  @Argument(help: "The histories to check; \"-\" is standard input.")
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "The models to ask about, separated by commas. (default: the level the history declares)",
      valueName: "models"),
    transform: { try Kvcheck.models($0) })
  var model: [[Model]] = []

  @Option(help: ArgumentHelp("Where each history's JSON report goes.", valueName: "folder"))
  var reportDir = "checker-reports"

  @Option(
    help: ArgumentHelp(
      "Where to write one JSON report on all files; \"-\" prints it instead of text.", valueName: "path"))
  var json: String?

  @Option(
    help: ArgumentHelp("The most time for each verdict, such as 500ms, 60s or 5m.", valueName: "duration"),
    transform: { try Kvcheck.duration($0) })
  var timeLimit: Duration?

  @Option(
    help: ArgumentHelp("The most memory for each search, such as 512MB or 4GB.", valueName: "size"),
    transform: { try Kvcheck.bytes($0) })
  var memoryLimit: Int?

  @Option(
    help: ArgumentHelp(
      "The most configurations for each verdict to explore; the same answer on every machine.",
      valueName: "count"))
  var configurationLimit: Int?

  @Flag(help: "Leave out a last line that was cut short.")
  var allowTruncated = false

  @Option(
    help: ArgumentHelp(
      "By how much the clocks of several hosts may differ from the truth. (default: 0)", valueName: "duration"
    ),
    transform: { try Kvcheck.duration($0) })
  var clockError: Duration = .zero

  @Flag(name: .shortAndLong, help: "Print nothing but what went wrong with reading and writing.")
  var quiet = false

  @Flag(help: "No colours, as with NO_COLOR set.")
  var noColor = false

  func validate() throws {
    if files.filter({ $0 == "-" }).count > 1 { throw ValidationError("standard input can be read only once") }
    if let configurationLimit, configurationLimit < 1 {
      throw ValidationError("--configuration-limit is a positive number")
    }
  }

  func run() throws {
    signal(SIGINT) { _ in _exit(130) }
    let isTerminal = isatty(STDOUT_FILENO) != 0 && !noColor
    let style = TerminalStyle(isTerminal: isTerminal, environment: ProcessInfo.processInfo.environment)
    let clockErrorNanoseconds = clockError / .nanoseconds(1)
    let options = CheckCommand.Options(
      files: files, models: model.flatMap(\.self),
      reader: .init(allowsTruncated: allowTruncated, clockErrorNanoseconds: Int64(clockErrorNanoseconds)),
      allowance: .init(time: timeLimit, memoryBytes: memoryLimit, configurations: configurationLimit),
      reportFolder: reportDir, json: json, isQuiet: quiet, style: style)
    let progress = isatty(STDERR_FILENO) != 0 && !quiet ? ProgressLine() : nil
    var command = CheckCommand(
      options, print: { Self.write($0, to: STDOUT_FILENO) }, complain: { Self.write($0, to: STDERR_FILENO) })
    command.progress = { progress?.show($0) }
    throw ExitCode(command.run().rawValue)
  }

  private static func write(_ text: String, to descriptor: Int32) {
    try? FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).write(contentsOf: Data(text.utf8))
  }

  private static func models(_ text: String) throws -> [Model] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { name in
      guard let model = Model(named: String(name)) else {
        let names = Model.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("\"\(String(name).printable)\" is no model; the models are \(names)")
      }
      return model
    }
  }

  private static func duration(_ text: String) throws -> Duration {
    guard let duration = Quantity.duration(text) else {
      throw ValidationError("\"\(text.printable)\" is no duration; write 500ms, 60s or 5m")
    }
    return duration
  }

  private static func bytes(_ text: String) throws -> Int {
    guard let bytes = Quantity.bytes(text) else {
      throw ValidationError("\"\(text.printable)\" is no size; write 512MB or 4GB")
    }
    return bytes
  }
}
