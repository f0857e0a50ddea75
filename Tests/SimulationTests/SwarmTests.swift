import Configuration
import Consistency
import History
import KeyValue
import Replication
import Simulation
import TestSupport
import Testing

/// How many seeds each level is tried with. `KV_SEEDS` asks for more.
private let seeds = seedCount(default: 120)

@Suite("Swarms of simulated runs")
struct SwarmTests {
  @Test(
    "correct replicas keep the promise of their level, whatever goes wrong",
    arguments: ConsistencyLevel.allCases)
  func promise(level: ConsistencyLevel) async throws {
    var exercised = SimulationStatistics()
    for servers in 1...5 {
      var swarm = Swarm(
        try cluster(servers: servers, level: level, workload: #"{"operations": 40, "keys": 3}"#))
      swarm.collectsAll = true
      let first = UInt64(servers) * 1_000_000
      let result = try await swarm.run(first...first + seeds / 5)
      #expect(result.failures.isEmpty, "\(servers) servers: seeds \(result.failures.map(\.seed))")
      #expect(result.undecided.count * 20 <= result.statistics.runs, "\(result.undecided)")
      #expect(result.vacuous * 10 <= result.statistics.runs)
      exercised.add(result.statistics)
    }
    // A swarm that does not bring about what it is for proves less than it says.
    for name in FaultName.allCases { #expect(exercised.faults[name, default: 0] > 0, "\(name)") }
    let counts = [
      exercised.answered, exercised.unknown, exercised.cut, exercised.lost, exercised.overflowed,
      exercised.reset,
      exercised.duplicated, exercised.reordered, exercised.requestsLost, exercised.finalReads,
    ]
    #expect(counts.allSatisfy { $0 > 0 }, "\(exercised)")
  }

  @Test(
    "servers that lost most of what they said to one another go on when the network heals",
    arguments: ConsistencyLevel.allCases)
  func heavyLoss(level: ConsistencyLevel) async throws {
    var swarm = Swarm(
      try cluster(
        level: level, workload: #"{"clients": 4, "operations": 40, "keys": 3, "timeout": "50ms"}"#,
        faults: #"[{"fault": "loss", "probability": 0.75}, {"fault": "duplicate", "probability": 0.2}]"#))
    swarm.collectsAll = true
    let result = try await swarm.run(1...8)
    // None is stuck: all final reads were answered, by servers that agree.
    #expect(result.failures.isEmpty && result.undecided.isEmpty, "seeds \(result.failures.map(\.seed))")
    let counts = result.statistics
    #expect(counts.finalReads == 8 * 3 * 3 && counts.operations == 8 * 40)
    #expect(counts.lost * 2 > counts.sent, "\(counts)")
  }

  @Test("a run is drawn from its seed, and sections that are written stay")
  func variation() throws {
    let open = try cluster()
    let drawn = (0..<50 as Range<UInt64>).map { open.varied(seed: $0) }
    #expect(Set(drawn).count == 50)
    #expect(drawn[7] == open.varied(seed: 7))
    #expect(drawn.allSatisfy { $0.workload == Workload() })
    let written = try cluster(faults: "[]", simulation: #"{"latency": "1ms"}"#).varied(seed: 9)
    #expect(written.faults?.isEmpty == true)
    #expect(written.simulation?.latency == .milliseconds(1) && written.simulation?.seed == 9)
  }

  @Test("scripted clients get a workload beside them, unless they are a scenario")
  func scripts() throws {
    let script = """
      {"num_servers": 1, "consistency_level": "eventual",
       "clients": [{"client_number": 3, "server_number": 0, "requests": [{"type": "get", "key": "a"}]}]
      """
    let scripted = try ClusterConfiguration(json: JSON(parsing: script + "}"), name: "test")
    let scenario = try ClusterConfiguration(
      json: JSON(parsing: script + #", "simulation": {}}"#), name: "test")
    #expect(scripted.varied(seed: 1).workload != nil)
    #expect(scenario.varied(seed: 1).workload == nil)
    let run = try Simulation.run(scenario, seed: 1)
    #expect(run.statistics.operations == 1)
  }

  @Test("what a swarm reports does not depend on how many run at a time")
  func jobs() async throws {
    var swarm = Swarm(
      try cluster(level: .eventual, workload: #"{"operations": 30, "keys": 1}"#, faults: faultsButKills))
    swarm.makeReplica = broken(.forgetsTheTieBreak)
    let alone = try await swarm.run(1...60)
    swarm.jobs = 4
    let together = try await swarm.run(1...60)
    let first = try #require(alone.failures.first)
    #expect(alone.failures.map(\.seed) == together.failures.map(\.seed))
    #expect(alone.statistics == together.statistics && alone.statistics.runs == Int(first.seed))
    swarm.collectsAll = true
    let all = try await swarm.run(1...60)
    #expect(all.statistics.runs == 60 && all.failures.count > 1 && all.failures[0].seed == first.seed)
  }
}
