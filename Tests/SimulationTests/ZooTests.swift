import Configuration
import Consistency
import Foundation
import Replication
import Simulation
import TestSupport
import Testing

@Suite("The zoo of broken replicas")
struct ZooTests {
  /// Up to which seed a mistake is looked for.
  private static let seedMax: UInt64 = 400

  private static func level(_ mistake: Mistake) -> ConsistencyLevel {
    switch mistake {
    case .readsLocally, .servesStaleReads, .forgetsTheQueue, .readsWhileCatchingUp,
      .rejoinsWithAnOldClock, .rejoinsAsNew, .forgetsAnEntry, .countsOneForAll:
      .linearizable
    case .ignoresClocks, .comparesOnReceipt, .acknowledgesWhenSent, .dropsFetches, .appliesOnArrival,
      .breaksTiesByArrival, .deliversDuplicates:
      .sequential
    case .repeatsUnderNewNumbers, .latestArrivalWins, .forgetsTheTieBreak, .dropsTheEqualStamp,
      .comparesValuesFirst,
      .neverAdvancesItsClock, .ignoresGaps:
      .eventual
    }
  }

  private static func isOfRestarts(_ mistake: Mistake) -> Bool {
    switch mistake {
    case .forgetsTheQueue, .readsWhileCatchingUp, .rejoinsWithAnOldClock, .rejoinsAsNew, .forgetsAnEntry:
      true
    default: false
    }
  }

  private static func swarm(_ level: ConsistencyLevel, hasRestarts: Bool) throws -> Swarm {
    let cas = level == .eventual ? "" : #", "cas": 0.1"#
    return Swarm(
      try cluster(
        level: level,
        workload: "{\"clients\": 4, \"operations\": 40, \"keys\": 2, \"timeout\": \"50ms\"\(cas)}",
        faults: hasRestarts ? faultsAndKills : faultsButKills))
  }

  /// How many seeds each mistake is judged in by every model, unless its level's takes more to notice it.
  private static let seedsOfAll: UInt64 = 8
  private static let limits = Limits(configurationsMax: 20_000)

  /// What notices a mistake, and from which seed on.
  private struct Row {
    /// For each model the first seed whose history violates it.
    var models: [Model: UInt64] = [:]
    /// The first of what servers show of themselves.
    var own: (code: String, seed: UInt64)?
    /// The last seed that was run.
    var last: UInt64 = 0
    var elapsed = Duration.zero

    /// The seed at which the level's model or the servers themselves gave it away.
    func caught(_ level: ConsistencyLevel) -> UInt64? {
      [models[level.model], own?.seed].compactMap(\.self).min()
    }
  }

  /// Runs a mistake until it is noticed, and so many seeds at least, and judges each run by every model.
  private static func row(_ mistake: Mistake) throws -> Row {
    let level = level(mistake)
    var swarm = try swarm(level, hasRestarts: isOfRestarts(mistake))
    swarm.limits = limits
    swarm.makeReplica = broken(mistake, level.defaultProtocol)
    var row = Row()
    while row.caught(level) == nil || row.last < seedsOfAll {
      guard row.last < seedMax else { break }
      row.last += 1
      let start = ContinuousClock.now
      let judgement = try swarm.judge(row.last)
      if row.caught(level) == nil { row.elapsed += ContinuousClock.now - start }
      if let failure = judgement.run.failure { row.own = row.own ?? (failure.code, row.last) }
      let spectrum = Spectrum(of: judgement.history, limits: { limits }) { history, model, limits in
        model == level.model ? judgement.verdict : check(history, model, limits: limits)
      }
      for entry in spectrum.entries where entry.verdict.isViolated {
        row.models[entry.verdict.model] = row.models[entry.verdict.model] ?? row.last
      }
    }
    return row
  }

  private static let columns: [(name: String, model: Model)] = [
    ("linearizable", .linearizable), ("sequential", .sequential), ("causal-convergence", .causalConvergence),
    ("causal-memory", .causalMemory), ("causal", .causal), ("pram", .pram), ("regular", .regular),
    ("safe", .safe), ("read-your-writes", .readYourWrites), ("monotonic-reads", .monotonicReads),
    ("monotonic-writes", .monotonicWrites), ("writes-follow-reads", .writesFollowReads),
    ("eventual", .eventual),
  ]

  @Test("each mistake is caught, as docs/zoo.md says, and the correct replicas survive the same seeds")
  func table() async throws {
    var rows = ""
    var times = ""
    var last: [Group: UInt64] = [:]
    for mistake in Mistake.allCases {
      let level = Self.level(mistake)
      let row = try Self.row(mistake)
      guard let caught = row.caught(level) else {
        Issue.record("\(mistake) went unnoticed")
        continue
      }
      let cells = Self.columns.map { column in
        row.models[column.model].map { column.model == level.model ? "**\($0)**" : "\($0)" } ?? ""
      }
      let own = row.own.map { "`\($0.code)` \($0.seed)" } ?? ""
      rows +=
        "| \(mistake.sentence) | \(level) | \(Self.isOfRestarts(mistake) ? "with" : "without") | \(row.last) "
        + "| \(cells.joined(separator: " | ")) | \(own) |\n"
      times += "| \(mistake.sentence) | \(caught) | \(40 * caught) | \(row.elapsed.milliseconds) |\n"
      let group = Group(level: level, hasRestarts: Self.isOfRestarts(mistake))
      last[group] = max(last[group] ?? 0, caught)
    }
    var operations = 0
    for (group, seed) in last {
      var swarm = try Self.swarm(group.level, hasRestarts: group.hasRestarts)
      swarm.collectsAll = true
      let result = try await swarm.run(1...seed)
      #expect(result.failures.isEmpty, "\(group): \(result.failures)")
      operations += result.statistics.operations
    }
    let names = Self.columns.map(\.name).joined(separator: " | ")
    let rules = String(repeating: " ---: |", count: Self.columns.count)
    try keep(
      "| mistake | level | kills | runs | \(names) | servers themselves |\n| --- | --- | --- | ---: |\(rules) --- |\n"
        + rows + "\nThe correct replicas survived all these seeds: \(operations) operations.\n", as: "matrix")
    try keep(
      "| mistake | runs until it is caught | operations | ms |\n| --- | ---: | ---: | ---: |\n" + times,
      as: "times", isMeasured: true)
  }

  private struct Group: Hashable {
    let level: ConsistencyLevel
    let hasRestarts: Bool
  }

  /// Compares a table with the document, or writes it there. What is measured differs from time to time.
  private func keep(_ table: String, as name: String, isMeasured: Bool = false) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/zoo.md")
      .standardizedFileURL
    let text = try String(contentsOf: file, encoding: .utf8)
    let begin = try #require(text.range(of: "<!-- \(name): begin -->\n"))
    let end = try #require(text.range(of: "<!-- \(name): end -->"))
    if ProcessInfo.processInfo.environment["UPDATE_DOCS"] != nil {
      try text.replacingCharacters(in: begin.upperBound..<end.lowerBound, with: table)
        .write(to: file, atomically: true, encoding: .utf8)
    } else if !isMeasured {
      #expect(text[begin.upperBound..<end.lowerBound] == table, "run this test with UPDATE_DOCS=1")
    }
  }
}

extension Duration {
  fileprivate var milliseconds: Int { Int((self / .milliseconds(1)).rounded()) }
}
