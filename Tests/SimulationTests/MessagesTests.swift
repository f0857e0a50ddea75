import Configuration
import Replication
import Simulation
import TestSupport
import Testing

@Suite("Messages between servers where nothing goes wrong")
struct MessagesTests {
  /// A run without faults, in which the first tick comes after a minute.
  private func run(
    _ level: ConsistencyLevel, servers: Int, clients: Int, think: String = "0s", seed: UInt64 = 0
  ) throws -> SimulatedRun {
    try Simulation.run(
      cluster(
        servers: servers, level: level,
        workload: """
          {"clients": \(clients), "operations": 60, "keys": 2, "reads": 0.3, "timeout": "60s"}
          """, faults: "[]", simulation: "{\"tick\": \"60s\", \"think\": \"\(think)\"}"), seed: seed,
      isTraced: true)
  }

  /// How many messages servers had sent one another when the last operation was answered.
  private func messages(_ run: SimulatedRun) -> Int {
    run.trace.count { event in
      if case .sent = event.kind { event.time <= run.loadEnd } else { false }
    }
  }

  @Test("a lone client's update goes to every server, and is acknowledged to its sender only")
  func lone() throws {
    for servers in 1...7 {
      let run = try run(.linearizable, servers: servers, clients: 1)
      #expect(messages(run) == 60 * 2 * (servers - 1), "\(servers) servers")
    }
  }

  @Test(
    "no operation waits for a tick, and none takes more messages than if everyone acknowledged it to everyone",
    arguments: [ConsistencyLevel.linearizable, .sequential])
  func ticks(level: ConsistencyLevel) throws {
    for servers in 2...5 {
      for seed in 0..<seedCount(default: 30) {
        let run = try run(
          level, servers: servers, clients: 1 + Int(seed % 9), think: "\(seed % 3 * 300)us", seed: seed)
        try #require(run.failure == nil && run.statistics.answered == 60)
        #expect(run.loadEnd < 60_000_000_000, "\(servers) servers, seed \(seed)")
        #expect(messages(run) <= 60 * servers * (servers - 1), "\(servers) servers, seed \(seed)")
      }
    }
  }
}
