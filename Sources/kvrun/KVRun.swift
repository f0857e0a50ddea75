import ArgumentParser
import Cluster
import Configuration
import Foundation
import History
import KeyValue
import Reports

/// Runs a cluster and records what its clients saw.
@main
struct KVRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kvrun",
    abstract: "Runs a cluster with the clients of a configuration, and records every operation.",
    discussion: """
      Starts the servers, then the clients, each a process of its own; when the clients have finished, waits until every \
      server has everything, reads every key from every server, stops everything, and says what happened.

      EXAMPLES
        kvrun test/t3.json --record
          keeps histories/t3-<time>.jsonl, and a copy in histories/run.jsonl
        kvrun test/t3.json --record my.jsonl --check
        kvrun test/t2.json --check --repeat 50 --seed 7
        kvrun test/t4.json --dynamic-ports --json
        kvrun --recover histories/t3-<time>.parts
          what a kvrun that was killed left behind becomes histories/t3-<time>.jsonl

      What follows --record is taken for a path, so it comes after the configuration.

      EXIT STATUS
        0    every run ended as it should, and with --check its level holds
        1    with --check: the level is violated
        2    with --check: undecided
        64   bad usage
        65   bad configuration, or a fixed port of it is taken; with --recover: a broken recording
        66   no such configuration or folder
        69   a server or client could not start, ended early, hung or did not answer the final reads
        70   a fault of ours
        73   a file cannot be written, or what a client recorded not be read
        130  stopped by Control-C or a signal
      """)

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

  @Option(help: ArgumentHelp("Run so many times, with seeds that follow one another.", valueName: "n"))
  var `repeat` = 1

  @Option(help: "What the random sleeps come from; without it another one each time, which is printed.")
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Seconds that an operation may go unanswered before its outcome counts as unknown, and that starting may take.",
      valueName: "seconds"))
  var timeout = 10.0

  @Option(help: ArgumentHelp("Keep a log file of each server in this folder.", valueName: "folder"))
  var serverLogs: String?

  @Flag(help: "Let the system choose all ports, whatever the configuration says.")
  var dynamicPorts = false

  @Flag(help: "Print nothing but problems.")
  var quiet = false

  @Flag(help: "Print the summary as JSON, an object for each run, on standard output.")
  var json = false

  @Option(help: .hidden)
  var programs: String?

  func validate() throws {
    guard (config == nil) != (recover == nil) else {
      throw ValidationError("name a configuration to run, or a folder to --recover, and not both")
    }
    guard recover == nil || !(check || json || `repeat` > 1) else {
      throw ValidationError("--recover only makes a history; judge it with kvcheck")
    }
    guard (1...100_000).contains(`repeat`) else {
      throw ValidationError("--repeat takes a number from 1 to 100000")
    }
    // What a history file can hold. The last run's seed counts, too.
    let seedMax = UInt64(Int64.max) - UInt64(`repeat` - 1)
    guard (seed ?? 0) <= seedMax else {
      let runs = `repeat` > 1 ? " with --repeat \(`repeat`)" : ""
      throw ValidationError("--seed takes a number up to \(seedMax)\(runs)")
    }
    guard timeout > 0, timeout <= 86_400 else {
      throw ValidationError("--timeout takes seconds, more than 0")
    }
  }

  /// Watches for signals before anything else: one that comes early ends the run in order, too.
  private static let interrupts = Interrupts()

  /// The program.
  static func main() async {
    _ = interrupts
    await main(nil)
  }

  func run() async throws {
    // A pipe whose reader has gone, ours or a child's, is an error to be told and not the end.
    signal(SIGPIPE, SIG_IGN)
    if let recover {
      Self.interrupts.endProgram(true)
      let status = Recovery(folder: recover, record: record, isQuiet: quiet).perform()
      if status != .holds { throw ExitCode(status.rawValue) }
    } else if let config {
      try await run(config)
    }
  }

  private func run(_ config: String) async throws {
    let interrupts = Self.interrupts
    let configuration = try load(config)
    try requirePrograms()
    if let obstacle = OpenFiles.allow(children: configuration.servers.count + configuration.clients.count + 1)
    {
      complain("\(config): \(obstacle)")
      throw ExitCode(CheckStatus.unavailable.rawValue)
    }
    var endings: [RecordedRun.Ending] = []
    for repetition in 1...`repeat` {
      let runSeed = seed.map { $0 + UInt64(repetition - 1) } ?? UInt64.random(in: 0...0xFFFF_FFFF)
      let run = RecordedRun(
        configuration: configuration, seed: runSeed, timeout: .seconds(timeout), programs: programsFolder,
        serverLogs: serverLogs, record: record,
        repetition: `repeat` > 1 ? (number: repetition, of: `repeat`) : nil, isChecked: check,
        output: json ? .json : quiet ? .quiet : .text)
      endings.append(await run.perform(interrupts: interrupts))
      if interrupts.wereSeen { throw ExitCode(Interrupts.exitStatus) }
      // What cannot be written now cannot be written the next time.
      if endings.last?.status == .cannotCreate { break }
    }
    let statuses = endings.map(\.status)
    if `repeat` > 1, !json, !quiet, statuses.last != .cannotCreate {
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

  private func requirePrograms() throws {
    for program in ["kvserver", "kvclient"] {
      let path = programsFolder.appending(path: program).path(percentEncoded: false)
      guard !FileManager.default.isExecutableFile(atPath: path) else { continue }
      complain("\(path): there is no such program; `swift build` makes it, and it must lie beside kvrun")
      throw ExitCode(CheckStatus.unavailable.rawValue)
    }
  }

  private func load(_ config: String) throws -> ClusterConfiguration {
    do throws(ConfigurationFileError) {
      let configuration = try ClusterConfiguration.load(config, looksForBusyPorts: !dynamicPorts)
      return dynamicPorts ? configuration.dynamicPorts() : configuration
    } catch {
      complain(error.description)
      throw ExitCode(error.isUnreachable ? 66 : 65)
    }
  }

  /// Where `kvserver` and `kvclient` are: beside this program.
  private var programsFolder: URL {
    programs.map { URL(filePath: $0) } ?? ClusterRun.programsBesideThisOne
  }
}
