import DequeModule

/// Broadcast over links that lose messages: each replica's updates reach every other replica once, in the order they
/// were sent.
///
/// Each update carries its sender's sequence number. A receiver that sees a gap keeps what is behind it, asks the sender
/// for what is missing and passes nothing on until the gap is closed. A sender keeps each update until every peer has
/// said that it received it. How far everyone has come rides on every packet; when that is not enough, because the last
/// packet before a silence was lost, a tick sends a probe that everyone answers.
///
/// Everyone also keeps what it received from others until all are known to have it, so that a server that has lost its
/// memory can be told what it sent and some have missed: ``restart(of:)``, ``account`` and ``adopt``.
///
/// Memory is bounded: ``capacity`` updates, and ``bytesMax`` bytes of keys and values, are kept for peers, and as many
/// updates that arrived early from each peer.
public struct ReliableBroadcast: Sendable, Hashable {
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
  public internal(set) var received: [UInt64]
  /// For each replica the sequence number up to which everyone is known to have received its updates.
  public private(set) var stable: [UInt64]

  /// A clock that counts as heard once the updates up to a number were received.
  struct Promise: Hashable {
    var sequence: UInt64 = 0
    var clock: LogicalTime = 0
  }

  struct Peer: Hashable {
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
    /// The greatest clock that it has published.
    var promised = Promise()
  }
  var peers: [Peer]
  /// Row i, column j: the sequence number up to which i has said that it received j's updates.
  private var reports: [UInt64]
  /// For each replica its updates that some other may not have received; the last has the number in `received`.
  var kept: [Deque<Update>]
  /// How many bytes of keys and values of this replica's own updates are kept.
  var keptBytes = 0
  /// How many of the last of its own updates have not gone out yet.
  private var unsentCount = 0
  /// The clock that went out last.
  private var publishedClock: LogicalTime = 0
  private var owesAnswer = false
  private var owesProbe = false
  private let incarnation: UInt64

  /// Makes the broadcast of one replica.
  ///
  /// - Parameter incarnation: which start of the server it is; its packets carry it.
  public init(id: ServerID, servers: Int, incarnation: UInt64 = 0, capacity: Int = 65_536) {
    self.id = id
    self.incarnation = incarnation
    self.capacity = capacity
    received = Array(repeating: 0, count: servers)
    stable = received
    reports = Array(repeating: 0, count: servers * servers)
    kept = Array(repeating: [], count: servers)
    peers = Array(repeating: Peer(), count: servers)
  }

  /// The sequence number of the last update that went out.
  private var sent: UInt64 { received[id.number] - UInt64(unsentCount) }

  var others: some Sequence<Int> {
    let own = id.number
    return peers.indices.lazy.filter { $0 != own }
  }

  /// Whether no further update can be kept.
  public var isFull: Bool { kept[id.number].count >= capacity || keptBytes >= Self.bytesMax }

  /// Whether a peer has not received everything, or something of a peer's is missing.
  public var isWaiting: Bool {
    !kept[id.number].isEmpty || others.contains { peers[$0].announced > received[$0] }
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
    note(sequence, of: id.number, by: id.number)
    if peers.count > 1 {
      kept[id.number].append(Update(sequence: sequence, time: time, command: command))
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
    note(reports: packet.received, of: sender)
    peers[sender].isTalking = true
    peers[sender].announced = max(peers[sender].announced, packet.sequence)
    if packet.clock > peers[sender].promised.clock {
      peers[sender].promised = Promise(sequence: packet.sequence, clock: packet.clock)
    }
    owesAnswer = owesAnswer || packet.isProbe

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
    if !inOrder.isEmpty {
      kept[sender].append(contentsOf: inOrder)
      note(received[sender], of: sender, by: id.number)
    }
    return inOrder
  }

  /// How far a replica has said that it received another's updates.
  func report(of stream: Int, by server: Int) -> UInt64 { reports[server * peers.count + stream] }

  /// Takes in how far a replica has come with everyone's updates.
  mutating func note(reports: [UInt64], of server: Int) {
    for stream in peers.indices {
      // Nobody has received of ours what has not gone out.
      let report = stream == id.number ? min(reports[stream], sent) : reports[stream]
      note(report, of: stream, by: server)
    }
  }

  private mutating func note(_ sequence: UInt64, of stream: Int, by server: Int) {
    let place = server * peers.count + stream
    let before = reports[place]
    guard sequence > before else { return }
    reports[place] = sequence
    // Only who was last can have held the others up.
    if before == stable[stream] { settle(stream) }
  }

  /// Finds anew how far everyone has come with a replica's updates, and forgets those that everyone has.
  private mutating func settle(_ stream: Int) {
    var least = UInt64.max
    for server in peers.indices { least = min(least, reports[server * peers.count + stream]) }
    stable[stream] = least
    while let first = kept[stream].first, first.sequence <= least {
      if stream == id.number { keptBytes -= first.command.byteCount }
      kept[stream].removeFirst()
    }
  }

  /// Forgets what a replica has said, since it has: it has been started anew. What it has sent stands, and it will go on
  /// from there.
  public mutating func restart(of server: ServerID) {
    let number = server.number
    peers[number].early = [:]
    peers[number].announced = received[number]
    peers[number].asked = 0
    peers[number].acknowledgedAtTick = 0
    peers[number].promised = Promise(sequence: received[number], clock: peers[number].heard)
    for stream in peers.indices {
      reports[number * peers.count + stream] = 0
      settle(stream)
    }
  }

  /// Has this turn's packet go out, and everyone answer it.
  mutating func probe() {
    owesProbe = true
  }

  /// Sees to it that this turn's packet goes out, even if there is nothing to say.
  public mutating func greet() {
    owesAnswer = true
  }

  /// Answers a peer that missed updates of this replica.
  public func answer(_ fetch: Fetch, _ outputs: inout [Output]) {
    let kept = kept[id.number]
    let first = received[id.number] - UInt64(kept.count) + 1
    let lower = max(fetch.range.lowerBound, first)
    let upper = min(fetch.range.upperBound, sent)
    guard fetch.asker != id, peers.indices.contains(fetch.asker.number), lower <= upper else { return }
    let last = min(upper, lower + (Self.fetchUpdatesMax - 1))
    let updates = Self.firstPacketful(of: kept[Int(lower - first)...Int(last - first)])
    // The clock that went out last, not the current one: updates that have not gone out yet may be older than that.
    outputs.append(
      .send(
        Packet(
          sender: id, clock: publishedClock, sequence: sent, received: received, updates: updates,
          incarnation: incarnation),
        to: fetch.asker))
  }

  /// Ends a turn: sends one packet if there is anything to say, and asks for what is missing.
  ///
  /// - Parameter clock: the replica's clock. Every update broadcast later must have a greater time.
  public mutating func endTurn(clock: LogicalTime, _ outputs: inout [Output]) {
    if unsentCount > 0 || owesAnswer || owesProbe {
      send(clock: clock, isProbe: owesProbe, &outputs)
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
      let acknowledged = report(of: id.number, by: peer)
      return !peers[peer].isTalking
        || (acknowledged < sent && acknowledged == peers[peer].acknowledgedAtTick)
    }
    for peer in peers.indices {
      peers[peer].asked = 0
      peers[peer].isTalking = false
      peers[peer].acknowledgedAtTick = report(of: id.number, by: peer)
    }
    if isSomeoneStuck, isWaiting || self.isWaiting { send(clock: clock, isProbe: true, &outputs) }
    fetchMissing(&outputs)
  }

  private mutating func send(clock: LogicalTime, isProbe: Bool, _ outputs: inout [Output]) {
    guard peers.count > 1 else { return }
    var unsent = kept[id.number].suffix(unsentCount)
    unsentCount = 0
    owesAnswer = false
    owesProbe = false
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
            isProbe: isProbe && isLast, updates: updates, incarnation: incarnation)))
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
