import HeapModule

/// Broadcast that every replica delivers in one and the same order.
///
/// Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", CACM 21(7), 1978. An update is stamped
/// with its sender's clock, every replica queues updates in stamp order, and the first of the queue is delivered once no
/// earlier one can come any more: when every other replica has been heard from with a clock that its later updates will
/// exceed, and has said that it received the update. Whoever receives an update says at the end of the turn what its clock
/// is and how far it has received everyone's updates, so one acknowledgement covers everything that the turn brought. It
/// says so to those that wait for it: to the update's sender, and to whoever has sent an update with a later stamp, which
/// has to be delivered after this one.
///
/// Every packet tells how far its sender has delivered. What one has delivered everyone has, and nothing earlier can
/// come, so whoever learns of it delivers as far, waits for no further word, and need not keep those updates. So replicas
/// to which no acknowledgement was sent learn from the sender's next update that the one before is settled.
///
/// Lamport's rule asks for the clocks only. That everyone must also have the update itself costs no further message, since
/// both travel in one packet, and lets a replica that has lost its memory come back: what anyone delivered, everyone has.
///
/// A replica that stops answering stops delivery everywhere: this order needs all of them.
public struct TotalOrderBroadcast: Sendable {
  /// An update in the order of all updates.
  public struct Delivery: Sendable, Comparable {
    /// The place in the order.
    public let stamp: Stamp
    /// The number of the update among its sender's.
    public let sequence: UInt64
    /// What to do.
    public let command: Command

    /// Orders by stamp.
    public static func < (left: Delivery, right: Delivery) -> Bool { left.stamp < right.stamp }
    /// Whether both are the same update.
    public static func == (left: Delivery, right: Delivery) -> Bool { left.stamp == right.stamp }
  }

  private let id: ServerID
  private(set) var clock = LamportClock()
  private(set) var link: ReliableBroadcast
  private(set) var queue: Heap<Delivery> = []
  /// For each replica the number of its updates that were delivered here.
  public var delivered: [UInt64] { link.applied }

  /// Makes the broadcast of one replica.
  public init(id: ServerID, servers: Int, incarnation: UInt64 = 0, bounds: Bounds = Bounds()) {
    self.id = id
    link = ReliableBroadcast(
      id: id, servers: servers, incarnation: incarnation, bounds: bounds, appliesOnReceipt: false)
  }

  /// Whether so many updates wait for slow peers that no further one is accepted.
  public var isFull: Bool { link.isFull }

  /// Whether updates wait to be delivered, here or at a peer.
  public var isWaiting: Bool { !queue.isEmpty || isOwing || link.isWaiting }

  /// Whether the others have not been told how far this replica has delivered by what it has heard from each of them.
  public var isOwing: Bool { link.isOwing }

  /// The number of updates that this replica has broadcast.
  public var position: UInt64 { link.received[id.number] }

  /// Broadcasts a command with the turn's packet.
  ///
  /// - Returns: its sequence number, by which its delivery is recognised.
  public mutating func broadcast(_ command: Command) -> UInt64 {
    let time = clock.tick()
    let sequence = link.broadcast(command, time: time)
    queue.insert(Delivery(stamp: Stamp(time: time, server: id), sequence: sequence, command: command))
    return sequence
  }

  /// Takes a packet of a peer.
  public mutating func receive(_ packet: Packet) {
    let updates = link.receive(packet)
    guard let first = updates.first else { return }
    link.owe(Stamp(time: first.time, server: packet.sender))
    for update in updates { enqueue(update, of: packet.sender) }
  }

  private mutating func enqueue(_ update: Update, of sender: ServerID) {
    clock.witness(update.time)
    queue.insert(
      Delivery(
        stamp: Stamp(time: update.time, server: sender), sequence: update.sequence, command: update.command))
  }

  /// For each replica its updates that wait for delivery, in order.
  private var pending: [[Update]] {
    var pending: [[Update]] = Array(repeating: [], count: delivered.count)
    for delivery in queue.unordered {
      pending[delivery.stamp.server.number].append(
        Update(sequence: delivery.sequence, time: delivery.stamp.time, command: delivery.command))
    }
    return pending.map { $0.sorted { $0.sequence < $1.sequence } }
  }

  /// Takes on what all members know, having forgotten everything.
  mutating func adopt(_ accounts: [Account], donor: Account, updates: [[Update]]) {
    link.adopt(accounts, donor: donor, updates: updates)
    queue = []
    for (sender, updates) in updates.enumerated() {
      for update in updates where update.sequence > donor.applied[sender] {
        enqueue(update, of: ServerID(sender))
      }
    }
    for account in accounts { clock.witness(account.clock) }
  }

  /// Takes note that a peer's server was started anew.
  mutating func restart(of server: ServerID) {
    link.restart(of: server)
  }

  /// Takes another number for this start of its server.
  mutating func begin(as incarnation: UInt64) {
    link.incarnation = incarnation
  }

  /// The next update in the order of all updates, once it is certain that none comes before it.
  public mutating func deliver() -> Delivery? {
    guard let first = queue.min else { return nil }
    let sender = first.stamp.server.number
    let isDeliveredElsewhere = first.stamp <= link.deliveredElsewhere
    guard isDeliveredElsewhere || first.sequence <= link.stable[sender] && isSettled(first.stamp) else {
      return nil
    }
    link.deliver(first.sequence, at: first.stamp, isDeliveredElsewhere: isDeliveredElsewhere)
    return queue.removeMin()
  }

  private func isSettled(_ stamp: Stamp) -> Bool {
    link.received.indices.allSatisfy { number in
      let server = ServerID(number)
      // The earliest stamp that the server's later updates can carry.
      return server == id || Stamp(time: link.heard(server) + 1, server: server) > stamp
    }
  }

  /// Answers a peer that missed updates of this replica.
  public func answer(_ fetch: Fetch, _ outputs: inout [Output]) {
    link.answer(fetch, &outputs)
  }

  /// Sees to it that this turn's packet goes out, even if there is nothing to say.
  public mutating func greet() {
    link.greet()
  }

  /// Sends what the turn brought.
  public mutating func endTurn(_ outputs: inout [Output]) {
    link.endTurn(clock: clock.time, &outputs)
  }

  /// Tells everyone how far this replica has delivered.
  public mutating func lull(_ outputs: inout [Output]) {
    link.lull(clock: clock.time, &outputs)
  }

  /// Pushes on whatever is stuck because a message was lost.
  public mutating func tick(_ outputs: inout [Output]) {
    link.tick(clock: clock.time, isWaiting: !queue.isEmpty, &outputs)
  }
}

/// Equal states behave alike: they answer the same inputs with the same outputs, now and ever after.
extension TotalOrderBroadcast: Hashable {
  /// Whether both are in the same state, whatever the order in which what waits came in.
  public static func == (left: TotalOrderBroadcast, right: TotalOrderBroadcast) -> Bool {
    left.id == right.id && left.clock == right.clock && left.link == right.link
      && left.pending == right.pending
  }

  /// Takes in the state.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(id)
    hasher.combine(clock)
    hasher.combine(link)
    hasher.combine(pending)
  }
}
