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
/// Memory is bounded, for each replica's updates alike. Who has as many of its own as ``Bounds`` allow, because someone
/// has not received them, accepts no further one (``isFull``); who keeps as many of a peer's, because it has not heard
/// that all have them or cannot apply them yet, lets further ones pass and does not acknowledge them, and asks for them
/// when it has room again. So one who is slow slows the senders, and through them the clients.
public struct ReliableBroadcast: Sendable, Hashable {
  /// This replica.
  public let id: ServerID
  let bounds: Bounds

  /// The most updates asked for at once.
  private static let fetchUpdatesMax = 256

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
    /// How many bytes of keys and values these have.
    var earlyBytes = 0
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
    /// The time of the last of its updates that was received.
    var lastTime: LogicalTime = 0
    /// Whether it is to be told at the end of the turn how far this replica has come.
    var isOwed = false
    /// The greatest clock that it has published.
    var promised = Promise()
  }
  var peers: [Peer]
  /// Row i, column j: the sequence number up to which i has said that it received j's updates.
  private var reports: [UInt64]
  /// For each replica the number of its updates that were applied here.
  var applied: [UInt64]
  private let appliesOnReceipt: Bool
  /// For each replica its updates that some other may not have received, or that were not applied here; the last has the
  /// number in `received`.
  var kept: [Deque<Update>]
  /// For each replica how many bytes of keys and values of its updates are kept.
  var keptBytes: [Int]
  /// How many of the last of its own updates have not gone out yet.
  private var unsentCount = 0
  /// The clock that went out last.
  var publishedClock: LogicalTime = 0
  private var owesProbe = false
  /// The place in the order of updates up to which this replica has delivered.
  private var delivered = Stamp.zero
  /// The place up to which it has found for itself that it may deliver.
  private var settled = Stamp.zero
  /// The place up to which it has told everyone that it has delivered.
  private var told = Stamp.zero
  /// The greatest place up to which another has said that it has delivered.
  private(set) var deliveredElsewhere = Stamp.zero
  /// Which start of the server it is.
  var incarnation: UInt64

  /// Makes the broadcast of one replica.
  ///
  /// - Parameters:
  ///   - incarnation: which start of the server it is; its packets carry it.
  ///   - appliesOnReceipt: whether an update is applied as soon as it is received; otherwise ``apply(_:of:)`` says when.
  public init(
    id: ServerID, servers: Int, incarnation: UInt64 = 0, bounds: Bounds = Bounds(),
    appliesOnReceipt: Bool = true
  ) {
    self.id = id
    self.incarnation = incarnation
    self.bounds = bounds
    self.appliesOnReceipt = appliesOnReceipt
    received = Array(repeating: 0, count: servers)
    stable = received
    applied = received
    keptBytes = Array(repeating: 0, count: servers)
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

  /// Whether no further update of this replica can be kept, so that it must be refused.
  public var isFull: Bool { !hasRoom(id.number) }

  /// Why it is full, for a client.
  var fullness: String {
    let own = id.number
    let count = kept[own].count
    let last = others.min { report(of: own, by: $0) < report(of: own, by: $1) } ?? own
    let reason =
      report(of: own, by: last) < received[own] - UInt64(count) + 1
      ? "wait for server \(last) to receive them" : "wait to be applied"
    return "server busy: \(count) updates of \(keptBytes[own]) bytes \(reason); retry later"
  }

  private func hasRoom(_ stream: Int) -> Bool {
    kept[stream].count < bounds.updates && keptBytes[stream] < bounds.bytes
  }

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
    if appliesOnReceipt { applied[id.number] = sequence }
    if peers.count > 1 || !appliesOnReceipt {
      keep(Update(sequence: sequence, time: time, command: command), of: id.number)
    }
    if peers.count > 1 { unsentCount += 1 }
    return sequence
  }

  private mutating func keep(_ update: Update, of stream: Int) {
    kept[stream].append(update)
    keptBytes[stream] += update.command.byteCount
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
    deliveredElsewhere = max(deliveredElsewhere, packet.delivered)
    peers[sender].isTalking = true
    peers[sender].announced = max(peers[sender].announced, packet.sequence)
    if packet.clock > peers[sender].promised.clock {
      peers[sender].promised = Promise(sequence: packet.sequence, clock: packet.clock)
    }
    if packet.isProbe { greet() }

    var inOrder: [Update] = []
    for update in packet.updates {
      // It may have come before: an answer to a fetch and a broadcast travel apart and overtake one another.
      forgetEarly(update.sequence, of: sender)
      if update.sequence == received[sender] + 1, hasRoom(sender) {
        accept(update, of: sender, &inOrder)
      } else if update.sequence > received[sender] {
        keepEarly(update, of: sender)
      }
    }
    repeat {
      while hasRoom(sender), let next = forgetEarly(received[sender] + 1, of: sender) {
        accept(next, of: sender, &inOrder)
      }
      note(received[sender], of: sender, by: id.number)
      // With that some may be forgotten, which makes room.
    } while hasRoom(sender) && peers[sender].early[received[sender] + 1] != nil
    // An answer that a message had no room for brings no more: the rest is asked for now, not at the next tick.
    if !inOrder.isEmpty { peers[sender].asked = min(peers[sender].asked, received[sender]) }
    if received[sender] >= peers[sender].promised.sequence {
      peers[sender].heard = max(peers[sender].heard, peers[sender].promised.clock)
    }
    return inOrder
  }

  private mutating func accept(_ update: Update, of sender: Int, _ inOrder: inout [Update]) {
    received[sender] += 1
    if appliesOnReceipt { applied[sender] = received[sender] }
    // Its later updates have greater times.
    peers[sender].heard = max(peers[sender].heard, update.time)
    peers[sender].lastTime = update.time
    keep(update, of: sender)
    inOrder.append(update)
  }

  private mutating func keepEarly(_ update: Update, of sender: Int) {
    guard peers[sender].early.count < bounds.updates, peers[sender].earlyBytes < bounds.bytes else { return }
    peers[sender].early[update.sequence] = update
    peers[sender].earlyBytes += update.command.byteCount
  }

  @discardableResult
  private mutating func forgetEarly(_ sequence: UInt64, of sender: Int) -> Update? {
    guard !peers[sender].early.isEmpty, let update = peers[sender].early.removeValue(forKey: sequence) else {
      return nil
    }
    peers[sender].earlyBytes -= update.command.byteCount
    return update
  }

  /// Takes note that a replica's updates up to a number were applied here.
  mutating func apply(_ sequence: UInt64, of stream: Int) {
    applied[stream] = sequence
    forget(stream)
  }

  /// Whether updates were received that were not applied.
  var hasUnapplied: Bool { received != applied }

  /// The place of the first of a replica's updates that was received and not applied, among those kept.
  private func firstUnapplied(of stream: Int) -> Int {
    kept[stream].count - Int(received[stream] - applied[stream])
  }

  /// The stamp of the first update in the order of all that was received and not applied; nil if there is none.
  ///
  /// A replica's own come in the order of their stamps, so only the first of each are compared.
  var firstUnapplied: Stamp? {
    var first: Stamp?
    for stream in peers.indices where applied[stream] < received[stream] {
      let time = kept[stream][firstUnapplied(of: stream)].time
      let stamp = Stamp(time: time, server: ServerID(stream))
      if first.map({ stamp < $0 }) ?? true { first = stamp }
    }
    return first
  }

  /// Takes note that the next update in the order of all, ``firstUnapplied``, was delivered here, and hands it out.
  ///
  /// - Parameter isDeliveredElsewhere: whether another has said that it has delivered it; then everyone has it.
  mutating func deliver(_ stamp: Stamp, isDeliveredElsewhere: Bool) -> Update {
    let stream = stamp.server.number
    let update = kept[stream][firstUnapplied(of: stream)]
    let sequence = update.sequence
    delivered = stamp
    applied[stream] = sequence
    if isDeliveredElsewhere {
      for server in peers.indices {
        let place = server * peers.count + stream
        reports[place] = max(reports[place], sequence)
      }
      settle(stream)
    } else {
      settled = stamp
      forget(stream)
    }
    return update
  }

  /// Has those hear at the end of the turn that wait for word of an update: its sender, and whoever has sent an update
  /// that is later in the order.
  mutating func owe(_ stamp: Stamp) {
    for peer in others where Stamp(time: peers[peer].lastTime, server: ServerID(peer)) >= stamp {
      peers[peer].isOwed = true
    }
  }

  /// Whether it has delivered something on the word of each of the others, and has not told everyone.
  var isOwing: Bool { peers.count > 1 && settled > told }

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

  /// Finds anew how far everyone has come with a replica's updates.
  private mutating func settle(_ stream: Int) {
    var least = UInt64.max
    for server in peers.indices { least = min(least, reports[server * peers.count + stream]) }
    stable[stream] = least
    forget(stream)
  }

  /// Forgets a replica's updates that everyone has and that are applied.
  private mutating func forget(_ stream: Int) {
    let last = min(stable[stream], applied[stream])
    while let first = kept[stream].first, first.sequence <= last {
      keptBytes[stream] -= first.command.byteCount
      kept[stream].removeFirst()
    }
  }

  /// Forgets what a replica has said, since it has: it has been started anew. What it has sent stands, and it will go on
  /// from there.
  public mutating func restart(of server: ServerID) {
    let number = server.number
    peers[number].early = [:]
    peers[number].earlyBytes = 0
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
    for peer in others { peers[peer].isOwed = true }
  }

  /// Answers a peer that missed updates of this replica.
  public func answer(_ fetch: Fetch, _ outputs: inout [Output]) {
    let kept = kept[id.number]
    let first = received[id.number] - UInt64(kept.count) + 1
    let lower = max(fetch.range.lowerBound, first)
    let upper = min(fetch.range.upperBound, sent)
    guard fetch.asker != id, peers.indices.contains(fetch.asker.number), lower <= upper else { return }
    let last = min(upper, lower + UInt64(Self.fetchUpdatesMax - 1))
    let updates = firstPacketful(of: kept[Int(lower - first)...Int(last - first)])
    // The clock that went out last, not the current one: updates that have not gone out yet may be older than that.
    outputs.append(.send(packet(clock: publishedClock, sequence: sent, updates: updates), to: fetch.asker))
  }

  private func packet(
    clock: LogicalTime, sequence: UInt64, isProbe: Bool = false, updates: [Update] = []
  ) -> Packet {
    Packet(
      sender: id, clock: clock, sequence: sequence, delivered: delivered, received: received,
      isProbe: isProbe, updates: updates, incarnation: incarnation)
  }

  /// Ends a turn: sends one packet if there is anything to say, to all or to those who wait for it, and asks for what is
  /// missing.
  ///
  /// - Parameter clock: the replica's clock. Every update broadcast later must have a greater time.
  public mutating func endTurn(clock: LogicalTime, _ outputs: inout [Output]) {
    if unsentCount > 0 || owesProbe || others.allSatisfy({ peers[$0].isOwed }) {
      send(clock: clock, isProbe: owesProbe, &outputs)
    } else {
      for peer in others where peers[peer].isOwed {
        peers[peer].isOwed = false
        publishedClock = clock
        outputs.append(.tell(packet(clock: clock, sequence: sent), to: ServerID(peer)))
      }
    }
    fetchMissing(&outputs)
  }

  /// Tells everyone how far this replica has delivered, if it has not.
  mutating func lull(clock: LogicalTime, _ outputs: inout [Output]) {
    if isOwing { send(clock: clock, isProbe: false, &outputs) }
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
    if isSomeoneStuck, isWaiting || self.isWaiting {
      send(clock: clock, isProbe: true, &outputs)
    } else {
      lull(clock: clock, &outputs)
    }
    fetchMissing(&outputs)
  }

  private mutating func send(clock: LogicalTime, isProbe: Bool, _ outputs: inout [Output]) {
    guard peers.count > 1 else { return }
    var unsent = kept[id.number].suffix(unsentCount)
    unsentCount = 0
    owesProbe = false
    told = delivered
    for peer in others { peers[peer].isOwed = false }
    publishedClock = clock
    while true {
      let updates = firstPacketful(of: unsent)
      unsent = unsent.dropFirst(updates.count)
      // What follows in the next packet is later than what is in this one, but not later than the clock.
      let isLast = unsent.isEmpty
      outputs.append(
        .broadcast(
          packet(
            clock: isLast ? clock : updates.last?.time ?? clock,
            sequence: isLast ? sent : updates.last?.sequence ?? sent, isProbe: isProbe && isLast,
            updates: updates)))
      if isLast { return }
    }
  }

  /// As many updates as fit in a message; at least one, if there is one.
  private func firstPacketful(of updates: Deque<Update>.SubSequence) -> [Update] {
    Array(updates.prefix(bytes: bounds.messageBytes) { $0.command.byteCount })
  }

  /// Those of a replica's updates that are asked for and kept, as many as fit in a message.
  func piece(of stream: ServerID, _ range: ClosedRange<UInt64>) -> [Update] {
    guard peers.indices.contains(stream.number) else { return [] }
    let kept = kept[stream.number]
    let last = received[stream.number]
    let first = last - UInt64(kept.count) + 1
    guard range.lowerBound >= first, range.lowerBound <= last else { return [] }
    return firstPacketful(
      of: kept[Int(range.lowerBound - first)...Int(min(range.upperBound, last) - first)])
  }

  private mutating func fetchMissing(_ outputs: inout [Output]) {
    for peer in others {
      let next = received[peer] + 1
      guard next <= peers[peer].announced, next > peers[peer].asked, hasRoom(peer) else { continue }
      // The next itself may have come when there was no room; asking for it brings in those behind it.
      let gapEnd = peers[peer].early.keys.min().map { max(next, $0 - 1) } ?? peers[peer].announced
      let count = min(Self.fetchUpdatesMax, bounds.updates - kept[peer].count)
      let last = min(gapEnd, next + UInt64(count - 1))
      peers[peer].asked = last
      outputs.append(.fetch(Fetch(asker: id, range: next...last), from: ServerID(peer)))
    }
  }
}
