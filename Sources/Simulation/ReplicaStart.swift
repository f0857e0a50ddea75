public import KeyValue
public import Replication

/// The start of a server of a simulation, which asks for a replica.
public struct ReplicaStart: Sendable {
  /// Which server it is.
  public let id: ServerID
  /// How many servers there are.
  public let servers: Int
  /// What keys hold at first.
  public let initial: [Key: Value]
  /// Which start of the server it is, counted from 1; 0 in a run in which no server is killed.
  public let incarnation: UInt64
  /// Whether the replica is told that its server was here before.
  public let wasHere: Bool

  /// How much its replica keeps at most.
  public var bounds = Bounds()

  /// A replica that follows the protocol. Where servers are killed it can find its way back.
  public func replica(_ replicationProtocol: ReplicationProtocol) -> any Replica {
    guard incarnation > 0 else {
      return replicationProtocol.makeReplica(id: id, servers: servers, initial: initial, bounds: bounds)
    }
    return replicationProtocol.makeRejoiningReplica(
      id: id, servers: servers, initial: initial, incarnation: incarnation, wasHere: wasHere,
      bounds: bounds)
  }
}

/// What makes the replicas of a simulation, at the beginning and after a kill.
public typealias ReplicaFactory = @Sendable (ReplicaStart) -> any Replica
