import Configuration
import Consistency
import History
import KeyValue
import Replication
import Simulation
import TestSupport
import Testing

/// How many seeds each level is tried with. `KV_SEEDS` asks for more.
private let seeds = seedCount(default: 50)

@Suite("Servers that are killed and started anew without their memory")
struct RestartTests {
  private func swarm(_ level: ConsistencyLevel) throws -> Swarm {
    var swarm = Swarm(
      try cluster(
        level: level, workload: #"{"clients": 4, "operations": 40, "keys": 3, "timeout": "50ms"}"#,
        faults: faultsAndKills))
    swarm.collectsAll = true
    return swarm
  }

  @Test(
    "keep the promise of their level, and go on, as long as one has its memory",
    arguments: ConsistencyLevel.allCases)
  func promise(level: ConsistencyLevel) async throws {
    let result = try await swarm(level).run(1...seeds)
    #expect(result.failures.isEmpty, "seeds \(result.failures.map(\.seed))")
    #expect(result.undecided.isEmpty && result.vacuous * 10 <= result.statistics.runs)
    // A swarm without restarts, or whose cluster never has a survivor to spare, proves less than it says.
    #expect(result.statistics.restarts > result.statistics.runs && result.statistics.killsSpared > 0)
    #expect(level == .eventual || result.statistics.writesLost == 0)
  }

  @Test("an answered write that dies with its server is left out of what is judged, and of nothing else")
  func lostWrites() throws {
    let swarm = try swarm(.eventual)
    let judgement = try #require(
      try (1...500 as ClosedRange<UInt64>).lazy.map { try swarm.judge($0) }.first {
        judgement in
        !judgement.run.lostWrites.isEmpty
      })
    let run = judgement.run
    #expect(judgement.verdict.holds && run.failure == nil)
    #expect(run.statistics.writesLost == run.lostWrites.count)
    for write in run.lostWrites {
      #expect(run.history[write].kind == .write)
      let value = run.history[run.history[write].value]
      #expect(!judgement.history.operations.contains { judgement.history[$0.value] == value })
    }
    let final = run.history.operations.count { $0.isFinal }
    #expect(judgement.history.operations.count { $0.isFinal } == final && final > 0)
  }

  @Test("the last one with its memory is not killed")
  func spared() throws {
    let alone = try Simulation.run(
      cluster(
        servers: 1, level: .linearizable, workload: #"{"operations": 50, "timeout": "50ms"}"#,
        faults: #"[{"fault": "kill", "at": "1ms", "every": "5ms", "for": "1ms"}]"#, simulation: "{}"))
    #expect(alone.statistics.killsSpared > 0 && alone.statistics.restarts == 0)
    #expect(alone.statistics.unknown == 0 && alone.failure == nil)
  }
}
