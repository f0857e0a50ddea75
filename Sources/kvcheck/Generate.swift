import ArgumentParser
import History
import Reports

/// `kvcheck generate`
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a history from a seed: linearizable, or with an anomaly in it.",
    usage: "kvcheck generate --out <path> [<options>]",
    discussion: """
      Clients of one copy of a store are simulated in virtual time, so the history is linearizable unless an anomaly is \
      asked for, and then it is not. The same options give the same bytes everywhere. Memory does not grow with the \
      number of operations.

      EXAMPLES
        kvcheck generate --operations 1000000 --keys 100 --out big.jsonl
            Make a million operations.
        kvcheck generate --anomaly lost-update --seed 7 --out - | kvcheck -
            Let kvcheck find what is wrong.
        kvcheck generate --values 5 --cas 0.2 --fail 0.01 --out -
            Repeat five values, with compare-and-sets and failures.
        kvcheck generate --final-reads 3 --out - | kvcheck - --model eventual
            Let three servers show what they hold in the end.

      ANOMALIES
      \(anomalies)
      """)

  private static var anomalies: String {
    Anomaly.allCases.map { anomaly in
      let name = anomaly.rawValue
      return "  \(name)\(String(repeating: " ", count: 20 - name.count))\(anomaly.summary)"
    }.joined(separator: "\n")
  }

  @Option(
    help: ArgumentHelp("How many operations, not counting anomalies and final reads.", valueName: "count"))
  var operations = 1000

  @Option(help: ArgumentHelp("How many clients at a time.", valueName: "count"))
  var processes = 10

  @Option(help: ArgumentHelp("How many keys.", valueName: "count"))
  var keys = 1

  @Option(
    help: ArgumentHelp("The share of reads, from 0 to 1. (default: 0.5)", valueName: "share"),
    transform: { try Arguments.perMillion($0) })
  var readRatio: Int = 500_000

  @Option(
    help: ArgumentHelp(
      "The share of compare-and-sets; the rest are writes. (default: 0)", valueName: "share"),
    transform: { try Arguments.perMillion($0) })
  var cas: Int = 0

  @Option(
    help: ArgumentHelp("The share of operations of unknown outcome. (default: 0)", valueName: "share"),
    transform: { try Arguments.perMillion($0) })
  var unknown: Int = 0

  @Option(
    help: ArgumentHelp("The share of operations that fail, without effect. (default: 0)", valueName: "share"),
    transform: { try Arguments.perMillion($0) })
  var fail: Int = 0

  @Option(
    help: ArgumentHelp(
      "\"unique\", or how many values are written again and again. (default: unique)", valueName: "values"),
    transform: { try Generate.values($0) })
  var values: HistoryGenerator.Options.Values = .unique

  @Option(help: ArgumentHelp("What goes wrong; may be given several times.", valueName: "anomaly"))
  var anomaly: [Anomaly] = []

  @Option(
    help: ArgumentHelp(
      "How many servers each answer a final read of every key in the end, for eventual consistency.",
      valueName: "count"))
  var finalReads: Int = 0

  @Option(help: ArgumentHelp("What every random choice comes from.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Where the history goes; \"-\" is standard output.", valueName: "path"))
  var out: String

  private var options: HistoryGenerator.Options {
    var options = HistoryGenerator.Options()
    options.operations = operations
    options.processes = processes
    options.keys = keys
    options.readsPerMillion = readRatio
    options.compareAndSetsPerMillion = cas
    options.unknownPerMillion = unknown
    options.failedPerMillion = fail
    options.values = values
    options.anomalies = anomaly
    options.finalReads = finalReads
    options.seed = seed
    return options
  }

  func validate() throws {
    if let problem = options.problem { throw ValidationError(problem) }
  }

  func run() throws {
    do {
      let file = try StreamedFile(path: out)
      Terminal.endOnInterrupt(removing: file.draft)
      try HistoryGenerator(options).write { bytes throws(ReportFolder.Failure) in try file.write(bytes) }
      try file.finish()
    } catch {
      throw ExitCode(Arguments.report(error).rawValue)
    }
  }

  private static func values(_ text: String) throws -> HistoryGenerator.Options.Values {
    if text == "unique" { return .unique }
    guard let count = Int(text) else {
      throw ValidationError("\"\(text.printable)\" is neither \"unique\" nor a number of values")
    }
    return .repeated(count)
  }
}
