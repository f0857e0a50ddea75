import KeyValue
public import Replication

/// A replica that applies all updates in an order of its own making, which is almost the same everywhere: it forgets the
/// tie-break, or takes what arrives again for something new.
public struct MistakenOrder: Replica, Hashable {
  private struct Entry: Hashable {
    let value: Value
    let stamp: Stamp
  }

  private struct Barrier: Hashable {
    let request: RequestID
    let target: [UInt64]
  }

  private struct Waiting: Hashable {
    let stamp: Stamp
    let sequence: UInt64
    let command: Command
  }

  private let id: ServerID
  private let mistake: Mistake
  private var clock = LamportClock()
  private var link: ReliableBroadcast
  /// In the order of delivery.
  private var queue: [Waiting] = []
  private var delivered: [UInt64]
  private var store: [Key: Entry] = [:]
  private var pending: [UInt64: RequestID] = [:]
  private var barriers: [Barrier] = []

  /// Makes one of so many replicas.
  public init(id: ServerID, servers: Int, mistake: Mistake) {
    self.id = id
    self.mistake = mistake
    link = ReliableBroadcast(id: id, servers: servers)
    delivered = Array(repeating: 0, count: servers)
  }

  /// The number of updates broadcast.
  public var position: UInt64 { link.received[id.number] }
  /// Whether a message may have been lost.
  public var isWaiting: Bool { !queue.isEmpty || link.isWaiting }

  /// Takes an input.
  public mutating func handle(_ input: Input, now: LogicalTime, _ outputs: inout [Output]) {
    switch input {
    case .request(let request, .read(let key)):
      outputs.append(.reply(request, .value(store[key]?.value ?? .null, store[key]?.stamp)))
    case .request(let request, let command):
      let time = clock.tick()
      let sequence = link.broadcast(command, time: time)
      pending[sequence] = request
      enqueue(Update(sequence: sequence, time: time, command: command), of: id)
    case .packet(let packet): take(packet)
    case .barrier(let request, let target): barriers.append(Barrier(request: request, target: target))
    case .fetch(let fetch): link.answer(fetch, &outputs)
    case .membership, .lull: break
    case .peerJoined: link.greet()
    case .tick: link.tick(clock: clock.time, isWaiting: !queue.isEmpty, &outputs)
    case .turnEnded: link.endTurn(clock: clock.time, &outputs)
    }
    deliver(&outputs)
    barriers.removeAll { barrier in
      guard zip(delivered, barrier.target).allSatisfy({ $0 >= $1 }) else { return false }
      outputs.append(.reply(barrier.request, .reached))
      return true
    }
  }

  private mutating func take(_ packet: Packet) {
    let new = link.receive(packet)
    if !packet.updates.isEmpty { link.greet() }
    for update in new { enqueue(update, of: packet.sender) }
    guard mistake == .deliversDuplicates else { return }
    let first = new.first?.sequence ?? .max
    for update in packet.updates where update.sequence <= link.received[packet.sender.number] {
      // What has just been received is not there twice yet.
      if update.sequence < first { enqueue(update, of: packet.sender) }
    }
  }

  private mutating func enqueue(_ update: Update, of sender: ServerID) {
    clock.witness(update.time)
    let waiting = Waiting(
      stamp: Stamp(time: update.time, server: sender), sequence: update.sequence, command: update.command)
    let place = queue.firstIndex { other in
      mistake == .breaksTiesByArrival ? other.stamp.time > update.time : other.stamp > waiting.stamp
    }
    queue.insert(waiting, at: place ?? queue.count)
  }

  private mutating func deliver(_ outputs: inout [Output]) {
    while let first = queue.first, first.sequence <= link.stable[first.stamp.server.number],
      delivered.indices.allSatisfy({ $0 == id.number || link.heard(ServerID($0)) >= first.stamp.time })
    {
      queue.removeFirst()
      delivered[first.stamp.server.number] = max(delivered[first.stamp.server.number], first.sequence)
      let reply = apply(first)
      if first.stamp.server == id, let request = pending.removeValue(forKey: first.sequence) {
        outputs.append(.reply(request, reply))
      }
    }
  }

  private mutating func apply(_ update: Waiting) -> Reply {
    switch update.command {
    case .read(let key): return .value(store[key]?.value ?? .null, store[key]?.stamp)
    case .write(let key, let value): store[key] = Entry(value: value, stamp: update.stamp)
    case .compareAndSet(let key, let expected, let new):
      guard store[key]?.value ?? .null == expected else {
        return .mismatch(store[key]?.value ?? .null, store[key]?.stamp)
      }
      store[key] = Entry(value: new, stamp: update.stamp)
    }
    return .written(update.stamp)
  }
}
