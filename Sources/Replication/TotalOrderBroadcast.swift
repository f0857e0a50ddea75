import HeapModule

/// Broadcast that every replica delivers in one and the same order.
///
/// Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", CACM 21(7), 1978. An update is stamped
/// with its sender's clock, every replica queues updates in stamp order, and the first of the queue is delivered once no
/// earlier one can come any more: when every other replica has been heard from with a clock that its later updates will
/// exceed. Whoever receives an update answers with its clock at the end of the turn, unless an update of its own says
/// the same, so one acknowledgement covers everything that the turn brought.
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
  private var clock = LamportClock()
  private var link: ReliableBroadcast
  private var queue: Heap<Delivery> = []
  /// For each replica the number of its updates that were delivered here.
  public private(set) var delivered: [UInt64]

  /// Makes the broadcast of one replica.
  public init(id: ServerID, servers: Int) {
    self.id = id
    link = ReliableBroadcast(id: id, servers: servers)
    delivered = Array(repeating: 0, count: servers)
  }

  /// Whether so many updates wait for slow peers that no further one is accepted.
  public var isFull: Bool { link.isFull }

  /// Whether updates wait to be delivered, here or at a peer.
  public var isWaiting: Bool { !queue.isEmpty || link.isWaiting }

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
    for update in link.receive(packet) {
      clock.witness(update.time)
      link.acknowledge(update.time)
      queue.insert(
        Delivery(
          stamp: Stamp(time: update.time, server: packet.sender), sequence: update.sequence,
          command: update.command))
    }
  }

  /// The next update in the order of all updates, once it is certain that none comes before it.
  public mutating func deliver() -> Delivery? {
    guard let first = queue.min, isSettled(first.stamp) else { return nil }
    delivered[first.stamp.server.number] = first.sequence
    return queue.removeMin()
  }

  private func isSettled(_ stamp: Stamp) -> Bool {
    delivered.indices.allSatisfy { number in
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

  /// Pushes on whatever is stuck because a message was lost.
  public mutating func tick(_ outputs: inout [Output]) {
    link.tick(clock: clock.time, isWaiting: !queue.isEmpty, &outputs)
  }
}
