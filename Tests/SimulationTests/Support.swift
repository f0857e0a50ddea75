import Configuration
import Consistency
import History
import KeyValue
import Replication
import Simulation
import TestSupport

/// A configuration with these further members.
func cluster(
  servers: Int = 3, level: ConsistencyLevel = .sequential, workload: String = "{}", faults: String? = nil,
  simulation: String? = nil
) throws -> ClusterConfiguration {
  let members = [faults.map { "\"faults\": \($0)" }, simulation.map { "\"simulation\": \($0)" }]
    .compactMap(\.self).map { ", " + $0 }.joined()
  let text = """
    {"num_servers": \(servers), "consistency_level": "\(level)", "workload": \(workload)\(members)}
    """
  return try ClusterConfiguration(json: JSON(parsing: text), name: "test")
}

/// What makes replicas that all make the same mistake.
func broken(
  _ mistake: Mistake, _ replicationProtocol: ReplicationProtocol = .lastWriterWins
) -> ReplicaFactory {
  { start in
    switch mistake {
    case .appliesOnArrival, .latestArrivalWins, .forgetsTheTieBreak, .dropsTheEqualStamp,
      .comparesValuesFirst, .neverAdvancesItsClock, .ignoresGaps:
      MistakenWriter(id: start.id, servers: start.servers, mistake: mistake)
    case .breaksTiesByArrival, .deliversDuplicates:
      MistakenOrder(id: start.id, servers: start.servers, mistake: mistake)
    default:
      MistakenReplica(
        replicationProtocol, id: start.id, servers: start.servers, incarnation: start.incarnation,
        wasHere: start.wasHere, mistake: mistake)
    }
  }
}

/// Faults drawn again and again, of every kind but kills.
let faultsButKills = """
  [{"fault": "random", "every": "20ms", "for": "10ms",
    "kinds": ["partition", "pause", "slow", "delay", "loss", "duplicate", "reorder", "clock", "reset", "queue"]}]
  """

/// Kills, also of several servers at a time, among other faults.
let faultsAndKills = """
  [{"fault": "kill", "at": "5ms", "every": "40ms", "for": "20ms"},
   {"fault": "random", "every": "25ms", "for": "15ms",
    "kinds": ["kill", "partition", "pause", "delay", "loss", "duplicate", "reorder", "clock", "reset"]}]
  """
