/// A mechanism by which replicas keep a consistency level. `protocol.md` describes each one.
public enum ReplicationProtocol: String, CaseIterable, Sendable, Hashable, CustomStringConvertible {
  /// Every operation, reads too, is broadcast in total order.
  case totalOrderBroadcast = "total-order-broadcast"
  /// Writes are broadcast in total order; reads are answered from the replica's own copy.
  case localRead = "local-read"
  /// A write is applied and answered at once, then broadcast; replicas keep the latest by stamp.
  case lastWriterWins = "last-writer-wins"

  /// The protocol of that name, in any case; nil when there is none.
  public init?(named name: String) {
    self.init(rawValue: name.lowercased())
  }

  /// Whether every run of the protocol keeps the promise of the level.
  ///
  /// - Under a total order broadcast of all operations, the order of delivery is the one order that linearizability
  ///   asks for: an operation is answered when its own replica delivers it, hence after its invocation, and one invoked
  ///   later is stamped higher because its replica has by then heard of the first. Linearizable implies sequential.
  /// - Under local reads, a write is answered when its own replica delivers it, so that a client, which stays with
  ///   one replica, sees its own operations in order. Another replica may deliver that write only later and answer a
  ///   read with the older value meanwhile, hence not linearizable.
  /// - Under both, every replica delivers the same writes in the same order, so all end with the same values: eventual.
  /// - Under last-writer-wins, two replicas may see two writes in opposite orders before they agree: eventual only.
  public func provides(_ level: ConsistencyLevel) -> Bool {
    switch (self, level) {
    case (.totalOrderBroadcast, _): true
    case (.localRead, .sequential), (.localRead, .eventual): true
    case (.localRead, .linearizable): false
    case (.lastWriterWins, .eventual): true
    case (.lastWriterWins, .linearizable), (.lastWriterWins, .sequential): false
    }
  }

  /// Whether it can compare and set: what a key holds at the moment of a write is a question only where all replicas
  /// apply all writes in one order.
  public var ordersWrites: Bool {
    switch self {
    case .totalOrderBroadcast, .localRead: true
    case .lastWriterWins: false
    }
  }

  /// The name of the protocol.
  public var description: String { rawValue }
}
