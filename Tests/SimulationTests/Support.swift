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
func broken(_ mistake: BrokenReplica.Mistake) -> ReplicaFactory {
  { id, servers, _ in BrokenReplica(id: id, servers: servers, mistake: mistake) }
}
