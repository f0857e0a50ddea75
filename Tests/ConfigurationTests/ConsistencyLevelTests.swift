import Replication
import Testing

@Suite("Levels and protocols")
struct ConsistencyLevelTests {
  @Test("the default protocol of a level provides it", arguments: ConsistencyLevel.allCases)
  func defaultProtocol(level: ConsistencyLevel) {
    #expect(level.defaultProtocol.provides(level))
  }

  @Test("a protocol that provides linearizability provides sequential consistency")
  func implication() {
    for replicationProtocol in ReplicationProtocol.allCases where replicationProtocol.provides(.linearizable)
    {
      #expect(replicationProtocol.provides(.sequential))
    }
  }

  @Test(
    "only the total order of all operations is linearizable, and last-writer-wins is no more than eventual")
  func strength() {
    #expect(ReplicationProtocol.allCases.filter { $0.provides(.linearizable) } == [.totalOrderBroadcast])
    #expect(
      ConsistencyLevel.allCases.filter { ReplicationProtocol.lastWriterWins.provides($0) } == [.eventual])
  }

  @Test("a name is read back in any case, and an unknown one is refused")
  func names() {
    for level in ConsistencyLevel.allCases {
      #expect(ConsistencyLevel(named: level.rawValue.uppercased()) == level)
      #expect(ConsistencyLevel(named: "\(level) ") == nil)
    }
    for replicationProtocol in ReplicationProtocol.allCases {
      #expect(ReplicationProtocol(named: replicationProtocol.rawValue.uppercased()) == replicationProtocol)
    }
    #expect(ReplicationProtocol(named: "gossip") == nil)
  }
}
