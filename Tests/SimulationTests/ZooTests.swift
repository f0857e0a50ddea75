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
    case .ignoresClocks, .comparesOnReceipt, .acknowledgesWhenSent, .dropsFetches, .appliesOnArrival:
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

  /// A row of the table, and the seed up to which the correct replica must survive.
  private static func row(_ mistake: Mistake) async throws -> (text: String, seed: UInt64)? {
    let level = level(mistake)
    var swarm = try swarm(level, hasRestarts: isOfRestarts(mistake))
    swarm.makeReplica = broken(mistake, level.defaultProtocol)
    let result = try await swarm.run(1...seedMax)
    guard let first = result.failures.first else { return nil }
    let reasons =
      (first.isViolation ? ["\(level) model"] : []) + (first.failure.map { ["`\($0.code)`"] } ?? [])
    let text =
      "| \(mistake.sentence) | \(level) | \(isOfRestarts(mistake) ? "with" : "without") "
      + "| \(reasons.joined(separator: ", ")) | \(first.seed) | \(result.statistics.operations) |\n"
    return (text, first.seed)
  }

  @Test("each mistake is caught, as docs/zoo.md says, and the correct replicas survive the same seeds")
  func table() async throws {
    var rows = ""
    var last: [Group: UInt64] = [:]
    for mistake in Mistake.allCases {
      guard let (text, seed) = try await Self.row(mistake) else {
        Issue.record("\(mistake) went unnoticed")
        continue
      }
      rows += text
      let group = Group(level: Self.level(mistake), hasRestarts: Self.isOfRestarts(mistake))
      last[group] = max(last[group] ?? 0, seed)
    }
    var operations = 0
    for (group, seed) in last {
      var swarm = try Self.swarm(group.level, hasRestarts: group.hasRestarts)
      swarm.collectsAll = true
      let result = try await swarm.run(1...seed)
      #expect(result.failures.isEmpty, "\(group): \(result.failures)")
      operations += result.statistics.operations
    }
    try keep(
      "| mistake | level | kills | caught by | seed | operations until then |\n| --- | --- | --- | --- | ---: | ---: |\n"
        + rows + "\nThe correct replicas survived all these seeds: \(operations) operations.\n")
  }

  private struct Group: Hashable {
    let level: ConsistencyLevel
    let hasRestarts: Bool
  }

  private func keep(_ table: String) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/zoo.md")
      .standardizedFileURL
    let text = try String(contentsOf: file, encoding: .utf8)
    let begin = try #require(text.range(of: "<!-- matrix: begin -->\n"))
    let end = try #require(text.range(of: "<!-- matrix: end -->"))
    if ProcessInfo.processInfo.environment["UPDATE_DOCS"] != nil {
      try text.replacingCharacters(in: begin.upperBound..<end.lowerBound, with: table)
        .write(to: file, atomically: true, encoding: .utf8)
    } else {
      #expect(text[begin.upperBound..<end.lowerBound] == table, "run this test with UPDATE_DOCS=1")
    }
  }
}
