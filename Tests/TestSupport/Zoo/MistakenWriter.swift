import KeyValue
public import Replication

/// A replica that applies writes at once and broadcasts them, and gets wrong which of two writes stays, or which arrive.
public struct MistakenWriter: Replica {
  private let id: ServerID
  private let mistake: Mistake
  private var clock = LamportClock()
  private var link: ReliableBroadcast
  private var store: [Key: (value: Value, stamp: Stamp)] = [:]
  private var barriers: [(request: RequestID, target: [UInt64])] = []
  /// For each replica the greatest number of its updates seen, where gaps are ignored.
  private var seen: [UInt64]

  /// Makes one of so many replicas.
  public init(id: ServerID, servers: Int, mistake: Mistake) {
    self.id = id
    self.mistake = mistake
    link = ReliableBroadcast(id: id, servers: servers)
    seen = Array(repeating: 0, count: servers)
  }

  /// The number of updates broadcast.
  public var position: UInt64 { link.received[id.number] }
  /// Whether a message may have been lost.
  public var isWaiting: Bool { link.isWaiting }

  /// Takes an input.
  public mutating func handle(_ input: Input, now: LogicalTime, _ outputs: inout [Output]) {
    switch input {
    case .request(let request, .read(let key)):
      outputs.append(.reply(request, .value(store[key]?.value ?? .null, store[key]?.stamp)))
    case .request(let request, .write(let key, let value)):
      let stamp = Stamp(time: clock.tick(notBefore: now), server: id)
      apply(key, value, stamp)
      _ = link.broadcast(.write(key, value), time: stamp.time)
      outputs.append(.reply(request, .written(stamp)))
    case .request(let request, .compareAndSet):
      outputs.append(.reply(request, .refused("not offered")))
    case .packet(let packet): take(packet)
    case .barrier(let request, let target): barriers.append((request, target))
    case .fetch(let fetch): link.answer(fetch, &outputs)
    case .membership, .lull: break
    case .peerJoined: link.greet()
    case .tick: link.tick(clock: clock.time, isWaiting: false, &outputs)
    case .turnEnded: link.endTurn(clock: clock.time, &outputs)
    }
    barriers.removeAll { barrier in
      guard zip(link.received, barrier.target).allSatisfy({ $0 >= $1 }) else { return false }
      outputs.append(.reply(barrier.request, .reached))
      return true
    }
  }

  private mutating func take(_ packet: Packet) {
    var updates = link.receive(packet)
    if mistake == .ignoresGaps {
      let sender = packet.sender.number
      updates = packet.updates.filter { $0.sequence > seen[sender] }
      seen[sender] = max(seen[sender], packet.sequence)
    }
    for update in updates {
      if mistake != .neverAdvancesItsClock { clock.witness(update.time) }
      if case .write(let key, let value) = update.command {
        apply(key, value, Stamp(time: update.time, server: packet.sender))
      }
    }
  }

  private mutating func apply(_ key: Key, _ value: Value, _ stamp: Stamp) {
    if let current = store[key] {
      switch mistake {
      case .appliesOnArrival, .latestArrivalWins: break
      case .forgetsTheTieBreak: if stamp.time < current.stamp.time { return }
      case .dropsTheEqualStamp: if stamp.time <= current.stamp.time { return }
      case .comparesValuesFirst: if (value, stamp) < (current.value, current.stamp) { return }
      default: if stamp < current.stamp { return }
      }
    }
    store[key] = (value, stamp)
  }
}
