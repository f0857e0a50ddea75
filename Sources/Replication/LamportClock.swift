/// Nanoseconds, microseconds or ticks: whatever a ``LamportClock`` counts. Only the order of times matters.
public typealias LogicalTime = UInt64

/// A clock that respects causality: what happens after seeing a message is later than the message.
///
/// Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", CACM 21(7), 1978. With `notBefore` it
/// also keeps near the wall clock, as a hybrid logical clock does (Kulkarni et al., OPODIS 2014), so that "last" among
/// causally unrelated writes means what people expect.
public struct LamportClock: Sendable, Hashable {
  /// The latest time given out or seen. Times given out later are greater.
  public private(set) var time: LogicalTime = 0

  /// Makes a clock at 0.
  public init() {}

  /// A new time, greater than every time given out or seen so far and at least `notBefore`.
  public mutating func tick(notBefore: LogicalTime = 0) -> LogicalTime {
    time = max(time + 1, notBefore)
    return time
  }

  /// Takes note of a time seen in a message.
  public mutating func witness(_ seen: LogicalTime) {
    time = max(time, seen)
  }
}

/// A time with the replica that gave it out: different for any two events, ordered alike by everyone.
public struct Stamp: Hashable, Sendable, Comparable {
  /// The time on the replica's ``LamportClock``.
  public let time: LogicalTime
  /// The replica.
  public let server: ServerID

  /// Before every stamp of an update.
  public static let zero = Stamp(time: 0, server: ServerID(0))

  /// Makes a stamp.
  public init(time: LogicalTime, server: ServerID) {
    self.time = time
    self.server = server
  }

  /// Orders by time; equal times by replica.
  public static func < (left: Stamp, right: Stamp) -> Bool {
    (left.time, left.server) < (right.time, right.server)
  }
}
