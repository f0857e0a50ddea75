/// Broadcast that every replica delivers in one and the same order.
///
/// Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", CACM 21(7), 1978. An update is stamped
/// with its sender's clock, every replica takes updates in stamp order, and the first that waits is delivered once no
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
public struct TotalOrderBroadcast: Sendable, Hashable {
  /// An update in the order of all updates.
  public struct Delivery: Sendable {
    /// The place in the order.
    public let stamp: Stamp
    /// The number of the update among its sender's.
    public let sequence: UInt64
    /// What to do.
    public let command: Command
  }

  private let id: ServerID
  private(set) var clock = LamportClock()
  private(set) var link: ReliableBroadcast
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
  public var isWaiting: Bool { link.hasUnapplied || isOwing || link.isWaiting }

  /// Whether the others have not been told how far this replica has delivered by what it has heard from each of them.
  public var isOwing: Bool { link.isOwing }

  /// The number of updates that this replica has broadcast.
  public var position: UInt64 { link.received[id.number] }

  /// Broadcasts a command with the turn's packet.
  ///
  /// - Returns: its sequence number, by which its delivery is recognised.
  public mutating func broadcast(_ command: Command) -> UInt64 {
    link.broadcast(command, time: clock.tick())
  }

  /// Takes a packet of a peer.
  public mutating func receive(_ packet: Packet) {
    let updates = link.receive(packet)
    guard let first = updates.first, let last = updates.last else { return }
    link.owe(Stamp(time: first.time, server: packet.sender))
    clock.witness(last.time)
  }

  /// Takes on what all members know, having forgotten everything.
  mutating func adopt(_ accounts: [Account], donor: Account, updates: [[Update]]) {
    link.adopt(accounts, donor: donor, updates: updates)
    for update in updates.compactMap(\.last) { clock.witness(update.time) }
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
    guard let stamp = link.firstUnapplied else { return nil }
    let sender = stamp.server.number
    let isDeliveredElsewhere = stamp <= link.deliveredElsewhere
    guard isDeliveredElsewhere || link.applied[sender] < link.stable[sender] && isSettled(stamp) else {
      return nil
    }
    let update = link.deliver(stamp, isDeliveredElsewhere: isDeliveredElsewhere)
    return Delivery(stamp: stamp, sequence: update.sequence, command: update.command)
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
    link.tick(clock: clock.time, isWaiting: link.hasUnapplied, &outputs)
  }
}
