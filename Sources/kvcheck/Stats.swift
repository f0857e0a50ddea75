import ArgumentParser
import History
import Reports

/// `kvcheck stats FILE...`
struct Stats: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a history in numbers: operations, outcomes, concurrency, rate, latencies.",
    usage: "kvcheck stats <files> ... [<options>]",
    discussion: """
      EXAMPLES
        kvcheck stats histories/run.jsonl
            Print the numbers for people.
        kvcheck stats a.jsonl b.edn.gz --json -
            Print them for programs; times are in nanoseconds.
      """)

  @Argument(help: "The histories; \"-\" is standard input.")
  var files: [String]

  @Option(help: ArgumentHelp("Where to write JSON; \"-\" prints it instead of text.", valueName: "path"))
  var json: String?

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  func validate() throws {
    try Arguments.validate(files: files)
  }

  func run() throws {
    Terminal.endOnInterrupt()
    let command = StatisticsCommand(
      files: files, reader: reading.options, json: json, print: { Terminal.print($0, command: "kvcheck") },
      complain: { Terminal.complain($0) })
    throw ExitCode(Terminal.status(command.run()).rawValue)
  }
}
