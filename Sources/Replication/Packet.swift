/// A command as a replica broadcasts it.
public struct Update: Hashable, Sendable {
  /// The place among its sender's updates, from 1, without gaps.
  public let sequence: UInt64
  /// The time on its sender's clock. Later updates of the sender have greater times.
  public let time: LogicalTime
  /// What to do.
  public let command: Command

  /// Makes an update.
  public init(sequence: UInt64, time: LogicalTime, command: Command) {
    self.sequence = sequence
    self.time = time
    self.command = command
  }
}

/// What one replica tells the others at the end of a turn: its new updates, and how far it has come.
///
/// The head alone, without updates, is an acknowledgement. It repeats state rather than reporting a change, so a lost or
/// repeated one does no harm.
public struct Packet: Hashable, Sendable {
  /// Who sends it.
  public let sender: ServerID
  /// The sender's clock. Updates of the sender with a sequence number above ``sequence`` have greater times.
  public let clock: LogicalTime
  /// The sequence number of the sender's latest update.
  public let sequence: UInt64
  /// The place in the order of all updates up to which the sender has delivered; ``Stamp/zero`` where updates have no order.
  public let delivered: Stamp
  /// For each replica the sequence number up to which the sender has received its updates without a gap.
  public let received: [UInt64]
  /// Whether the sender waits for something and wants to hear from everyone, even from those with nothing to say.
  public let isProbe: Bool
  /// Updates of the sender, in order of sequence numbers.
  public let updates: [Update]
  /// Which start of the sender's server it comes from.
  public var incarnation: UInt64

  /// Makes a packet.
  public init(
    sender: ServerID, clock: LogicalTime, sequence: UInt64, delivered: Stamp = .zero, received: [UInt64],
    isProbe: Bool = false, updates: [Update] = [], incarnation: UInt64 = 0
  ) {
    self.sender = sender
    self.clock = clock
    self.sequence = sequence
    self.delivered = delivered
    self.received = received
    self.isProbe = isProbe
    self.updates = updates
    self.incarnation = incarnation
  }
}

/// A request to one replica for updates of its own that the asker missed.
public struct Fetch: Hashable, Sendable {
  /// Who asks.
  public let asker: ServerID
  /// The sequence numbers wanted.
  public let range: ClosedRange<UInt64>

  /// Makes a request.
  public init(asker: ServerID, range: ClosedRange<UInt64>) {
    self.asker = asker
    self.range = range
  }
}
