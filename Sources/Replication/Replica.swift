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
  /// A peer says who is who, has lost its memory, or tells what it knows.
  case membership(MembershipMessage)
  /// A peer has begun to listen, and should hear from this replica.
  case peerJoined
  /// Time has passed. Comes now and then while ``Replica/isWaiting``.
  case tick
  /// Nothing has arrived for a moment, while ``Replica/isOwing``.
  case lull
  /// Everything that had arrived was handed in; what the replica has to say to its peers can go out in one packet.
  case turnEnded
}

/// What a replica wants done.
public enum Output: Hashable, Sendable {
  /// Answer a client.
  case reply(RequestID, Reply)
  /// Send to all other replicas. May be lost on the way.
  case broadcast(Packet)
  /// Send to one replica, in order with what is sent to all. May be lost on the way.
  case tell(Packet, to: ServerID)
  /// Answer one replica that missed something; may overtake the others. May be lost on the way.
  case send(Packet, to: ServerID)
  /// Ask one replica for what was lost. May itself be lost on the way.
  case fetch(Fetch, from: ServerID)
  /// Tell one replica, or all others where none is named, who is who. May be lost on the way.
  case membership(MembershipMessage, to: ServerID?)
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

  /// Whether it has something to tell the others that none of them waits for. It goes out with what it has to tell all of
  /// them next, or at a ``Input/lull`` or ``Input/tick``.
  var isOwing: Bool { get }

  /// Where it stands in its cluster: only a member serves clients.
  var standing: Standing { get }

  /// What its own copy of a key holds; nil where it holds nothing, or does not let one look. No client is served by this:
  /// it is for telling what happened.
  func copy(of key: Key) -> Account.Entry?
}

extension Replica {
  /// A replica that cannot lose its memory is a member.
  public var standing: Standing { .member }

  /// A replica that says everything at the end of the turn owes nothing.
  public var isOwing: Bool { false }

  /// A replica need not let one look at its copies.
  public func copy(of key: Key) -> Account.Entry? { nil }
}

/// A replica that can tell another what it knows, and take on what others know.
public protocol RecoverableReplica: Replica {
  /// How far it has come.
  ///
  /// - Parameters:
  ///   - incarnation: which start of its server it is.
  ///   - known: the incarnations that it knows of.
  func account(incarnation: UInt64, known: [UInt64]) -> Account

  /// What its store holds from a place on, as much as fits in a message.
  func entries(from place: Int) -> [Account.Entry]

  /// Those of a server's updates that it keeps, as many as fit in a message.
  func updates(of server: ServerID, _ range: ClosedRange<UInt64>) -> [Update]

  /// Empties its store, which is then filled by ``take(_:)`` from that of another.
  mutating func clear()

  /// Puts into its store what another's holds.
  mutating func take(_ entries: [Account.Entry])

  /// Takes on what all members know, having forgotten everything, and taken the donor's store.
  ///
  /// - Parameters:
  ///   - donor: the account that has come furthest.
  ///   - updates: for each server its updates behind those that the donor has forgotten, up to the last that any member
  ///     has received.
  mutating func adopt(_ accounts: [Account], donor: Account, updates: [[Update]])

  /// Takes note that a peer's server was started anew: what the peer acknowledged it has forgotten.
  mutating func restart(of server: ServerID)

  /// Takes another number for this start of its server, having said nothing under the one that it had.
  mutating func begin(as incarnation: UInt64)
}

extension ReplicationProtocol {
  /// A replica that follows the protocol.
  ///
  /// - Parameters:
  ///   - id: which of the replicas it is.
  ///   - servers: how many there are.
  ///   - initial: what keys hold at first.
  ///   - bounds: how much it keeps at most.
  public func makeReplica(
    id: ServerID, servers: Int, initial: [Key: Value], bounds: Bounds = Bounds()
  ) -> any Replica {
    makeCore(id: id, servers: servers, initial: initial, incarnation: 0, bounds: bounds)
  }

  /// A replica that follows the protocol, and finds its way back should its server have been here before.
  ///
  /// - Parameters:
  ///   - incarnation: which start of the server it is: not 0, and greater than for every earlier start.
  ///   - wasHere: whether it is known to have been here before. Where it is not, the others will tell.
  public func makeRejoiningReplica(
    id: ServerID, servers: Int, initial: [Key: Value], incarnation: UInt64, wasHere: Bool,
    bounds: Bounds = Bounds()
  ) -> any Replica {
    func rejoining(_ core: some RecoverableReplica) -> any Replica {
      RejoiningReplica(core, id: id, servers: servers, incarnation: incarnation, wasHere: wasHere)
    }
    return rejoining(
      makeCore(id: id, servers: servers, initial: initial, incarnation: incarnation, bounds: bounds))
  }

  private func makeCore(
    id: ServerID, servers: Int, initial: [Key: Value], incarnation: UInt64, bounds: Bounds
  ) -> any RecoverableReplica {
    switch self {
    case .totalOrderBroadcast:
      TotalOrderReplica(
        id: id, servers: servers, reads: .ordered, initial: initial, incarnation: incarnation, bounds: bounds)
    case .localRead:
      TotalOrderReplica(
        id: id, servers: servers, reads: .local, initial: initial, incarnation: incarnation, bounds: bounds)
    case .lastWriterWins:
      LastWriterWinsReplica(
        id: id, servers: servers, initial: initial, incarnation: incarnation, bounds: bounds)
    }
  }
}
