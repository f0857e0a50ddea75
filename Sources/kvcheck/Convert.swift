import ArgumentParser
import History
import Reports

/// `kvcheck convert IN OUT`
struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a history in another format: JSON Lines or Jepsen's EDN.",
    usage: "kvcheck convert <in> <out> [<options>]",
    discussion: """
      The input is checked as it is before a verdict. From JSON Lines, members that kvcheck does not know are carried \
      over. Notes go to standard error.

      EXAMPLES
        kvcheck convert histories/run.jsonl run.edn
            Make Jepsen EDN, for other checkers.
        kvcheck convert history.edn.gz history.jsonl --initial 0
            Make JSON Lines that say what the register held at first.
        kvcheck convert etcd.log - --to edn | head
            Write to standard output.
      """)

  @Argument(help: ArgumentHelp("The history; \"-\" is standard input.", valueName: "in"))
  var input: String

  @Argument(help: ArgumentHelp("Where the result goes; \"-\" is standard output.", valueName: "out"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "jsonl or edn. (default: edn for an output that ends in .edn, else jsonl)", valueName: "format"))
  var to: HistoryConversion.Target?

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  func run() throws {
    let target = to ?? (output.hasSuffix(".edn") ? .edn : .jsonLines)
    do {
      let file = try StreamedFile(path: output)
      Terminal.endOnInterrupt(removing: file.draft)
      let notes = try HistoryConversion(reading.options, to: target).convert(path: input) {
        try file.write($0)
      }
      try file.finish()
      for note in notes { Terminal.complain(note, command: "kvcheck") }
    } catch {
      throw ExitCode(Arguments.report(error).rawValue)
    }
  }
}
