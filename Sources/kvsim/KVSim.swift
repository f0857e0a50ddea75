public import ArgumentParser
import Configuration
public import Consistency
import Foundation
import History
public import Replication
import Reports
import Simulation

/// Runs clusters in one process and virtual time, and judges what their clients saw.
@main
struct KVSim: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kvsim",
    abstract: "Simulates a cluster with its clients, network and faults, and judges every run.",
    discussion: """
      The replicas are those that kvserver runs. Clients, network and faults are simulated in virtual time. A run depends \
      on the configuration and the seed only. What the configuration leaves open (workload, faults, network) is drawn \
      from the seed, so that runs differ in kind. docs/simulation.md says more.

      EXAMPLES
        kvsim test/t2.json --seeds 1..10000
            Ten thousand runs on all cores, up to the first that violates the
            level.
        kvsim test/t2.json --seed 4711 --record run.jsonl --story
            One of them again; keep its history, print every message.
        kvsim test/t3.json --seeds 1..100 --model linearizable --shrink small.json
            Judge by another model than the level's, and make the first
            violation small.
        kvsim small.json --model linearizable --report html,svg
            The small violation again, as a page and as pictures.
        kvsim tiny.json --exhaustive --losses 1
            Try all orders of messages, with any one of them lost.
        kvsim tiny.json --exhaustive --kills 1
            The same, with a server killed at any point and started anew
            without its memory.

      EXIT STATUS
        0    every run holds; with --exhaustive: nothing can go wrong in scope
        1    a run violates the model, or its servers got stuck, diverged or
             lost a write
        2    a verdict was not reached, an exhaustive search was cut short, or
             no run proved anything
        64   the command line is wrong
        65   the configuration is wrong, or not one for --exhaustive
        66   there is no such configuration
        70   a fault of kvsim itself
        73   a file cannot be written
        130  stopped by Control-C
      """)

  @Argument(help: "The configuration or scenario, in JSON; docs/configuration.md describes it.")
  var config: String

  @Option(help: "The seed of one run. (default: that of the configuration, or 0)")
  var seed: UInt64?

  @Option(help: ArgumentHelp("Run all of these seeds; 1000 is 1..1000.", valueName: "first..last"))
  var seeds: SeedRange?

  @Option(help: "Run at this level, by its default protocol, in place of the configuration's.")
  var level: ConsistencyLevel?

  @Option(help: "Judge by this model in place of the level's.")
  var model: Model?

  @Option(help: ArgumentHelp("How many runs at a time. (default: one for each core)", valueName: "n"))
  var jobs: Int?

  @Option(help: "Stop at the first failure, or collect all.")
  var collect = Collected.first

  @Option(
    help: ArgumentHelp(
      "Keep the history of the run, or of the first failure, in this file.", valueName: "file"))
  var record: String?

  @Option(
    help: ArgumentHelp(
      "Make the first failure as small as it gets, and keep it in this file as a configuration that replays it.",
      valueName: "file"))
  var shrink: String?

  @Flag(help: "Print every message of the run, or of the first failure.")
  var story = false

  @Option(
    help: ArgumentHelp(
      "Report on the run, or on the first failure, with a space-time diagram. Kinds, separated by commas: \(ReportKind.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "kinds"),
    transform: { try ReportKind.kinds($0) })
  var report: Set<ReportKind> = []

  @Option(help: ArgumentHelp("Where the reports go.", valueName: "folder"))
  var reportDir = "checker-reports"

  @Option(
    help: ArgumentHelp(
      "The most configurations, which are states of a search, for each verdict.", valueName: "count"))
  var configurationLimit = 100_000

  @Flag(
    help:
      "Draw nothing: try all orders in which the messages of the configuration's scripted clients can arrive."
  )
  var exhaustive = false

  @Option(help: ArgumentHelp("With --exhaustive: how many messages may be lost.", valueName: "n"))
  var losses = 0

  @Option(help: ArgumentHelp("With --exhaustive: how many messages may be delivered twice.", valueName: "n"))
  var duplicates = 0

  @Option(
    help: ArgumentHelp(
      "With --exhaustive: how many times a server may be killed and started anew without its memory.",
      valueName: "n"))
  var kills = 0

  @Option(help: ArgumentHelp("With --exhaustive: the most states to visit.", valueName: "count"))
  var states = 10_000_000

  @Option(
    help: ArgumentHelp(
      "With --exhaustive: how long it may take, such as 500ms, 60s or 5m.", valueName: "duration"),
    transform: { try Quantity.durationOption($0) })
  var timeLimit: Duration?

  @Flag(help: "Print nothing but what went wrong.")
  var quiet = false

  func validate() throws {
    guard seed == nil || seeds == nil else { throw ValidationError("give --seed or --seeds, not both") }
    guard seed ?? 0 <= UInt64(Int64.max) else {
      throw ValidationError("--seed takes a number up to \(Int64.max)")
    }
    guard (jobs ?? 1) >= 1 else { throw ValidationError("--jobs takes a number from 1 on") }
    guard !exhaustive || (seed == nil && seeds == nil && shrink == nil && jobs == nil) else {
      throw ValidationError("--exhaustive goes without --seed, --seeds, --jobs and --shrink")
    }
    guard exhaustive || (losses == 0 && duplicates == 0 && kills == 0 && timeLimit == nil) else {
      throw ValidationError("--losses, --duplicates, --kills and --time-limit go with --exhaustive")
    }
    for (name, count) in [("--losses", losses), ("--duplicates", duplicates), ("--kills", kills)] {
      guard (0...16).contains(count) else { throw ValidationError("\(name) takes a number from 0 to 16") }
    }
    guard (1...1_000_000_000).contains(states) else {
      throw ValidationError("--states takes a number from 1 to 1000000000")
    }
    guard timeLimit.map({ $0 > .zero }) ?? true else {
      throw ValidationError("--time-limit takes a time longer than 0")
    }
    guard configurationLimit >= 1 else { throw ValidationError("--configuration-limit is a positive number") }
  }

  func run() async throws {
    Terminal.endOnInterrupt()
    let loaded: ClusterConfiguration
    do throws(ConfigurationFileError) {
      loaded = try ClusterConfiguration.load(config)
    } catch {
      complain(error.description)
      throw ExitCode(error.isUnreachable ? CheckStatus.noInput.rawValue : CheckStatus.badData.rawValue)
    }
    var swarm = Swarm(level.map { loaded.promising($0) } ?? loaded)
    swarm.model = model
    swarm.limits = Limits(configurationsMax: configurationLimit)
    swarm.collectsAll = collect == .all
    swarm.jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    let session = Session(command: self, swarm: swarm)
    let status = try await exhaustive ? session.exhaust() : session.perform()
    throw ExitCode(Terminal.status(status).rawValue)
  }
}

/// Whether to stop at the first failure.
enum Collected: String, ExpressibleByArgument, CaseIterable {
  case first, all
}

/// Seeds from one to another, as `1..1000`, or the first so many as `1000`.
struct SeedRange: ExpressibleByArgument {
  let range: ClosedRange<UInt64>

  init?(argument: String) {
    let ends = argument.replacing("...", with: "..").split(separator: "..", omittingEmptySubsequences: false)
      .map { UInt64($0) }
    guard let first = ends.count == 1 ? 1 : ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
      first <= last, last <= UInt64(Int64.max)
    else { return nil }
    range = first...last
  }
}

extension ConsistencyLevel: ExpressibleByArgument {
  /// The one of that name or alias.
  public init?(argument: String) { self.init(named: argument) }
}

extension Model: ExpressibleByArgument {
  /// The one of that name or alias.
  public init?(argument: String) { self.init(named: argument) }
}

/// Writes lines to standard error.
func complain(_ text: String) { Terminal.complain(text, command: "kvsim") }
