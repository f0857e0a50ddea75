import Consistency
import History
import KeyValue
import Replication
import TestSupport
import Testing

/// How many seeds each property is tried with. `KV_SEEDS` asks for more.
private let seeds = seedCount(default: 1500)

@Suite("Replicas on a simulated network")
struct SimulatedClusterTests {
  @Test(
    "keep the promise of their level under delays, reordering and loss",
    arguments: [
      (ReplicationProtocol.totalOrderBroadcast, Model.linearizable), (.localRead, .sequential),
      (.lastWriterWins, .eventual),
    ])
  func promise(replicationProtocol: ReplicationProtocol, model: Model) throws {
    var judged = 0
    for seed in 0..<seeds {
      let conditions = SimulatedCluster.Conditions(
        seed: seed, ordersWrites: replicationProtocol.ordersWrites)
      let run = try SimulatedCluster.run(seed: seed, conditions: conditions) { id in
        replicationProtocol.makeReplica(id: id, servers: conditions.servers, initial: [:])
      }
      try #require(run.isComplete, "seed \(seed): the replicas got stuck")
      let verdict = check(run.history, model)
      switch verdict.outcome {
      case .holds: judged += 1
      case .undecided(.provesNothing): continue
      case .violated, .undecided:
        Issue.record("seed \(seed), \(conditions): \(verdict.outcome)")
        return
      }
    }
    // A history without a write or a read proves nothing; most have both.
    #expect(judged > Int(seeds) * 9 / 10)
  }

  @Test("keep to one order also when a majority of messages is lost")
  func heavyLoss() throws {
    for seed in 0..<seeds / 40 {
      var conditions = SimulatedCluster.Conditions()
      conditions.lossPercent = 60
      let run = try SimulatedCluster.run(seed: seed, conditions: conditions) { id in
        TotalOrderReplica(id: id, servers: conditions.servers, reads: .ordered)
      }
      try #require(run.isComplete, "seed \(seed): the replicas got stuck")
      #expect(!check(run.history, .linearizable).isViolated, "seed \(seed)")
    }
  }
}

@Suite("Replicas broken on purpose")
struct BrokenReplicaTests {
  /// The first seed whose run violates the model.
  private func firstViolation(
    of model: Model, _ conditions: SimulatedCluster.Conditions, _ makeReplica: (ServerID) -> any Replica
  ) throws -> UInt64? {
    for seed in 0..<500 as Range<UInt64> {
      let run = try SimulatedCluster.run(seed: seed, conditions: conditions, makeReplica: makeReplica)
      if check(run.history, model).isViolated { return seed }
    }
    return nil
  }

  @Test("a linearizable replica that reads locally is caught")
  func localReads() throws {
    var conditions = SimulatedCluster.Conditions()
    conditions.operations = 10
    let seed = try firstViolation(of: .linearizable, conditions) { id in
      TotalOrderReplica(id: id, servers: conditions.servers, reads: .local)
    }
    #expect(seed != nil)
  }

  @Test("a total order that does not wait for acknowledgements is caught")
  func noWaiting() throws {
    let conditions = SimulatedCluster.Conditions()
    let seed = try firstViolation(of: .sequential, conditions) { id in
      BrokenReplica(id: id, servers: conditions.servers, mistake: .appliesOnArrival)
    }
    #expect(seed != nil)
  }

  @Test("last writer wins without the tie-break is caught")
  func noTieBreak() throws {
    var conditions = SimulatedCluster.Conditions()
    conditions.clockGranularity = 1000
    let seed = try firstViolation(of: .eventual, conditions) { id in
      BrokenReplica(id: id, servers: conditions.servers, mistake: .forgetsTheTieBreak)
    }
    #expect(seed != nil)
  }
}
