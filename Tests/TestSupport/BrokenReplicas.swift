import KeyValue
public import Replication

/// A replica that broadcasts its writes but gets wrong which of two writes stays.
public struct BrokenReplica: Replica {
  /// What is wrong with it.
  public enum Mistake: Sendable, CaseIterable {
    /// A total order in name only: a write is applied as soon as it arrives, without waiting until every clock has
    /// passed its stamp.
    case appliesOnArrival
    /// Last writer wins with the tie-break forgotten: of two writes with equal times the one that arrives later stays,
    /// which need not be the same one everywhere.
    case forgetsTheTieBreak
  }

  private let id: ServerID
  private let mistake: Mistake
  private var clock = LamportClock()
  private var link: ReliableBroadcast
  private var store: [Key: (value: Value, stamp: Stamp)] = [:]
  private var barriers: [(request: RequestID, target: [UInt64])] = []

  /// Makes one of so many replicas.
  public init(id: ServerID, servers: Int, mistake: Mistake) {
    self.id = id
    self.mistake = mistake
    link = ReliableBroadcast(id: id, servers: servers)
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
      let time = clock.tick(notBefore: now)
      apply(key, value, Stamp(time: time, server: id))
      _ = link.broadcast(.write(key, value), time: time)
      outputs.append(.reply(request, .written(Stamp(time: time, server: id))))
    case .request(let request, .compareAndSet):
      outputs.append(.reply(request, .refused("not offered")))
    case .packet(let packet):
      for update in link.receive(packet) {
        clock.witness(update.time)
        if case .write(let key, let value) = update.command {
          apply(key, value, Stamp(time: update.time, server: packet.sender))
        }
      }
    case .barrier(let request, let target): barriers.append((request, target))
    case .fetch(let fetch): link.answer(fetch, &outputs)
    case .membership: break
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

  private mutating func apply(_ key: Key, _ value: Value, _ stamp: Stamp) {
    if mistake == .forgetsTheTieBreak, let current = store[key], stamp.time < current.stamp.time { return }
    store[key] = (value, stamp)
  }
}
