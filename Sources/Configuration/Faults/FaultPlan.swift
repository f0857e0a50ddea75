public import KeyValue

/// What travels from one server to another.
public struct DirectedLink: Sendable, Hashable, Comparable {
  /// Who sends.
  public let from: Int
  /// Who receives.
  public let to: Int

  /// Makes a link.
  public init(from: Int, to: Int) {
    self.from = from
    self.to = to
  }

  /// Orders by sender, then by receiver.
  public static func < (left: DirectedLink, right: DirectedLink) -> Bool {
    (left.from, left.to) < (right.from, right.to)
  }
}

/// A fault at a certain time, with everything settled that its configuration left to the seed.
public struct FaultOccurrence: Sendable, Hashable {
  /// Its place among all faults of the run, in order of their beginnings.
  public let number: Int
  /// What goes wrong.
  public let kind: ScheduledFault.Kind
  /// The servers concerned, ascending.
  public let servers: [Int]
  /// The links concerned, ascending; empty for kinds that concern servers.
  public let links: [DirectedLink]
  /// When it begins, after the load has begun.
  public let start: Duration
  /// When it ends; nil for when the load does. Equal to ``start`` for what happens in an instant.
  public let end: Duration?

  /// Makes an occurrence.
  public init(
    number: Int, kind: ScheduledFault.Kind, servers: [Int], links: [DirectedLink], start: Duration,
    end: Duration?
  ) {
    self.number = number
    self.kind = kind
    self.servers = servers
    self.links = links
    self.start = start
    self.end = end
  }

  /// What it is and of whom, in words.
  public var summary: String {
    let ends = links.flatMap { [$0.from, $0.to] }
    let names = (servers.isEmpty ? Set(ends).sorted() : servers).map { "\($0)" }
    return kind.name.rawValue + (names.isEmpty ? "" : " of \(names.joined(separator: ", "))")
  }

  /// What the `nemesis` event says that records its beginning or its end. The event's `f` is the name of the kind.
  public func details(isStart: Bool) -> JSON {
    var object: JSONObject = ["fault": JSON(number), "phase": isStart ? "start" : "end"]
    object["servers"] = .array(servers.map { JSON($0) })
    if isStart { for member in kind.parameters.members { object.append(member) } }
    if case .partition = kind, isStart {
      object["cut"] = .array(links.map { [JSON($0.from), JSON($0.to)] })
    }
    return .object(object)
  }
}

/// The faults of a run in order of their beginnings: a function of the schedule, the number of servers and the seed.
///
/// There may be no last one. Whoever drives the run takes the next when its time has come, and ends what is in force when
/// the load is over.
public struct FaultPlan: Sendable {
  fileprivate struct Source: Sendable {
    let entry: FaultSchedule.Entry
    var random: SplitMix64
    /// When the next begins; nil when there is none.
    var next: Duration?
    var begun = 0
  }

  private let servers: Int
  private var sources: [Source]
  private var count = 0

  /// Starts the faults of a run.
  ///
  /// - Parameter servers: how many there are. The schedule names no other.
  public init(_ schedule: FaultSchedule, servers: Int, seed: UInt64) {
    self.servers = servers
    sources = schedule.entries.enumerated().map { index, entry in
      var random = SplitMix64(seed: seed, stream: 0xFA17 << 32 | UInt64(index))
      let next: Duration =
        switch entry {
        case .fault(let fault): fault.start
        case .random(let faults): faults.start + random.around(faults.period) - faults.period / 2
        }
      return Source(entry: entry, random: random, next: next)
    }
  }

  /// The fault that begins next; nil when there is none. Linear in the entries of the schedule.
  public mutating func next() -> FaultOccurrence? {
    var first: (index: Int, start: Duration)?
    for (index, source) in sources.enumerated() {
      guard let start = source.next, start < first?.start ?? .seconds(Int64.max) else { continue }
      first = (index, start)
    }
    guard let (index, start) = first else { return nil }
    defer { count += 1 }
    let drawn = sources[index].draw(at: start, servers: servers)
    let targets = Targets(drawn, servers: servers, &sources[index].random)
    let end = drawn.kind.name == .reset ? start : drawn.duration.map { start + $0 }
    return FaultOccurrence(
      number: count, kind: drawn.kind, servers: targets.servers, links: targets.links, start: start, end: end)
  }
}

extension FaultPlan.Source {
  /// The fault that begins now, and settles when the next does.
  mutating func draw(at start: Duration, servers: Int) -> ScheduledFault {
    begun += 1
    switch entry {
    case .fault(let fault):
      let times = fault.period == nil ? 1 : fault.times ?? .max
      next = begun < times ? fault.period.map { start + $0 } : nil
      return fault
    case .random(let faults):
      next = begun < faults.times ?? .max ? start + random.around(faults.period) : nil
      return faults.draw(servers: servers, &random)
    }
  }
}

extension RandomFaults {
  /// A fault of one of the kinds. Its strength is in proportion to how long faults last.
  func draw(servers: Int, _ random: inout SplitMix64) -> ScheduledFault {
    func part(_ divisors: [Int64]) -> Duration { duration / (random.pick(divisors) ?? 1) }
    func share() -> Share { Share(perMillion: random.pick([10_000, 100_000, 500_000]) ?? 0) }
    let kind: ScheduledFault.Kind
    switch random.pick(kinds) ?? .pause {
    case .partition:
      let shapes = PartitionShape.allCases.filter { $0.serverCountMin <= servers }
      kind = .partition(random.pick(shapes) ?? .isolate)
    case .kill: kind = .kill
    case .pause: kind = .pause
    case .slow: kind = .slow(by: part([1000, 300, 100]))
    case .delay: kind = .delay(mean: part([100, 30, 10]), jitter: part([100, 30]))
    case .loss: kind = .loss(share())
    case .duplicate: kind = .duplicate(share())
    case .reorder: kind = .reorder(share(), by: part([100, 30]))
    case .clock: kind = .clock(skew: part([100, 10, 1, -100, -10, -1]), clients: [])
    case .reset: kind = .reset
    case .bandwidth: kind = .bandwidth(bytesPerSecond: random.pick([10_000, 100_000, 1_000_000]) ?? 0)
    case .queue: kind = .queue(messages: random.pick([1, 10, 100]) ?? 0)
    }
    return ScheduledFault(kind, duration: random.around(duration))
  }
}

extension SplitMix64 {
  /// A time from half to one and a half of the mean.
  mutating func around(_ mean: Duration) -> Duration {
    .nanoseconds(mean.nanoseconds / 2 + below(mean.nanoseconds + 1))
  }
}
