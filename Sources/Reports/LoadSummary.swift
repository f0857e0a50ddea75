public import History
public import KeyValue

/// What came of a load and what it cost, for a table or a program.
public struct LoadSummary: Sendable {
  /// The percentiles that are shown.
  private static let percentiles: [(title: String, name: String, percentile: Double)] = [
    ("p50", "p50", 50), ("p90", "p90", 90), ("p99", "p99", 99), ("p99.9", "p99_9", 99.9), ("max", "max", 100),
  ]

  /// The counts that it shows.
  public let statistics: LoadStatistics

  /// Sums up.
  public init(_ statistics: LoadStatistics) {
    self.statistics = statistics
  }

  private var rows: [(name: String, counts: LoadStatistics.Kind)] {
    var rows = Operation.Kind.allCases.compactMap { kind in
      statistics.kinds[kind].flatMap { $0.count == 0 ? nil : (name: kind.eventFunction, counts: $0) }
    }
    var all = LoadStatistics.Kind()
    for row in rows {
      all.ok += row.counts.ok
      all.failed += row.counts.failed
      all.busy += row.counts.busy
      all.unknown += row.counts.unknown
    }
    all.latencies = statistics.latencies
    if rows.count != 1 { rows.append((name: "all", counts: all)) }
    return rows
  }

  /// A table with a row for each kind of operation and one for all, and what else there is to say, each on a line.
  public var text: String {
    var table = Table(
      [
        "operation", .number("count"), .number("ok"), .number("fail"), .number("unknown"),
        .number("per second"),
      ] + Self.percentiles.map { .number($0.title) })
    for row in rows {
      table.append(
        [
          row.name, "\(row.counts.count)", "\(row.counts.ok)", "\(row.counts.failed)",
          "\(row.counts.unknown)", TimeText.fixed(rate(row.counts.count), places: 0),
        ]
          + Self.percentiles.map { column in
            let latency = row.counts.latencies.nanoseconds(percentile: column.percentile)
            return latency.map { TimeText.duration(nanoseconds: $0) } ?? "-"
          })
    }
    var text = table.text
    let busy = statistics.kinds.values.reduce(0) { $0 + $1.busy }
    if busy > 0 {
      text += "of those that failed, refused because a server was busy: \(busy)\n"
    }
    if statistics.warmingUp > 0 {
      text += "not counted, since they belong to the warm-up: \(statistics.warmingUp)\n"
    }
    if statistics.notBegun > 0 {
      text += "never begun, since earlier operations took too long for the rate: \(statistics.notBegun)\n"
    }
    return text
  }

  private func rate(_ count: Int) -> Double {
    statistics.elapsed > 0 ? Double(count) * 1e9 / Double(statistics.elapsed) : 0
  }

  /// The same for programs. Times are in nanoseconds; a latency is null where there was no operation.
  public var json: JSON {
    let operations = rows.map { row -> JSON in
      var latencies = JSONObject()
      for column in Self.percentiles {
        let latency = row.counts.latencies.nanoseconds(percentile: column.percentile)
        latencies[column.name] = latency.map { JSON($0) } ?? .value(.null)
      }
      return [
        "name": JSON(row.name), "count": JSON(row.counts.count), "ok": JSON(row.counts.ok),
        "fail": JSON(row.counts.failed), "busy": JSON(row.counts.busy),
        "unknown": JSON(row.counts.unknown),
        "per_second": JSON.value(.number(rate(row.counts.count).rounded())),
        "latency_ns": .object(latencies),
      ]
    }
    return [
      "elapsed_ns": JSON(statistics.elapsed), "operations": .array(operations),
      "warming_up": JSON(statistics.warmingUp), "not_begun": JSON(statistics.notBegun),
    ]
  }
}
