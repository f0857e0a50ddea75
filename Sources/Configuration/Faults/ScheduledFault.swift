public import KeyValue

/// A fault that a configuration schedules: what goes wrong, with which servers, and when.
public struct ScheduledFault: Sendable, Hashable {
  /// What goes wrong.
  public enum Kind: Sendable, Hashable {
    /// Links between servers carry nothing.
    case partition(PartitionShape)
    /// Servers end without warning and lose their memory; they are started anew when the fault ends.
    case kill
    /// Servers stand still and lose nothing.
    case pause
    /// Servers take so much longer over each turn.
    case slow(by: Duration)
    /// Links take longer: by the mean, more or less by up to the jitter.
    case delay(mean: Duration, jitter: Duration)
    /// Links lose messages.
    case loss(Share)
    /// Links deliver messages twice.
    case duplicate(Share)
    /// Links hold messages back for a time, so that later ones overtake them.
    case reorder(Share, by: Duration)
    /// Wall clocks of servers, and of these clients, are off by so much.
    case clock(skew: Duration, clients: [Int])
    /// Connections are cut and made anew at once: what is on the way is lost.
    case reset
    /// Links carry so many bytes a second.
    case bandwidth(bytesPerSecond: Int)
    /// Links hold so many messages that have not arrived; more are lost.
    case queue(messages: Int)

    /// The name of the kind in a configuration and in a history.
    public var name: FaultName {
      switch self {
      case .partition: .partition
      case .kill: .kill
      case .pause: .pause
      case .slow: .slow
      case .delay: .delay
      case .loss: .loss
      case .duplicate: .duplicate
      case .reorder: .reorder
      case .clock: .clock
      case .reset: .reset
      case .bandwidth: .bandwidth
      case .queue: .queue
      }
    }
  }

  /// What goes wrong.
  public var kind: Kind
  /// The servers concerned, ascending; nil for what ``FaultName/target`` says.
  public var servers: [Int]?
  /// When it begins, after the load has begun.
  public var start: Duration
  /// How long it lasts; nil for until the faults end, when the load does.
  public var duration: Duration?
  /// How often it begins anew: that time after it last began; nil for once.
  public var period: Duration?
  /// How many times it begins; nil for until the load ends.
  public var times: Int?

  /// Makes a fault.
  public init(
    _ kind: Kind, servers: [Int]? = nil, start: Duration = .zero, duration: Duration? = nil,
    period: Duration? = nil, times: Int? = nil
  ) {
    self.kind = kind
    self.servers = servers
    self.start = start
    self.duration = duration
    self.period = period
    self.times = times
  }
}

/// The names of the kinds of faults.
public enum FaultName: String, Sendable, Hashable, CaseIterable {
  case partition, kill, pause, slow, delay, loss, duplicate, reorder, clock, reset, bandwidth, queue

  /// Whom a fault concerns that names no server.
  public enum Target: Sendable, Hashable {
    /// One server, drawn from the seed each time that it begins.
    case drawnServer
    /// All links.
    case allLinks
    /// What its shape asks for, drawn from the seed each time.
    case shape
  }

  /// Whom a fault of the kind concerns that names no server.
  public var target: Target {
    switch self {
    case .partition: .shape
    case .kill, .pause, .slow, .clock, .reset: .drawnServer
    case .delay, .loss, .duplicate, .reorder, .bandwidth, .queue: .allLinks
    }
  }
}

/// Which servers a partition keeps from one another.
public enum PartitionShape: String, Sendable, Hashable, CaseIterable {
  /// Each of the named servers from every other.
  case isolate
  /// The named servers, or a half of all, from the others.
  case halves
  /// The named servers, or fewer than half of all, from the others.
  case majority
  /// Two halves, but for one server, the first named, that both see.
  case bridge
  /// Each server from all but its two neighbours on a ring, so that no two see the same ones.
  case ring
  /// What the named servers send is lost; what they are sent arrives.
  case oneWay = "one-way"

  /// How few servers there may be for it to part any.
  public var serverCountMin: Int {
    switch self {
    case .isolate, .halves, .oneWay: 2
    case .majority, .bridge: 3
    case .ring: 4
    }
  }
}

/// Faults drawn from the seed, one after the other and at times several at once.
public struct RandomFaults: Sendable, Hashable {
  /// The kinds to draw from. Never empty.
  public var kinds: [FaultName]
  /// When the first may begin, after the load has begun.
  public var start: Duration
  /// The mean time from the beginning of one to that of the next. Times lie between half and one and a half of it.
  public var period: Duration
  /// The mean time that one lasts, likewise.
  public var duration: Duration
  /// How many begin; nil for until the load ends.
  public var times: Int?

  /// Makes random faults.
  public init(
    kinds: [FaultName] = FaultName.allCases, start: Duration = .zero, period: Duration = .seconds(2),
    duration: Duration = .seconds(1), times: Int? = nil
  ) {
    self.kinds = kinds
    self.start = start
    self.period = period
    self.duration = duration
    self.times = times
  }
}

/// The `faults` section of a configuration. All faults are composable: several may be in force at once.
public struct FaultSchedule: Sendable, Hashable {
  /// One entry of the section.
  public enum Entry: Sendable, Hashable {
    /// A fault as written.
    case fault(ScheduledFault)
    /// Faults drawn from the seed.
    case random(RandomFaults)
  }

  /// How many entries there may be.
  public static let entryCountMax = 1000
  /// How many times a fault may be asked to begin.
  public static let timesMax = 100_000
  /// The longest time that may be asked for.
  public static let durationMax = Workload.durationMax
  /// The shortest time from one beginning to the next.
  public static let periodMin = Duration.milliseconds(1)

  /// The entries in the order in which they were written.
  public var entries: [Entry]

  /// Makes a schedule.
  public init(_ entries: [Entry] = []) { self.entries = entries }

  /// Whether nothing goes wrong.
  public var isEmpty: Bool { entries.isEmpty }

  /// The section written out.
  public var json: JSON { .array(entries.map(\.json)) }
}
