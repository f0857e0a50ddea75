import KeyValue

extension ConfigurationReader {
  /// Reads the `faults` section.
  mutating func faults(_ located: Located?, serverCount: Int?) -> FaultSchedule? {
    guard let located = present(located) else { return nil }
    let expected = "a list of faults, at most \(FaultSchedule.entryCountMax)"
    guard let elements = located.elements, elements.count <= FaultSchedule.entryCountMax else {
      report(located, expected: expected)
      return nil
    }
    return FaultSchedule(elements.compactMap { entry($0, serverCount: serverCount) })
  }

  private mutating func entry(_ located: Located, serverCount: Int?) -> FaultSchedule.Entry? {
    guard let object = located.json.object else {
      report(located, expected: "an object with a fault and when it happens")
      return nil
    }
    let names = FaultName.allCases.map(\.rawValue) + ["random"]
    let expected = Self.alternatives(names)
    let path = located.path.member("fault")
    guard let json = object["fault"] else {
      report(path, found: "nothing", expected: expected)
      return nil
    }
    let text = json.string?.lowercased()
    if text == "random" { return random(located, serverCount: serverCount) }
    guard let name = text.flatMap({ FaultName(rawValue: $0) }) else {
      let named = Located(json, at: path)
      report(named, expected: expected, suggestion: Self.suggestion(for: named, among: names))
      return nil
    }
    return fault(name, located, serverCount: serverCount).map { .fault($0) }
  }

  private mutating func fault(_ name: FaultName, _ located: Located, serverCount: Int?) -> ScheduledFault? {
    let common = ["fault", "servers", "at", "every", "times"] + (name == .reset ? [] : ["for"])
    guard let members = members(of: located, common + name.parameters) else { return nil }
    guard let kind = kind(name, members, in: located) else { return nil }
    var fault = ScheduledFault(kind)
    fault.servers = servers(members["servers"], serverCount: serverCount)
    if case .partition(let shape) = kind {
      check(shape, named: fault.servers, members, in: located, serverCount: serverCount)
    }
    fault.start = time(members["at"], in: .zero...FaultSchedule.durationMax) ?? .zero
    fault.duration = time(members["for"], in: .microseconds(1)...FaultSchedule.durationMax)
    fault.period = time(members["every"], in: FaultSchedule.periodMin...FaultSchedule.durationMax)
    fault.times = times(members)
    if let period = fault.period, let located = members["every"] {
      if name != .reset, fault.duration == nil, present(members["for"]) == nil {
        report(
          located, expected: "a time for which it lasts, too, since it cannot begin again before it has ended"
        )
      } else if let duration = fault.duration, duration >= period {
        report(located, expected: "more than \(DurationText.text(duration.nanoseconds)), for which it lasts")
      }
    }
    return fault
  }

  private mutating func times(_ members: [String: Located]) -> Int? {
    let times = count(members["times"], in: 1...FaultSchedule.timesMax, of: "times")
    if let located = present(members["times"]), present(members["every"]) == nil {
      report(located, expected: "none without how often it begins: every")
    }
    return times
  }

  private mutating func kind(
    _ name: FaultName, _ members: [String: Located], in located: Located
  ) -> ScheduledFault.Kind? {
    let times = Duration.zero...FaultSchedule.durationMax
    switch name {
    case .kill: return .kill
    case .pause: return .pause
    case .reset: return .reset
    case .partition:
      let shape: PartitionShape? = self.name(
        required(
          "shape", members, in: located, expected: Self.alternatives(PartitionShape.allCases.map(\.rawValue)))
      )
      return shape.map { .partition($0) }
    case .slow:
      return time(required("by", members, in: located, expected: "the time it takes longer"), in: times)
        .map { .slow(by: $0) }
    case .delay:
      let mean = time(required("mean", members, in: located, expected: "the mean time"), in: times)
      let jitter = time(members["jitter"], in: times) ?? .zero
      return mean.map { .delay(mean: $0, jitter: jitter) }
    case .loss: return probability(members, in: located).map { .loss($0) }
    case .duplicate: return probability(members, in: located).map { .duplicate($0) }
    case .reorder:
      let share = probability(members, in: located)
      let delay = time(members["by"], in: times) ?? .milliseconds(1)
      return share.map { .reorder($0, by: delay) }
    case .clock:
      let skews = Duration.zero - FaultSchedule.durationMax...FaultSchedule.durationMax
      let skew = time(required("skew", members, in: located, expected: "how far it is off"), in: skews)
      let clients = numbers(
        members["clients"], in: 0...ClusterConfiguration.clientNumberMax,
        expected: "a list of clients' numbers")
      return skew.map { .clock(skew: $0, clients: clients ?? []) }
    case .bandwidth:
      let expected = "a number of bytes a second"
      return count(
        required("bytes_per_second", members, in: located, expected: expected), in: 1...1_000_000_000_000,
        of: "bytes a second"
      ).map { .bandwidth(bytesPerSecond: $0) }
    case .queue:
      return count(
        required("messages", members, in: located, expected: "a number of messages"), in: 0...1_000_000,
        of: "messages"
      ).map { .queue(messages: $0) }
    }
  }

  private mutating func probability(_ members: [String: Located], in located: Located) -> Share? {
    share(required("probability", members, in: located, expected: "a number from 0 to 1"))
  }

  private mutating func servers(_ located: Located?, serverCount: Int?) -> [Int]? {
    let last = (serverCount ?? ClusterConfiguration.serverCounts.upperBound) - 1
    return numbers(located, in: 0...last, expected: "a list of servers, each from 0 to \(last) and once")
  }

  /// Different numbers of a range, ascending; nil where they are left out or wrong.
  private mutating func numbers(
    _ located: Located?, in range: ClosedRange<Int>, expected: String
  ) -> [Int]? {
    guard let located = present(located) else { return nil }
    let numbers = located.elements?.compactMap { $0.numeral.flatMap { Int(exactly: $0) } } ?? []
    guard let elements = located.elements, !elements.isEmpty, Set(numbers).count == elements.count,
      numbers.allSatisfy({ range.contains($0) })
    else {
      report(located, expected: expected)
      return nil
    }
    return numbers.sorted()
  }

  private mutating func check(
    _ shape: PartitionShape, named servers: [Int]?, _ members: [String: Located], in located: Located,
    serverCount: Int?
  ) {
    guard let serverCount else { return }
    if serverCount < shape.serverCountMin, let shaped = members["shape"] {
      report(shaped, expected: "a shape that parts \(serverCount) servers")
      return
    }
    guard let servers, let named = members["servers"] else { return }
    let most =
      switch shape {
      case .isolate: serverCount
      case .halves, .oneWay: serverCount - 1
      case .majority: (serverCount - 1) / 2
      case .bridge: 1
      case .ring: 0
      }
    if servers.count > most {
      report(
        named, expected: most == 0 ? "none, as a ring concerns all" : "at most \(most) for \(shape.rawValue)")
    }
  }

  private mutating func random(_ located: Located, serverCount: Int?) -> FaultSchedule.Entry? {
    let names = ["fault", "kinds", "at", "for", "every", "times"]
    guard let members = members(of: located, names) else { return nil }
    var random = RandomFaults()
    if let kinds = present(members["kinds"]) {
      let elements = kinds.elements ?? []
      if elements.isEmpty { report(kinds, expected: "a list of kinds of faults") }
      random.kinds = elements.compactMap { name($0) }
    }
    random.start = time(members["at"], in: .zero...FaultSchedule.durationMax) ?? random.start
    random.duration =
      time(members["for"], in: .microseconds(1)...FaultSchedule.durationMax) ?? random.duration
    random.period =
      time(members["every"], in: FaultSchedule.periodMin...FaultSchedule.durationMax) ?? random.period
    random.times = count(members["times"], in: 1...FaultSchedule.timesMax, of: "times")
    return .random(random)
  }
}

extension FaultName {
  /// The members that a configuration gives a fault of the kind beside those that all have.
  var parameters: [String] {
    switch self {
    case .partition: ["shape"]
    case .kill, .pause, .reset: []
    case .slow: ["by"]
    case .delay: ["mean", "jitter"]
    case .loss, .duplicate: ["probability"]
    case .reorder: ["probability", "by"]
    case .clock: ["skew", "clients"]
    case .bandwidth: ["bytes_per_second"]
    case .queue: ["messages"]
    }
  }
}
