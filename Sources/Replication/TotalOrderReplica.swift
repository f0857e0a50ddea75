public import KeyValue

/// A replica that applies all writes in one order, the same everywhere.
///
/// With ``ReadPath/ordered`` reads it is linearizable: an operation takes effect when it is delivered, and an operation
/// that begins after another ended is stamped later, because delivery needed every replica's clock to pass the first
/// one's stamp. With ``ReadPath/local`` reads it is sequential: all clients see the writes in one order, and the
/// clients of one replica see them grow, but a replica may lag behind another.
public struct TotalOrderReplica: RecoverableReplica, Hashable {
  /// What happens to a read.
  public enum ReadPath: Hashable, Sendable {
    /// It is broadcast and takes its place in the order.
    case ordered
    /// It is answered at once from this replica's copy.
    case local
  }

  private struct Entry: Hashable {
    var value: Value
    /// nil for what the key held at first.
    var stamp: Stamp?
  }

  private let id: ServerID
  private let reads: ReadPath
  private var broadcast: TotalOrderBroadcast
  private var store: [Key: Entry]
  /// This replica's own updates that wait for delivery, by sequence number.
  private var pending: [UInt64: RequestID] = [:]
  private var barriers = Barriers()
  /// For each replica the number of its updates to be delivered before a local read is answered: an earlier start of this
  /// server may have shown them. nil when they have been.
  private var catchUp: [UInt64]?
  /// Local reads that wait for that.
  private var heldReads: [HeldRead] = []

  private struct HeldRead: Hashable {
    let request: RequestID
    let key: Key
  }

  /// Makes one of so many replicas.
  ///
  /// - Parameter incarnation: which start of its server it is.
  public init(
    id: ServerID, servers: Int, reads: ReadPath, initial: [Key: Value] = [:], incarnation: UInt64 = 0
  ) {
    self.id = id
    self.reads = reads
    broadcast = TotalOrderBroadcast(id: id, servers: servers, incarnation: incarnation)
    store = initial.mapValues { Entry(value: $0, stamp: nil) }
  }

  /// The number of updates that this replica has broadcast.
  public var position: UInt64 { broadcast.position }

  /// Whether updates wait to be delivered, here or at a peer.
  public var isWaiting: Bool { broadcast.isWaiting }

  /// Takes an input. The wall clock is not used.
  public mutating func handle(_ input: Input, now: LogicalTime, _ outputs: inout [Output]) {
    switch input {
    case .request(let request, .read(let key)) where reads == .local && catchUp == nil:
      outputs.append(.reply(request, read(key)))
    case .request(let request, .read(let key)) where reads == .local:
      heldReads.append(HeldRead(request: request, key: key))
      deliver(&outputs)
    case .request(let request, let command):
      guard !broadcast.isFull else {
        outputs.append(.reply(request, .refused("too many updates wait for a replica that does not answer")))
        return
      }
      pending[broadcast.broadcast(command)] = request
      deliver(&outputs)
    case .barrier(let request, let target):
      barriers.add(request, target: target, &outputs)
      barriers.release(applied: broadcast.delivered, &outputs)
    case .packet(let packet):
      broadcast.receive(packet)
      deliver(&outputs)
    case .fetch(let fetch):
      broadcast.answer(fetch, &outputs)
    case .membership:
      break
    case .peerJoined:
      broadcast.greet()
    case .tick:
      broadcast.tick(&outputs)
    case .turnEnded:
      broadcast.endTurn(&outputs)
    }
  }

  /// What it knows.
  public func account(incarnation: UInt64, known: [UInt64], includesState: Bool) -> Account {
    Account(
      sender: id, incarnation: incarnation, known: known,
      clock: max(broadcast.clock.time, broadcast.link.latestClockHeard), received: broadcast.link.received,
      heard: broadcast.link.heardTimes, unstable: broadcast.link.kept.map { Array($0) },
      applied: broadcast.delivered,
      state: includesState
        ? Account.State(
          entries: store.map { Account.Entry(key: $0.key, value: $0.value.value, stamp: $0.value.stamp) },
          pending: broadcast.pending) : nil)
  }

  /// Takes on what all members know.
  public mutating func adopt(_ accounts: [Account], donor: Account, state: Account.State) {
    store = [:]
    for entry in state.entries { store[entry.key] = Entry(value: entry.value, stamp: entry.stamp) }
    broadcast.adopt(accounts, donor: donor, pending: state.pending)
    catchUp = broadcast.link.received
  }

  /// What its own copy of a key holds.
  public func copy(of key: Key) -> Account.Entry? {
    store[key].map { Account.Entry(key: key, value: $0.value, stamp: $0.stamp) }
  }

  /// Takes note that a peer's server was started anew.
  public mutating func restart(of server: ServerID) {
    broadcast.restart(of: server)
  }

  private mutating func deliver(_ outputs: inout [Output]) {
    while let delivery = broadcast.deliver() {
      let reply: Reply
      switch delivery.command {
      case .read(let key):
        reply = read(key)
      case .write(let key, let value):
        store[key] = Entry(value: value, stamp: delivery.stamp)
        reply = .written(delivery.stamp)
      case .compareAndSet(let key, let expected, let new):
        let entry = store[key]
        if (entry?.value ?? .null) == expected {
          store[key] = Entry(value: new, stamp: delivery.stamp)
          reply = .written(delivery.stamp)
        } else {
          reply = .mismatch(entry?.value ?? .null, entry?.stamp)
        }
      }
      if delivery.stamp.server == id, let request = pending.removeValue(forKey: delivery.sequence) {
        outputs.append(.reply(request, reply))
      }
    }
    if let target = catchUp, zip(broadcast.delivered, target).allSatisfy({ $0 >= $1 }) {
      catchUp = nil
      for held in heldReads { outputs.append(.reply(held.request, read(held.key))) }
      heldReads = []
    }
    barriers.release(applied: broadcast.delivered, &outputs)
  }

  private func read(_ key: Key) -> Reply {
    let entry = store[key]
    return .value(entry?.value ?? .null, entry?.stamp)
  }
}
