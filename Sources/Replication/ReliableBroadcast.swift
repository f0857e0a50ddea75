import DequeModule

/// Broadcast over links that lose messages: each replica's updates reach every other replica once, in the order they
/// were sent.
///
/// Each update carries its sender's sequence number. A receiver that sees a gap keeps what is behind it, asks the sender
/// for what is missing and passes nothing on until the gap is closed. A sender keeps each update until every peer has
/// said that it received it. How far everyone has come rides on every packet; when that is not enough, because the last
/// packet before a silence was lost, a tick sends a probe that everyone answers.
///
/// Memory is bounded: ``capacity`` updates, and ``bytesMax`` bytes of keys and values, are kept for peers, and as many
/// updates that arrived early from each peer.
public struct ReliableBroadcast: Sendable {
  /// This replica.
  public let id: ServerID
  /// The most updates that are kept for peers that have not received them. When it is reached, ``isFull`` is true and
  /// new updates must be refused.
  public let capacity: Int

  /// The most updates asked for at once.
  private static let fetchUpdatesMax: UInt64 = 256
  /// The most bytes of keys and values that are kept for peers.
  private static let bytesMax = 64 << 20
  /// How many bytes of keys and values a packet has at most, unless a single update has more.
  private static let packetBytesMax = 1 << 20

  /// For each replica the sequence number up to which its updates were received without a gap; for this replica the
  /// number of updates it has sent.
  public private(set) var received: [UInt64]

  private struct Peer {
    /// The sequence number up to which it has received our updates.
    var acknowledged: UInt64 = 0
    /// Its updates that arrived before one with a lower number.
    var early: [UInt64: Update] = [:]
    /// The greatest sequence number of an update that it is known to have sent.
    var announced: UInt64 = 0
    /// The greatest sequence number asked of it since the last tick.
    var asked: UInt64 = 0
    /// Whether a packet of it came since the last tick.
    var isTalking = false
    /// What it had acknowledged at the last tick.
    var acknowledgedAtTick: UInt64 = 0
    /// Everything it sent with a time up to this was received.
    var heard: LogicalTime = 0
    /// A clock that counts as heard once its updates up to this number were received.
    var promised: (sequence: UInt64, clock: LogicalTime) = (0, 0)
  }
  private var peers: [Peer]
  /// Updates that some peer may not have received; the last has the sequence number `received[id]`.
  private var kept: Deque<Update> = []
  private var keptBytes = 0
  /// How many of the last of `kept` have not gone out yet.
  private var unsentCount = 0
  /// The clock that went out last.
  private var publishedClock: LogicalTime = 0
  /// A time that peers must hear exceeded, or at least reached, before they can go on.
  private var owedClock: LogicalTime = 0
  private var owesAnswer = false

  /// Makes the broadcast of one replica.
  public init(id: ServerID, servers: Int, capacity: Int = 65_536) {
    self.id = id
    self.capacity = capacity
    received = Array(repeating: 0, count: servers)
    peers = Array(repeating: Peer(), count: servers)
  }

  /// The sequence number of the last update that went out.
  private var sent: UInt64 { received[id.number] - UInt64(unsentCount) }

  private var others: some Sequence<Int> {
    let own = id.number
    return peers.indices.lazy.filter { $0 != own }
  }

  /// Whether no further update can be kept.
  public var isFull: Bool { kept.count >= capacity || keptBytes >= Self.bytesMax }

  /// Whether a peer has not received everything, or something of a peer's is missing.
  public var isWaiting: Bool {
    !kept.isEmpty || others.contains { peers[$0].announced > received[$0] }
  }

  /// A time such that everything the replica sent with a time up to it was received.
  public func heard(_ server: ServerID) -> LogicalTime {
    peers[server.number].heard
  }

  /// Adds an update to the next packet.
  ///
  /// - Returns: its sequence number.
  public mutating func broadcast(_ command: Command, time: LogicalTime) -> UInt64 {
    received[id.number] += 1
    let sequence = received[id.number]
    if peers.count > 1 {
      kept.append(Update(sequence: sequence, time: time, command: command))
      keptBytes += command.byteCount
      unsentCount += 1
    }
    return sequence
  }

  /// Takes a packet of a peer.
  ///
  /// - Returns: the peer's updates that are now received without a gap, in order. Each is returned once.
  public mutating func receive(_ packet: Packet) -> [Update] {
    let sender = packet.sender.number
    guard packet.sender != id, peers.indices.contains(sender), packet.received.count == peers.count else {
      return []
    }
    peers[sender].acknowledged = max(peers[sender].acknowledged, min(packet.received[id.number], sent))
    peers[sender].isTalking = true
    peers[sender].announced = max(peers[sender].announced, packet.sequence)
    if packet.clock > peers[sender].promised.clock {
      peers[sender].promised = (packet.sequence, packet.clock)
    }
    owesAnswer = owesAnswer || packet.isProbe
    forgetAcknowledged()

    var inOrder: [Update] = []
    for update in packet.updates {
      if update.sequence == received[sender] + 1 {
        received[sender] += 1
        inOrder.append(update)
        // It may have come before: an answer to a fetch and a broadcast travel apart and overtake one another.
        peers[sender].early[update.sequence] = nil
      } else if update.sequence > received[sender], peers[sender].early.count < capacity {
        peers[sender].early[update.sequence] = update
      }
    }
    while let next = peers[sender].early.removeValue(forKey: received[sender] + 1) {
      received[sender] += 1
      inOrder.append(next)
    }
    if received[sender] >= peers[sender].promised.sequence {
      peers[sender].heard = max(peers[sender].heard, peers[sender].promised.clock)
    }
    return inOrder
  }

  private mutating func forgetAcknowledged() {
    let everywhere = others.map { peers[$0].acknowledged }.min() ?? 0
    while let first = kept.first, first.sequence <= everywhere {
      keptBytes -= first.command.byteCount
      kept.removeFirst()
    }
  }

  /// Sees to it that this turn's packet goes out with a clock of at least this time, even without updates.
  public mutating func acknowledge(_ time: LogicalTime) {
    owedClock = max(owedClock, time)
  }

  /// Sees to it that this turn's packet goes out, even if there is nothing to say.
  public mutating func greet() {
    owesAnswer = true
  }

  /// Answers a peer that missed updates of this replica.
  public func answer(_ fetch: Fetch, _ outputs: inout [Output]) {
    let first = received[id.number] - UInt64(kept.count) + 1
    let lower = max(fetch.range.lowerBound, first)
    let upper = min(fetch.range.upperBound, sent)
    guard fetch.asker != id, peers.indices.contains(fetch.asker.number), lower <= upper else { return }
    let last = min(upper, lower + (Self.fetchUpdatesMax - 1))
    let updates = Self.firstPacketful(of: kept[Int(lower - first)...Int(last - first)])
    // The clock that went out last, not the current one: updates that have not gone out yet may be older than that.
    outputs.append(
      .send(
        Packet(sender: id, clock: publishedClock, sequence: sent, received: received, updates: updates),
        to: fetch.asker))
  }

  /// Ends a turn: sends one packet if there is anything to say, and asks for what is missing.
  ///
  /// - Parameter clock: the replica's clock. Every update broadcast later must have a greater time.
  public mutating func endTurn(clock: LogicalTime, _ outputs: inout [Output]) {
    if unsentCount > 0 || owesAnswer || owedClock > publishedClock {
      send(clock: clock, isProbe: false, &outputs)
    }
    fetchMissing(&outputs)
  }

  /// Pushes on whatever is stuck because a message was lost.
  ///
  /// Any later packet of a peer makes up for one of its packets that was lost, and any later packet of ours shows a peer
  /// what it lost of ours. So everyone is asked to answer only when a peer has been silent since the last tick, or has
  /// not come any further with what we sent.
  ///
  /// - Parameter isWaiting: whether the replica itself waits for its peers.
  public mutating func tick(clock: LogicalTime, isWaiting: Bool, _ outputs: inout [Output]) {
    let sent = sent
    let isSomeoneStuck = others.contains { peer in
      let peer = peers[peer]
      return !peer.isTalking || (peer.acknowledged < sent && peer.acknowledged == peer.acknowledgedAtTick)
    }
    for peer in peers.indices {
      peers[peer].asked = 0
      peers[peer].isTalking = false
      peers[peer].acknowledgedAtTick = peers[peer].acknowledged
    }
    if isSomeoneStuck, isWaiting || self.isWaiting { send(clock: clock, isProbe: true, &outputs) }
    fetchMissing(&outputs)
  }

  private mutating func send(clock: LogicalTime, isProbe: Bool, _ outputs: inout [Output]) {
    guard peers.count > 1 else { return }
    var unsent = kept.suffix(unsentCount)
    unsentCount = 0
    owesAnswer = false
    publishedClock = clock
    while true {
      let updates = Self.firstPacketful(of: unsent)
      unsent = unsent.dropFirst(updates.count)
      // What follows in the next packet is later than what is in this one, but not later than the clock.
      let isLast = unsent.isEmpty
      outputs.append(
        .broadcast(
          Packet(
            sender: id, clock: isLast ? clock : updates.last?.time ?? clock,
            sequence: isLast ? sent : updates.last?.sequence ?? sent, received: received,
            isProbe: isProbe && isLast, updates: updates)))
      if isLast { return }
    }
  }

  /// As many updates as fit in a packet; at least one, if there is one.
  private static func firstPacketful(of updates: Deque<Update>.SubSequence) -> [Update] {
    var bytes = 0
    let count = updates.prefix { update in
      defer { bytes += update.command.byteCount }
      return bytes == 0 || bytes + update.command.byteCount <= packetBytesMax
    }.count
    return Array(updates.prefix(count))
  }

  private mutating func fetchMissing(_ outputs: inout [Output]) {
    for peer in others {
      let next = received[peer] + 1
      guard next <= peers[peer].announced, next > peers[peer].asked else { continue }
      let gapEnd = peers[peer].early.keys.min().map { $0 - 1 } ?? peers[peer].announced
      let last = min(gapEnd, next + (Self.fetchUpdatesMax - 1))
      peers[peer].asked = last
      outputs.append(.fetch(Fetch(asker: id, range: next...last), from: ServerID(peer)))
    }
  }
}
