public import KeyValue

/// A replica that applies a write at once, answers, and then tells the others; the write with the greatest
/// `(time, server, value)` stays.
///
/// Since that order is the same everywhere and does not depend on the order of arrival, replicas that have received the
/// same writes hold the same values. Times come from a clock that never runs behind what the replica has seen, so a
/// write that knew of another is later than it.
public struct LastWriterWinsReplica: RecoverableReplica, Hashable {
  private let id: ServerID
  private var clock = LamportClock()
  private var link: ReliableBroadcast
  private var store: Store
  private var barriers = Barriers()

  /// Makes one of so many replicas.
  ///
  /// - Parameter incarnation: which start of its server it is.
  public init(
    id: ServerID, servers: Int, initial: [Key: Value] = [:], incarnation: UInt64 = 0,
    bounds: Bounds = Bounds()
  ) {
    self.id = id
    link = ReliableBroadcast(id: id, servers: servers, incarnation: incarnation, bounds: bounds)
    store = Store(initial)
  }

  /// The number of updates that this replica has broadcast.
  public var position: UInt64 { link.received[id.number] }

  /// Whether a peer has not received everything, or something of a peer's is missing.
  public var isWaiting: Bool { link.isWaiting }

  /// Takes an input.
  public mutating func handle(_ input: Input, now: LogicalTime, _ outputs: inout [Output]) {
    switch input {
    case .request(let request, .read(let key)):
      let entry = store[key]
      outputs.append(.reply(request, .value(entry?.value ?? .null, entry?.stamp)))
    case .request(let request, .write(let key, let value)):
      guard !link.isFull else {
        outputs.append(.reply(request, .busy(link.fullness)))
        return
      }
      let stamp = Stamp(time: clock.tick(notBefore: now), server: id)
      apply(key, value, stamp)
      _ = link.broadcast(.write(key, value), time: stamp.time)
      outputs.append(.reply(request, .written(stamp)))
      barriers.release(applied: link.received, &outputs)
    case .request(let request, .compareAndSet):
      outputs.append(
        .reply(request, .refused("last-writer-wins does not order writes and cannot compare and set")))
    case .barrier(let request, let target):
      barriers.add(request, target: target, &outputs)
      barriers.release(applied: link.received, &outputs)
    case .packet(let packet):
      for update in link.receive(packet) { take(update, of: packet.sender) }
      barriers.release(applied: link.received, &outputs)
    case .fetch(let fetch):
      link.answer(fetch, &outputs)
    case .membership, .lull:
      break
    case .peerJoined:
      link.greet()
    case .tick:
      link.tick(clock: clock.time, isWaiting: false, &outputs)
    case .turnEnded:
      link.endTurn(clock: clock.time, &outputs)
    }
  }

  /// What it knows.
  public func account(incarnation: UInt64, known: [UInt64]) -> Account {
    Account(
      sender: id, incarnation: incarnation, known: known, clock: max(clock.time, link.latestClockHeard),
      received: link.received, heard: link.heardTimes(clock: clock.time), forgotten: link.forgotten,
      applied: link.applied,
      entries: store.entries.count)
  }

  /// Some of what its store holds.
  public func entries(from place: Int) -> [Account.Entry] {
    store.piece(from: place, bytes: link.bounds.messageBytes)
  }

  /// Some of a server's updates that it keeps.
  public func updates(of server: ServerID, _ range: ClosedRange<UInt64>) -> [Update] {
    link.piece(of: server, range)
  }

  /// Empties the store.
  public mutating func clear() { store = Store() }

  /// Takes what another's store holds. It may be more than the account said: the store went on meanwhile.
  public mutating func take(_ entries: [Account.Entry]) {
    store.set(entries)
    for entry in entries { entry.stamp.map { clock.witness($0.time) } }
  }

  /// Takes on what all members know.
  public mutating func adopt(_ accounts: [Account], donor: Account, updates: [[Update]]) {
    for account in accounts { clock.witness(account.clock) }
    link.adopt(accounts, donor: donor, updates: updates)
    for (sender, updates) in updates.enumerated() {
      for update in updates { take(update, of: ServerID(sender)) }
      link.apply(link.received[sender], of: sender)
    }
  }

  /// What its own copy of a key holds.
  public func copy(of key: Key) -> Account.Entry? { store[key] }

  /// Takes note that a peer's server was started anew.
  public mutating func restart(of server: ServerID) {
    link.restart(of: server)
  }

  /// Takes another number for this start of its server.
  public mutating func begin(as incarnation: UInt64) {
    link.incarnation = incarnation
  }

  private mutating func take(_ update: Update, of sender: ServerID) {
    clock.witness(update.time)
    // Reads are answered where they are made; a peer that broadcasts one follows another protocol.
    guard case .write(let key, let value) = update.command else { return }
    apply(key, value, Stamp(time: update.time, server: sender))
  }

  private mutating func apply(_ key: Key, _ value: Value, _ stamp: Stamp) {
    if let entry = store[key], let current = entry.stamp, (stamp, value) < (current, entry.value) { return }
    store.set(key, value, stamp)
  }
}
