import Configuration
import Consistency
import History
import KeyValue
import Replication
import Reports
import Simulation
import TestSupport
import Testing

@Suite("Replicas broken on purpose, simulated")
struct BrokenReplicaTests {
  private func swarm(
    _ level: ConsistencyLevel, model: Model? = nil, servers: Int = 3, faults: String? = nil,
    _ makeReplica: ReplicaFactory? = nil
  ) throws -> Swarm {
    var swarm = Swarm(
      try cluster(
        servers: servers, level: level, workload: #"{"operations": 100, "keys": 2}"#, faults: faults))
    swarm.model = model
    swarm.makeReplica = makeReplica
    return swarm
  }

  @Test("a linearizable replica that reads locally is caught, and made small")
  func localReads() async throws {
    let swarm = try swarm(.linearizable, servers: 5) { start in
      start.replica(.localRead)
    }
    let found = try await swarm.run(1...50)
    let first = try #require(found.failures.first)
    #expect(first.isViolation)
    var shrinker = try ScenarioShrinker(swarm, seed: first.seed)
    let small = try shrinker.shrink()
    #expect(small.verdict.isViolated)
    #expect(small.configuration.clients.reduce(0) { $0 + $1.requests.count } <= 3)
    #expect(small.configuration.servers.count <= 3)
  }

  @Test(
    "last writer wins without the tie-break is caught by the model and by what servers show, and made small")
  func noTieBreak() async throws {
    let swarm = try swarm(.eventual, faults: faultsButKills, broken(.forgetsTheTieBreak))
    let found = try await swarm.run(1...300)
    let first = try #require(found.failures.first)
    var shrinker = try ScenarioShrinker(swarm, seed: first.seed)
    let small = try shrinker.shrink()
    #expect(small.verdict.isViolated && small.run.failure != nil)
    #expect(small.configuration.clients.reduce(0) { $0 + $1.requests.count } <= 3)
    #expect(small.configuration.servers.count == 2)
  }

  @Test("a scenario replays to the byte from the file that it is written to")
  func replay() async throws {
    let swarm = try swarm(.sequential, model: .linearizable)
    let found = try await swarm.run(1...50)
    var shrinker = try ScenarioShrinker(swarm, seed: try #require(found.failures.first).seed)
    shrinker.runsMax = 1000
    let small = try shrinker.shrink()
    let text = small.configuration.json.indented
    let read = try ClusterConfiguration(json: JSON(parsing: text), name: "test")
    #expect(read == small.configuration)
    let again = try Simulation.run(read.varied(seed: small.seed), seed: small.seed)
    #expect(again.historyFile == small.run.historyFile)
    #expect(check(again.history, .linearizable).isViolated)
  }

  @Test("writing a run out changes nothing, and the bound on runs is kept")
  func writtenOut() async throws {
    let swarm = try swarm(.sequential, model: .linearizable)
    let seed = try #require(try await swarm.run(1...50).failures.first).seed
    let original = try swarm.judge(seed)
    var shrinker = try ScenarioShrinker(swarm, seed: seed)
    shrinker.runsMax = 1
    let explicit = try shrinker.shrink()
    #expect(shrinker.runs == 1 && explicit.configuration.workload == nil)
    let before = original.run.history.operations.filter { !$0.isFinal }
    let after = explicit.run.history.operations.filter { !$0.isFinal }
    #expect(before.map(\.invoked) == after.map(\.invoked))
    #expect(before.map(\.completed) == after.map(\.completed))
    #expect(before.map { original.run.history[$0.value] } == after.map { explicit.run.history[$0.value] })
  }

  @Test("replicas that never come to agree are stuck, and one that answers twice is told of")
  func invariants() throws {
    let configuration = try cluster(workload: #"{"operations": 20}"#, faults: "[]", simulation: "{}")
    let mute = try Simulation.run(configuration) { start in
      Altered(
        base: TotalOrderReplica(id: start.id, servers: start.servers, reads: .local, initial: start.initial),
        alter: { output in
          if case .reply(_, .reached) = output { [] } else { [output] }
        })
    }
    #expect(mute.failure?.code == "stuck" && mute.history.end?.isClean == false)
    let twice = try Simulation.run(configuration) { start in
      Altered(
        base: TotalOrderReplica(id: start.id, servers: start.servers, reads: .local, initial: start.initial),
        alter: { output in
          if case .reply(_, .value) = output { [output, output] } else { [output] }
        })
    }
    #expect(twice.failure?.code == "answered-twice")
    let forgetful = try Simulation.run(configuration) { start in
      Altered(
        base: TotalOrderReplica(id: start.id, servers: start.servers, reads: .local, initial: start.initial),
        alter: { output in
          if case .reply(let request, .value) = output, start.id.number == 1 {
            [.reply(request, .value(.null, nil))]
          } else {
            [output]
          }
        })
    }
    #expect(forgetful.failure?.code == "lost-write")
  }

  @Test("the story of a small failure names its lanes, its messages and its reasons")
  func story() async throws {
    let swarm = try swarm(.sequential, model: .linearizable)
    var shrinker = try ScenarioShrinker(
      swarm, seed: try #require(try await swarm.run(1...50).failures.first).seed)
    shrinker.runsMax = 1000
    let small = try shrinker.shrink()
    let story = Story(small, reasons: ["It is not linearizable."])
    #expect(story.lanes.count == small.run.sessions.count + small.configuration.servers.count)
    #expect(
      story.lines.allSatisfy { story.lanes.indices.contains($0.from) && story.lanes.indices.contains($0.to) })
    let rows = story.text.split(separator: "\n")
    #expect(rows.count == story.lines.count + 2)
    #expect(rows.last == "=> It is not linearizable.")
    #expect(rows.contains { $0.contains("begins: write") } && rows.contains { $0.contains("asks: read") })
  }

  @Test(
    "the diagram of a run has every operation, every message that came, and every change of what servers hold"
  )
  func diagram() throws {
    let swarm = try swarm(
      .linearizable,
      faults: #"[{"fault": "loss", "probability": 0.1}, {"fault": "kill", "at": "1ms", "for": "5ms"}]"#)
    let judgement = try #require(
      try (1...50 as ClosedRange<UInt64>).lazy.map { try swarm.judge($0, isTraced: true) }
        .first { $0.run.statistics.restarts > 0 })
    let diagram = SpaceTimeDiagram(judgement, title: "What happened.", reasons: [])
    let operations = judgement.run.history.operations.filter { !$0.isFinal }
    #expect(diagram.operations.count == operations.count)
    #expect(diagram.operations.count { $0.end == nil } == 0 && diagram.bands.count == 2)
    for (span, operation) in zip(diagram.operations, operations) {
      #expect(diagram.rows[span.begin].time == operation.invoked && span.kind == operation.kind)
    }
    var updates = 0
    var holds = 0
    for event in judgement.run.trace {
      if case .arrived(_, _, .packet(let packet)) = event.kind, !packet.updates.isEmpty { updates += 1 }
      if case .stored = event.kind { holds += 1 }
    }
    #expect(diagram.messages.count { $0.kind == .update && $0.to != nil } == updates && updates > 0)
    #expect(diagram.messages.contains { $0.kind == .update && $0.to == nil })
    let changes = diagram.rows.flatMap(\.clauses).count { $0.hasPrefix("now holds") }
    #expect(changes == holds && holds >= 3 * judgement.run.history.operations.count { $0.kind == .write } / 4)
    for message in diagram.messages {
      if let to = message.to { #expect(to >= message.from && diagram.rows[to].lane == message.lane) }
    }
    // What clients saw is what the servers held.
    #expect(diagram.rows.contains { $0.clauses.contains("starts anew, without its memory") })
  }

  @Test("looking at what servers hold changes nothing")
  func looking() throws {
    let configuration = try cluster(level: .eventual, workload: #"{"operations": 60}"#).varied(seed: 4)
    let plain = try Simulation.run(configuration, seed: 4)
    let looked = try Simulation.run(configuration, seed: 4, isTraced: true, showsStores: true)
    #expect(plain.historyFile == looked.historyFile && plain.statistics == looked.statistics)
  }
}

/// A replica whose outputs are tampered with.
private struct Altered: Replica {
  var base: TotalOrderReplica
  let alter: @Sendable (Output) -> [Output]

  var position: UInt64 { base.position }
  var isWaiting: Bool { base.isWaiting }
  var isOwing: Bool { base.isOwing }

  mutating func handle(_ input: Input, now: LogicalTime, _ outputs: inout [Output]) {
    var own: [Output] = []
    base.handle(input, now: now, &own)
    outputs += own.flatMap(alter)
  }
}
