public import KeyValue

/// What happens to a replica.
public enum Input: Hashable, Sendable {
  /// A client asks for something.
  case request(RequestID, Command)
  /// A client of the harness waits until the replica has applied that many updates of each replica.
  case barrier(RequestID, [UInt64])
  /// A packet arrived, broadcast or in answer to a ``Fetch``.
  case packet(Packet)
  /// A peer missed updates of this replica.
  case fetch(Fetch)
  /// A peer has begun to listen, and should hear from this replica.
  case peerJoined
  /// Time has passed. Comes now and then while ``Replica/isWaiting``.
  case tick
  /// Everything that had arrived was handed in; what the replica has to say to its peers can go out in one packet.
  case turnEnded
}

/// What a replica wants done.
public enum Output: Hashable, Sendable {
  /// Answer a client.
  case reply(RequestID, Reply)
  /// Send to all other replicas. May be lost on the way.
  case broadcast(Packet)
  /// Send to one replica. May be lost on the way.
  case send(Packet, to: ServerID)
  /// Ask one replica for what was lost. May itself be lost on the way.
  case fetch(Fetch, from: ServerID)
}

/// A replica of the store as a pure state machine: everything it does is a function of its state and its inputs.
///
/// It has no socket, thread, clock or source of randomness. The same code runs over ZeroMQ in `kvserver` and over a
/// simulated network in tests.
public protocol Replica: Sendable {
  /// Takes an input and appends what is to be done, in order.
  ///
  /// - Parameter now: the wall clock, in microseconds since 1970.
  mutating func handle(_ input: Input, now: LogicalTime, _ outputs: inout [Output])

  /// The number of updates that this replica has broadcast so far.
  var position: UInt64 { get }

  /// Whether something is outstanding that a ``Input/tick`` would push on if a message was lost.
  var isWaiting: Bool { get }
}

extension ReplicationProtocol {
  /// A replica that follows the protocol.
  ///
  /// - Parameters:
  ///   - id: which of the replicas it is.
  ///   - servers: how many there are.
  ///   - initial: what keys hold at first.
  public func makeReplica(id: ServerID, servers: Int, initial: [Key: Value]) -> any Replica {
    switch self {
    case .totalOrderBroadcast:
      TotalOrderReplica(id: id, servers: servers, reads: .ordered, initial: initial)
    case .localRead:
      TotalOrderReplica(id: id, servers: servers, reads: .local, initial: initial)
    case .lastWriterWins:
      LastWriterWinsReplica(id: id, servers: servers, initial: initial)
    }
  }
}
