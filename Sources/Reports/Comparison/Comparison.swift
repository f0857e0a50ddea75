public import KeyValue

/// What several configurations cost beside one another: the same requests at several levels, say.
public struct Comparison: Sendable {
  /// One configuration and its runs.
  public struct Entry: Sendable {
    /// The configuration's name.
    public let name: String
    /// The level that it promises.
    public let level: String
    /// The mechanism that is to keep it.
    public let replicationProtocol: String
    /// What the clients of each run did.
    public let runs: [RunSummary]
    /// How the runs ended, their verdicts included.
    public let statuses: [CheckStatus]

    /// Makes an entry.
    public init(
      name: String, level: String, replicationProtocol: String, runs: [RunSummary], statuses: [CheckStatus]
    ) {
      self.name = name
      self.level = level
      self.replicationProtocol = replicationProtocol
      self.runs = runs
      self.statuses = statuses
    }

    /// One row for each kind of operation, over all runs.
    var kinds: [RunSummary.Row] { RunSummary.kinds(runs) }

    /// How many operations took effect.
    var operations: Int { kinds.reduce(0) { $0 + $1.ok } }

    /// Operations that took effect in a second of the clients' time; nil when there is nothing to divide.
    var throughput: Double? {
      let nanoseconds = runs.reduce(0) { $0 + Double($1.nanoseconds) }
      return nanoseconds > 0 && operations > 0 ? Double(operations) / nanoseconds * 1e9 : nil
    }

    /// "holds" or what the worst of the runs is.
    var verdict: String {
      let worst = CheckStatus.worst(statuses)
      let count = statuses.count { $0 == worst }
      let share = statuses.count > 1 && worst != .holds ? " (\(count) of \(statuses.count) runs)" : ""
      switch worst {
      case .holds: return "holds"
      case .violated: return "violated" + share
      case .undecided: return "undecided" + share
      default: return "went wrong" + share
      }
    }
  }

  /// A kind of operation at one configuration, beside the cheapest.
  struct Cost {
    let entry: Entry
    let row: RunSummary.Row
    /// How many times as long the median takes as at the configuration where it is least; nil when nothing completed.
    let ratio: Double?
  }

  /// The configurations, in the order in which they were named.
  public let entries: [Entry]

  /// Makes a comparison.
  public init(_ entries: [Entry]) {
    self.entries = entries
  }

  /// The status that the comparison ends with: the worst of all runs.
  public var status: CheckStatus { CheckStatus.worst(entries.flatMap(\.statuses)) }

  /// Each kind of operation, with what it costs at each configuration that has it.
  var costs: [(kind: String, costs: [Cost])] {
    var kinds: [String] = []
    for row in entries.flatMap(\.kinds) where !kinds.contains(row.name) { kinds.append(row.name) }
    return kinds.map { kind in
      let rows = entries.compactMap { entry in
        entry.kinds.first { $0.name == kind }.map { (entry, $0) }
      }
      let least = rows.compactMap { $0.1.latency(percentile: 50) }.min()
      return (
        kind,
        rows.map { entry, row in
          let median = row.latency(percentile: 50)
          let ratio = median.flatMap { median in
            least.flatMap { $0 > 0 ? Double(median) / Double($0) : nil }
          }
          return Cost(entry: entry, row: row, ratio: ratio)
        }
      )
    }
  }

  /// The throughput of each configuration, and what share of the highest it is.
  var throughputs: [(entry: Entry, perSecond: Double?, ratio: Double?)] {
    let most = entries.compactMap(\.throughput).max()
    return entries.map { entry in
      (entry, entry.throughput, entry.throughput.flatMap { rate in most.map { rate / $0 } })
    }
  }

  /// Two tables: what each kind of operation costs at each configuration, and how many operations a second make.
  public var text: String {
    var latencies = Table([
      "operation", "configuration", "level", .number("count"), .number("p50"), .number("p90"), .number("p99"),
      .number("max"), .number("p50 / least"),
    ])
    for (kind, costs) in costs {
      for cost in costs {
        latencies.append(
          [kind, cost.entry.name.printable, cost.entry.level, "\(cost.row.ok)"]
            + [50, 90, 99, 100].map { Self.latency(cost.row, $0) } + [Self.ratio(cost.ratio)])
      }
    }
    var rates = Table([
      "configuration", "level", "protocol", .number("runs"), .number("operations"), .number("per second"),
      .number("/ most"), "at its level",
    ])
    for (entry, perSecond, ratio) in throughputs {
      rates.append([
        entry.name.printable, entry.level, entry.replicationProtocol, "\(entry.runs.count)",
        "\(entry.operations)",
        Self.rate(perSecond), Self.ratio(ratio), entry.verdict,
      ])
    }
    return latencies.text + "\n" + rates.text
  }

  static func latency(_ row: RunSummary.Row, _ percentile: Double) -> String {
    row.latency(percentile: percentile).map { TimeText.duration(nanoseconds: $0) } ?? "-"
  }

  static func ratio(_ ratio: Double?) -> String {
    ratio.map { TimeText.fixed($0, places: 2) } ?? "-"
  }

  static func rate(_ perSecond: Double?) -> String {
    perSecond.map { TimeText.fixed($0, places: $0 < 100 ? 1 : 0) } ?? "-"
  }

  /// The same for programs. Latencies are in nanoseconds.
  public var json: JSON {
    func number(_ number: Double?) -> JSON { number.map { JSON($0) } ?? .value(.null) }
    let costs = costs
    let throughputs = throughputs
    return [
      "format": JSON(JSONReport.format), "exitStatus": JSON(status.rawValue),
      "configurations": .array(
        throughputs.enumerated().map { index, element in
          let (entry, perSecond, ratio) = element
          let operations = costs.compactMap { kind, costs -> JSON? in
            guard
              let cost = costs.first(where: { $0.entry.name == entry.name && $0.entry.level == entry.level })
            else { return nil }
            func latency(_ percentile: Double) -> JSON {
              cost.row.latency(percentile: percentile).map { JSON($0) } ?? .value(.null)
            }
            return [
              "name": JSON(kind), "ok": JSON(cost.row.ok), "fail": JSON(cost.row.failed),
              "unknown": JSON(cost.row.unknown),
              "latency_ns": [
                "p50": latency(50), "p90": latency(90), "p99": latency(99), "max": latency(100),
              ],
              "medianToLeast": number(cost.ratio),
            ]
          }
          return [
            "name": JSON(entry.name), "level": JSON(entry.level), "protocol": JSON(entry.replicationProtocol),
            "runs": JSON(entry.runs.count), "exitStatus": JSON(CheckStatus.worst(entry.statuses).rawValue),
            "operationsPerSecond": number(perSecond), "throughputToMost": number(ratio),
            "operations": .array(operations),
          ]
        }),
    ]
  }
}
