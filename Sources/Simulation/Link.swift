import Configuration

/// The way from one server to another, and what is wrong with it at present.
///
/// Broadcasts, and what is sent to one server, travel in lanes of their own, as they do over ZeroMQ: each keeps its
/// order, and either may overtake the other.
struct Link {
  /// One of the two ways.
  struct Lane {
    /// How many messages went this way: with the seed, what each message's fate is drawn from. A message that is left out
    /// of a run changes nothing for those on other links.
    var count: UInt64 = 0
    /// When the last message arrives.
    var lastArrival: Int64 = 0
  }

  /// The broadcasts, and what is sent to one server.
  var lanes = [Lane(), Lane()]
  /// Counts the resets. What was sent before one does not arrive after it.
  var epoch = 0
  /// How many messages are on the way.
  var onTheWay = 0
  /// When the last byte has left, where the bandwidth is limited.
  var busyUntil: Int64 = 0
  /// What is wrong.
  var trouble = Trouble()

  /// What faults do to a link.
  struct Trouble: Equatable {
    var isCut = false
    var delay: Int64 = 0
    var jitter: Int64 = 0
    var loss = Share.never
    var duplicate = Share.never
    var reorder = Share.never
    var reorderBy: Int64 = 0
    var bytesPerSecond: Int?
    var queueMax: Int?

    /// Adds what a fault does.
    mutating func add(_ kind: ScheduledFault.Kind) {
      switch kind {
      case .partition: isCut = true
      case .delay(let mean, let jitter):
        // The jitter goes both ways; no message arrives before it was sent.
        delay += max(0, mean.nanoseconds - jitter.nanoseconds)
        self.jitter += min(mean.nanoseconds, jitter.nanoseconds) + jitter.nanoseconds
      case .loss(let share): loss = loss.or(share)
      case .duplicate(let share): duplicate = duplicate.or(share)
      case .reorder(let share, let time):
        reorder = reorder.or(share)
        reorderBy = max(reorderBy, time.nanoseconds)
      case .bandwidth(let bytes): bytesPerSecond = min(bytes, bytesPerSecond ?? .max)
      case .queue(let messages): queueMax = min(messages, queueMax ?? .max)
      case .kill, .pause, .slow, .clock, .reset: break
      }
    }
  }
}

extension Share {
  /// How often at least one of two independent things happens.
  func or(_ other: Share) -> Share {
    Share(perMillion: perMillion + other.perMillion - perMillion * other.perMillion / 1_000_000)
  }
}
