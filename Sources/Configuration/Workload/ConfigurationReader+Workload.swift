import KeyValue

extension ConfigurationReader {
  /// Reads the `workload` section; nil when there is none.
  mutating func workload(
    _ located: Located?
  ) -> Workload? {
    let names = [
      "clients", "sessions", "operations", "duration", "warm_up", "rate", "reads", "cas", "keys",
      "distribution", "values", "value_size", "timeout",
    ]
    let aliases = [
      "read_ratio": "reads", "compare_and_set": "cas", "key_distribution": "distribution",
      "warmup": "warm_up",
    ]
    guard let located, !located.isNull, let members = members(of: located, names, aliases: aliases) else {
      return nil
    }
    var workload = Workload()
    workload.clients = count(members["clients"], in: Workload.clientCounts, of: "clients") ?? workload.clients
    let sessionsMax = Workload.sessionCountMax
    workload.sessionsPerClient =
      count(members["sessions"], in: 1...sessionsMax, of: "sessions of each client") ?? 1
    if workload.sessions > sessionsMax, let sessions = members["sessions"] {
      report(
        sessions.path, found: "\(workload.sessions) sessions of all clients together",
        expected: "at most \(sessionsMax)")
    }
    workload.length = length(members) ?? workload.length
    workload.warmUp = time(members["warm_up"], in: .zero...Workload.durationMax) ?? workload.warmUp
    workload.rate = count(members["rate"], in: 1...Workload.rateMax, of: "operations a second")
    mix(&workload, members)
    workload.keys = count(members["keys"], in: 1...Workload.keyCountMax, of: "keys") ?? workload.keys
    workload.distribution =
      name(members["distribution"], aliases: ["zipf": .zipfian]) ?? workload.distribution
    workload.values = values(members["values"]) ?? workload.values
    workload.valueSize =
      count(members["value_size"], in: 0...Workload.valueSizeMax, of: "bytes") ?? workload.valueSize
    workload.timeout =
      time(members["timeout"], in: .milliseconds(1)...Workload.durationMax) ?? workload.timeout
    return workload
  }

  private mutating func length(_ members: [String: Located]) -> Workload.Length? {
    let operations = count(members["operations"], in: 1...Workload.operationCountMax, of: "operations")
    let duration = time(members["duration"], in: .milliseconds(1)...Workload.durationMax)
    if let first = present(members["operations"]), let second = present(members["duration"]) {
      report(second.path, found: "\(first.path) too", expected: "one of them")
    }
    return operations.map { .operations($0) } ?? duration.map { .duration($0) }
  }

  private mutating func mix(
    _ workload: inout Workload, _ members: [String: Located]
  ) {
    let reads = share(members["reads"])
    let sets = share(members["cas"])
    workload.compareAndSets = sets ?? .never
    let rest = Share(perMillion: Share.always.perMillion - workload.compareAndSets.perMillion)
    workload.reads = reads ?? (workload.reads.perMillion < rest.perMillion ? workload.reads : rest)
    if workload.reads.perMillion > rest.perMillion, let located = members["reads"] {
      report(located, expected: "at most \(rest.fraction), as cas is \(workload.compareAndSets.fraction)")
    }
    if let located = members["cas"], workload.compareAndSets != .never,
      let offender = protocolWithoutCompareAndSet
    {
      report(located, expected: "no compare-and-sets, which \(offender) cannot offer")
    }
  }

  private mutating func values(_ located: Located?) -> Workload.ValueChoice? {
    guard let located = present(located) else { return nil }
    if located.json.string?.lowercased() == "unique" { return .unique }
    if let count = located.numeral.flatMap({ Int(exactly: $0) }), (1...Workload.keyCountMax).contains(count) {
      return .among(count)
    }
    report(located, expected: "unique, or how many different values, 1 to \(Workload.keyCountMax)")
    return nil
  }
}

// MARK: - Members that may be left out

extension ConfigurationReader {
  /// The member, unless it says nothing.
  func present(_ located: Located?) -> Located? {
    located.flatMap { $0.isNull ? nil : $0 }
  }

  /// How many; nil where it is left out or wrong.
  mutating func count(_ located: Located?, in range: ClosedRange<Int>, of what: String) -> Int? {
    number(
      present(located), in: range, expected: "a number of \(what), \(range.lowerBound) to \(range.upperBound)"
    )
  }

  /// How often; nil where it is left out or wrong.
  mutating func share(_ located: Located?) -> Share? {
    guard let located = present(located) else { return nil }
    let fraction: Double? =
      switch located.json.scalar {
      case .integer(let integer): Double(integer)
      case .number(let number): number
      default: nil
      }
    if let share = fraction.flatMap({ Share(fraction: $0) }) { return share }
    report(located, expected: "a number from 0 to 1")
    return nil
  }

  /// How long; nil where it is left out or wrong.
  mutating func time(_ located: Located?, in range: ClosedRange<Duration>) -> Duration? {
    guard let located = present(located) else { return nil }
    let nanoseconds =
      located.json.string.flatMap { DurationText.nanoseconds($0) }
      ?? located.wholeNumber.flatMap { milliseconds in
        let (time, overflows) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        return overflows ? nil : time
      }
    if let time = nanoseconds.map({ Duration.nanoseconds($0) }), range.contains(time) { return time }
    let least = DurationText.text(range.lowerBound.nanoseconds)
    let most = DurationText.text(range.upperBound.nanoseconds)
    report(
      located, expected: "a time such as \"30s\" or \"1.5ms\", or milliseconds, from \(least) to \(most)")
    return nil
  }

  /// One of the names of an enumeration, in any case; nil where it is left out or wrong.
  mutating func name<Name: RawRepresentable<String> & CaseIterable>(
    _ located: Located?, aliases: [String: Name] = [:]
  ) -> Name? {
    guard let located = present(located) else { return nil }
    if let text = located.json.string?.lowercased(), let name = Name(rawValue: text) ?? aliases[text] {
      return name
    }
    let names = Name.allCases.map(\.rawValue)
    report(
      located, expected: Self.alternatives(names),
      suggestion: Self.suggestion(for: located, among: names + aliases.keys.sorted()))
    return nil
  }
}
