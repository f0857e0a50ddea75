import Configuration
import Consistency
import History
import KeyValue
import Replication
import Simulation
import TestSupport
import Testing

/// How many seeds each level is tried with. `KV_SEEDS` asks for more.
private let seeds = seedCount(default: 15)

@Suite("Servers with tiny bounds")
struct BoundsTests {
  private func swarm(
    _ level: ConsistencyLevel, bounds: String, clients: Int = 12, faults: String
  ) throws -> Swarm {
    let text = """
      {"num_servers": 3, "consistency_level": "\(level)", "bounds": \(bounds), "faults": \(faults),
       "workload": {"clients": \(clients), "operations": 240, "reads": 0.2, "keys": 8, "timeout": "50ms"}}
      """
    var swarm = Swarm(try ClusterConfiguration(json: JSON(parsing: text), name: "bounds"))
    swarm.collectsAll = true
    return swarm
  }

  private func expectSound(_ result: Swarm.Result) {
    #expect(result.failures.isEmpty, "seeds \(result.failures.map(\.seed))")
    #expect(result.undecided.isEmpty && result.vacuous * 10 <= result.statistics.runs)
  }

  @Test(
    "say that they are busy rather than keep more, keep the promise of their level, and catch up",
    arguments: ConsistencyLevel.allCases, [1, 3])
  func busy(level: ConsistencyLevel, updates: Int) async throws {
    let result = try await swarm(
      level, bounds: #"{"updates": \#(updates), "message_bytes": 100}"#, faults: faultsButKills
    ).run(1...seeds)
    expectSound(result)
    #expect(result.statistics.busy > result.statistics.runs && result.statistics.answered > 0)
    #expect(result.statistics.busy == result.statistics.refused)
  }

  @Test(
    "come back piece by piece when they are killed, also while givers are killed and pieces are lost",
    arguments: ConsistencyLevel.allCases)
  func pieces(level: ConsistencyLevel) async throws {
    let result = try await swarm(
      level, bounds: #"{"updates": 4, "message_bytes": 1}"#, faults: faultsAndKills
    ).run(1...seeds)
    expectSound(result)
    #expect(result.statistics.restarts > result.statistics.runs && result.statistics.busy > 0)
    #expect(result.statistics.lost > 0 && result.statistics.duplicated > 0)
  }

  @Test("fetch all that they missed within a tick, however little a message holds")
  func cutAnswers() throws {
    let writes = (1...40).map { #"{"type":"set","key":"a","value":\#($0)}"# }.joined(separator: ",")
    let text = """
      {"num_servers": 2, "consistency_level": "eventual", "bounds": {"message_bytes": 1},
       "faults": [{"fault": "loss", "probability": 1}],
       "simulation": {"tick": "100ms", "latency": "10us", "jitter": "0ms"},
       "clients": [{"client_number": 0, "server_number": 0, "requests": [\(writes)]}]}
      """
    let judgement = try Judgement(
      running: ClusterConfiguration(json: JSON(parsing: text), name: "cut"), seed: 1)
    let statistics = judgement.run.statistics
    #expect(!judgement.isFailure, "\(judgement.verdict.outcome)")
    #expect(statistics.lost >= 39, "\(statistics)")
    let end = try #require(judgement.history.operations.filter(\.isFinal).map(\.completed).max())
    // A tick tells of what was lost. A tick for each of the forty would be four seconds.
    #expect(Duration.nanoseconds(end - judgement.run.loadEnd) < .milliseconds(300))
  }

  /// Passes on what goes into a replica, and looks at what it keeps.
  private struct Watched: Replica {
    var replica: any Replica
    let updatesMax: Int
    let id: ServerID
    private var acknowledged: [UInt64]
    /// Its updates that nobody is known to have delivered.
    private var sent: [Update] = []

    init(_ replica: any Replica, start: ReplicaStart) {
      self.replica = replica
      id = start.id
      updatesMax = start.bounds.updates
      acknowledged = Array(repeating: 0, count: start.servers)
    }

    var position: UInt64 { replica.position }
    var isWaiting: Bool { replica.isWaiting }
    var isOwing: Bool { replica.isOwing }
    var standing: Standing { replica.standing }

    mutating func handle(_ input: Input, now: LogicalTime, _ outputs: inout [Output]) {
      if case .packet(let packet) = input {
        acknowledged[packet.sender.number] = max(
          acknowledged[packet.sender.number], packet.received[id.number])
        // What anyone has delivered everyone has.
        let delivered = sent.prefix { Stamp(time: $0.time, server: id) <= packet.delivered }
        sent.removeFirst(delivered.count)
        if let last = delivered.last { acknowledged = acknowledged.map { max($0, last.sequence) } }
      }
      let first = outputs.count
      replica.handle(input, now: now, &outputs)
      for output in outputs[first...] {
        guard case .broadcast(let packet) = output else { continue }
        sent += packet.updates
        let least = acknowledged.indices.filter { $0 != id.number }.map { acknowledged[$0] }.min() ?? 0
        if packet.sequence > least + UInt64(updatesMax) { Issue.record("\(packet.sequence) after \(least)") }
      }
    }
  }

  @Test("never have more updates on their way than the bound", arguments: ConsistencyLevel.allCases)
  func window(level: ConsistencyLevel) async throws {
    var swarm = try swarm(level, bounds: #"{"updates": 2}"#, faults: faultsButKills)
    let followed = level.defaultProtocol
    swarm.makeReplica = { start in Watched(start.replica(followed), start: start) }
    expectSound(try await swarm.run(1...20))
  }
}
