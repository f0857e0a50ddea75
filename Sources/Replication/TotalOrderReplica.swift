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

  private let id: ServerID
  private let reads: ReadPath
  private var broadcast: TotalOrderBroadcast
  private var store: Store
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
    id: ServerID, servers: Int, reads: ReadPath, initial: [Key: Value] = [:], incarnation: UInt64 = 0,
    bounds: Bounds = Bounds()
  ) {
    self.id = id
    self.reads = reads
    broadcast = TotalOrderBroadcast(id: id, servers: servers, incarnation: incarnation, bounds: bounds)
    store = Store(initial)
  }

  /// The number of updates that this replica has broadcast.
  public var position: UInt64 { broadcast.position }

  /// Whether updates wait to be delivered, here or at a peer.
  public var isWaiting: Bool { broadcast.isWaiting }

  /// Whether the others do not know yet how far it has delivered.
  public var isOwing: Bool { broadcast.isOwing }

  /// Takes an input. The wall clock is not used.
  public mutating func handle(_ input: Input, now: LogicalTime, _ outputs: inout [Output]) {
    switch input {
    case .request(let request, .read(let key)) where reads == .local && catchUp == nil:
      outputs.append(.reply(request, read(key)))
    case .request(let request, .read(let key)) where reads == .local:
      guard heldReads.count < broadcast.link.bounds.updates else {
        let reason = "server busy: \(heldReads.count) reads wait until it knows what it knew; retry later"
        outputs.append(.reply(request, .busy(reason)))
        return
      }
      heldReads.append(HeldRead(request: request, key: key))
      deliver(&outputs)
    case .request(let request, let command):
      guard !broadcast.isFull else {
        outputs.append(.reply(request, .busy(broadcast.link.fullness)))
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
    case .lull:
      broadcast.lull(&outputs)
    case .turnEnded:
      broadcast.endTurn(&outputs)
    }
  }

  /// What it knows.
  public func account(incarnation: UInt64, known: [UInt64]) -> Account {
    Account(
      sender: id, incarnation: incarnation, known: known,
      clock: max(broadcast.clock.time, broadcast.link.latestClockHeard), received: broadcast.link.received,
      heard: broadcast.link.heardTimes, forgotten: broadcast.link.forgotten, applied: broadcast.delivered,
      entries: store.entries.count)
  }

  /// Some of what its store holds.
  public func entries(from place: Int) -> [Account.Entry] {
    store.piece(from: place, bytes: broadcast.link.bounds.messageBytes)
  }

  /// Some of a server's updates that it keeps.
  public func updates(of server: ServerID, _ range: ClosedRange<UInt64>) -> [Update] {
    broadcast.link.piece(of: server, range)
  }

  /// Empties the store.
  public mutating func clear() { store = Store() }

  /// Takes what another's store holds.
  public mutating func take(_ entries: [Account.Entry]) { store.set(entries) }

  /// Takes on what all members know.
  public mutating func adopt(_ accounts: [Account], donor: Account, updates: [[Update]]) {
    broadcast.adopt(accounts, donor: donor, updates: updates)
    catchUp = broadcast.link.received
  }

  /// What its own copy of a key holds.
  public func copy(of key: Key) -> Account.Entry? { store[key] }

  /// Takes note that a peer's server was started anew.
  public mutating func restart(of server: ServerID) {
    broadcast.restart(of: server)
  }

  private mutating func deliver(_ outputs: inout [Output]) {
    while let delivery = broadcast.deliver() {
      let isOwn = delivery.stamp.server == id
      let reply: Reply
      switch delivery.command {
      case .read(let key):
        // What another's client reads is its own server's to answer.
        guard isOwn else { continue }
        reply = read(key)
      case .write(let key, let value):
        store.set(key, value, delivery.stamp)
        reply = .written(delivery.stamp)
      case .compareAndSet(let key, let expected, let new):
        let entry = store[key]
        if (entry?.value ?? .null) == expected {
          store.set(key, new, delivery.stamp)
          reply = .written(delivery.stamp)
        } else {
          reply = .mismatch(entry?.value ?? .null, entry?.stamp)
        }
      }
      if isOwn, let request = pending.removeValue(forKey: delivery.sequence) {
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
