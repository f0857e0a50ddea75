import Configuration
import Consistency
import History
import KeyValue
import Replication
import Reports
import Simulation
import TestSupport
import Testing

@Suite("An exhaustive search")
struct ExhaustiveTests {
  typealias Script = (server: Int, commands: [Command])

  private static func set(_ key: String, _ value: Int64) -> Command { .write(Key(key), .integer(value)) }
  private static func get(_ key: String) -> Command { .read(Key(key)) }

  private func scope(
    _ level: ConsistencyLevel, servers: Int = 2, _ scripts: [Script], model: Model? = nil, losses: Int = 0
  ) throws -> ExhaustiveScope {
    let clients: [JSON] = scripts.enumerated().map { number, script in
      let requests = script.commands.map { command -> JSON in
        switch command {
        case .read(let key): ["type": "get", "key": JSON(key.text)]
        case .write(let key, let value): ["type": "set", "key": JSON(key.text), "value": .value(value)]
        case .compareAndSet(let key, let expected, let new):
          ["type": "cas", "key": JSON(key.text), "value": [.value(expected), .value(new)]]
        }
      }
      return [
        "client_number": JSON(number), "server_number": JSON(script.server), "requests": .array(requests),
      ]
    }
    let json: JSON = [
      "num_servers": JSON(servers), "consistency_level": JSON(level.rawValue), "clients": .array(clients),
    ]
    var scope = try ExhaustiveScope(ClusterConfiguration(json: json, name: "test"))
    scope.model = model
    scope.losses = losses
    return scope
  }

  private static let crossing: [Script] = [(0, [set("x", 1)]), (1, [set("x", 2)])]
  private static let following: [Script] = [(0, [set("x", 1)]), (1, [get("x")])]
  private static let three: [Script] = [(0, [set("x", 1), get("x")]), (1, [set("x", 2)])]

  @Test(
    "sees what every order of two operations at two servers shows, no more and no less",
    arguments: [
      (ConsistencyLevel.linearizable, following), (.sequential, crossing), (.eventual, following),
      (.eventual, crossing),
    ])
  func everyOrder(level: ConsistencyLevel, scripts: [Script]) throws {
    // By a model that every level keeps and for which real time is kept, so that all is seen and compared.
    let found = try scope(level, scripts, model: .eventual).explore()
    let all = EveryOrder(servers: 2, level: level, scripts)
    #expect(found.histories == all.histories)
    #expect(found.histories.count > 0 && found.isExhausted)
  }

  @Test(
    "sees every outcome that there is when requests and answers take their time, too",
    arguments: [ConsistencyLevel.sequential, .eventual])
  func clientDelays(level: ConsistencyLevel) throws {
    let found = try scope(level, Self.following, model: .sequential).explore()
    let all = EveryOrder(servers: 2, level: level, delaysClients: true, Self.following)
    func outcomes(_ histories: Set<ObservedHistory>) -> Set<ObservedHistory> {
      Set(histories.map { ObservedHistory(results: $0.results, earlier: [], finals: $0.finals) })
    }
    #expect(outcomes(found.histories) == outcomes(all.histories))
  }

  @Test(
    "sees the same when replicas are told apart by all their inputs", arguments: ConsistencyLevel.allCases)
  func unmerged(level: ConsistencyLevel) throws {
    var scope = try scope(level, Self.three, model: .eventual, losses: 1)
    let merged = try scope.explore()
    scope.mergesReplicas = false
    scope.losses = 0
    let apart = try scope.explore()
    scope.mergesReplicas = true
    let same = try scope.explore()
    #expect(apart.histories == same.histories && apart.states > same.states)
    #expect(merged.histories.isSuperset(of: same.histories) && merged.states > same.states)
  }

  @Test("proves each level within small scopes", arguments: ConsistencyLevel.allCases)
  func correct(level: ConsistencyLevel) throws {
    for scope in [
      try scope(level, Self.three, losses: 1), try scope(level, servers: 3, Self.following),
      try scope(level, [(0, [Self.set("x", 1), Self.get("y")]), (1, [Self.set("y", 2), Self.get("x")])]),
    ] {
      let result = try scope.explore()
      #expect(result.failure == nil && result.isProof, "\(result.states) states")
    }
  }

  @Test("finds a local read where an ordered one is promised, in as few steps as any, and tells of it")
  func localRead() throws {
    var scope = try scope(.linearizable, servers: 3, Self.following)
    scope.makeReplica = { start in
      TotalOrderReplica(id: start.id, servers: start.servers, reads: .local, initial: start.initial)
    }
    let result = try scope.explore()
    let failure = try #require(result.failure)
    #expect(failure.verdict.isViolated && !result.isProof && !result.isExhausted)
    #expect(failure.run.history.operations.count { !$0.isFinal } == 2)
    let story = Story(failure, reasons: ["It is not linearizable."]).text
    #expect(story.contains("begins: write x = 1") && story.contains("null (initial)"))
    #expect(story.hasSuffix("=> It is not linearizable."))
  }

  @Test("finds what replicas get wrong that do not wait, or forget the tie-break")
  func mistakes() throws {
    var hasty = try scope(
      .sequential, [(0, [Self.set("x", 1), Self.get("x")]), (1, [Self.set("x", 2), Self.get("x")])])
    hasty.makeReplica = broken(.appliesOnArrival)
    #expect(try hasty.explore().failure?.verdict.isViolated == true)
    var tied = try scope(.eventual, Self.crossing)
    tied.makeReplica = broken(.forgetsTheTieBreak)
    #expect(try tied.explore().failure?.verdict.isViolated == true)
  }

  @Test("finds that a lost message leaves replicas stuck that never ask again")
  func deaf() throws {
    // Last writer wins needs ticks even so, to learn that its peers have everything.
    for reads in [TotalOrderReplica.ReadPath.ordered, .local] {
      var scope = try scope(reads == .ordered ? .linearizable : .sequential, Self.following)
      scope.makeReplica = { start in
        Deaf(
          base: TotalOrderReplica(id: start.id, servers: start.servers, reads: reads, initial: start.initial))
      }
      let whole = try scope.explore()
      #expect(whole.isProof, "\(String(describing: whole.failure?.run.failure))")
      scope.losses = 1
      #expect(try scope.explore().failure?.run.failure?.code == "stuck")
    }
  }

  @Test(
    "proves that servers which are killed find their way back, and that messages may come twice",
    arguments: [ConsistencyLevel.linearizable, .sequential])
  func killed(level: ConsistencyLevel) throws {
    var scope = try scope(level, Self.following)
    scope.kills = 1
    let killed = try scope.explore()
    #expect(killed.isProof, "\(killed.states) states, \(String(describing: killed.failure?.run.failure))")
    #expect(killed.histories.contains { $0.results.contains(.unknown) })
    scope.kills = 0
    let calm = try scope.explore()
    #expect(killed.states > calm.states && killed.histories.count > calm.histories.count)
    scope.duplicates = 1
    let twice = try scope.explore()
    #expect(twice.isProof && twice.states > calm.states && twice.histories == calm.histories)
  }

  @Test(
    "finds mistakes that take a kill to show, and nothing of them without one",
    arguments: [Mistake.rejoinsAsNew, .forgetsAnEntry, .readsWhileCatchingUp])
  func killedMistakes(mistake: Mistake) throws {
    var scope = try scope(.linearizable, Self.following)
    scope.makeReplica = broken(mistake, .totalOrderBroadcast)
    #expect(try scope.explore().isProof)
    scope.kills = 1
    let failure = try #require(try scope.explore().failure)
    #expect(failure.verdict.isViolated)
    let story = Story(failure, reasons: [])
    #expect(story.text.contains("starts anew, without its memory"))
    #expect(SpaceTimeDiagram(failure, title: "", reasons: []).rows.contains { $0.isChange })
  }

  @Test("finds that a packet which comes twice is applied twice, when its copy comes late enough")
  func copied() throws {
    // The write of the other server is read, overwritten, and there again.
    var scope = try scope(
      .sequential, [(0, [Self.set("x", 1)]), (1, [Self.get("x"), Self.set("x", 2), Self.get("x")])])
    scope.makeReplica = broken(.deliversDuplicates)
    #expect(try scope.explore().isProof)
    scope.duplicates = 1
    #expect(try #require(try scope.explore().failure).verdict.isViolated)
  }

  @Test("finds a request answered twice")
  func answeredTwice() throws {
    var scope = try scope(.sequential, Self.following)
    scope.makeReplica = { start in
      Talkative(
        base: TotalOrderReplica(id: start.id, servers: start.servers, reads: .local, initial: start.initial))
    }
    #expect(try scope.explore().failure?.run.failure?.code == "answered-twice")
  }

  @Test("proves nothing when it is cut short, or when nothing is done")
  func cut() throws {
    var scope = try scope(.linearizable, Self.three)
    scope.statesMax = 20
    let few = try scope.explore()
    #expect(!few.isExhausted && !few.isProof && few.failure == nil && few.states > 20)
    scope.statesMax = .max
    #expect(try !scope.explore { $0 > 0 }.isProof)
    let idle: JSON = [
      "num_servers": 2, "consistency_level": "linearizable",
      "clients": [["client_number": 0, "server_number": 0, "requests": [["type": "sleep", "value": 1]]]],
    ]
    let nothing = try ExhaustiveScope(ClusterConfiguration(json: idle, name: "idle")).explore()
    #expect(nothing.isExhausted && !nothing.isProof && nothing.vacuous == nothing.histories.count)
  }

  @Test("has interchangeable clients begin in order, and misses nothing but their names")
  func symmetry() throws {
    var scope = try scope(
      .eventual, [(0, [Self.set("x", 1)]), (1, [Self.get("x")]), (1, [Self.get("x")])])
    let half = try scope.explore()
    scope.usesSymmetry = false
    let all = try scope.explore()
    #expect(half.interchangeable == 1 && all.interchangeable == 0 && half.states < all.states)
    #expect(half.histories.isStrictSubset(of: all.histories))
    for history in all.histories {
      var swapped = history.results
      swapped.swapAt(1, 2)
      var earlier = history.earlier.map { $0 & 1 | ($0 & 2) << 1 | ($0 & 4) >> 1 }
      earlier.swapAt(1, 2)
      let renamed = ObservedHistory(results: swapped, earlier: earlier, finals: history.finals)
      #expect(half.histories.contains(history) || half.histories.contains(renamed))
    }
  }

  @Test("refuses what is not tiny and written down")
  func refusals() throws {
    #expect(throws: ExhaustiveScope.Refusal.hasWorkload) {
      try ExhaustiveScope(cluster(workload: "{}"))
    }
    #expect(throws: ExhaustiveScope.Refusal.tooManyServers(6)) {
      try scope(.eventual, servers: 6, Self.following)
    }
    #expect(throws: ExhaustiveScope.Refusal.tooManyOperations(17)) {
      try scope(.eventual, [(0, Array(repeating: Self.get("x"), count: 17))])
    }
  }
}

/// A replica that never asks again: it is told of lulls, and of no more time than that.
private struct Deaf<Base: Replica & Hashable>: Replica, Hashable {
  var base: Base
  var position: UInt64 { base.position }
  var isWaiting: Bool { base.isWaiting }
  var isOwing: Bool { base.isOwing }

  mutating func handle(_ input: Input, now: LogicalTime, _ outputs: inout [Output]) {
    base.handle(input == .tick ? .lull : input, now: now, &outputs)
  }
}

/// A replica that says everything to its clients twice.
private struct Talkative: Replica {
  var base: TotalOrderReplica
  var position: UInt64 { base.position }
  var isWaiting: Bool { base.isWaiting }
  var isOwing: Bool { base.isOwing }

  mutating func handle(_ input: Input, now: LogicalTime, _ outputs: inout [Output]) {
    var own: [Output] = []
    base.handle(input, now: now, &own)
    for output in own {
      outputs.append(output)
      if case .reply = output { outputs.append(output) }
    }
  }
}
