public import History
public import KeyValue

/// The statistics of a history, as text for people and as JSON for programs.
public struct StatisticsReport: Sendable {
  /// The file, as it was named; "-" for standard input.
  public let file: String
  /// The numbers.
  public let statistics: HistoryStatistics
  /// What a reader of the numbers should know.
  public let warnings: [String]

  private static let kinds: [(Operation.Kind, String)] = [
    (.read, "read"), (.write, "write"), (.compareAndSet, "cas"),
  ]

  /// Makes the report of a history.
  public init(file: String, _ history: History) {
    self.file = file
    statistics = HistoryStatistics(history)
    warnings = history.warnings
  }

  /// The report for a terminal.
  public var text: String {
    var lines = "\(file.printable)\n"
    func line(_ name: String, _ value: String) {
      lines += "  \(name)\(String(repeating: " ", count: max(1, 14 - name.count)))\(value)\n"
    }
    let all = statistics
    line("operations", "\(all.operations): \(all.ok) ok, \(all.failed) failed, \(all.unknown) unknown")
    line("unknown", TimeText.fixed(all.unknownShare * 100, places: 2) + " %")
    if all.mismatches > 0 { line("mismatches", "\(all.mismatches) of the cas met another value") }
    var who = "\(all.processes)"
    if all.clients > 0 { who += ", of \(all.clients) clients" }
    line("processes", who)
    line("keys", "\(all.keys)")
    if all.servers > 0 { line("servers", "\(all.servers)") }
    if all.faults > 0 { line("faults", "\(all.faults)") }
    line("values", "\(all.writtenValues) written, \(all.repeatedValues) of them more than once")
    if let concurrency = all.concurrency {
      line("concurrency", "mean \(TimeText.fixed(concurrency.mean, places: 2)), max \(concurrency.max)")
    }
    if let nanoseconds = all.nanoseconds { line("duration", TimeText.duration(nanoseconds: nanoseconds)) }
    if let rate = all.rate { line("rate", "\(TimeText.fixed(rate, places: 0)) operations a second") }
    for warning in warnings { line("warning", warning.printable) }
    return lines + "\n" + latencies
  }

  private var latencies: String {
    var table = Table([
      "", .number("count"), .number("ok"), .number("failed"), .number("unknown"), .number("p50"),
      .number("p90"), .number("p99"), .number("p99.9"), .number("max"),
    ])
    for (kind, name) in Self.kinds {
      guard let numbers = statistics.kinds[kind] else { continue }
      let times = numbers.latency.map { [$0.p50, $0.p90, $0.p99, $0.p999, $0.max] }
      let cells = times?.map { TimeText.duration(nanoseconds: $0) } ?? Array(repeating: "", count: 5)
      table.append(
        [name, "\(numbers.count)", "\(numbers.ok)", "\(numbers.failed)", "\(numbers.unknown)"] + cells)
    }
    return table.text
  }

  /// The report for a program; times are in nanoseconds.
  public var json: JSON {
    let all = statistics
    var object: JSONObject = [
      "file": JSON(file), "operations": JSON(all.operations), "ok": JSON(all.ok), "failed": JSON(all.failed),
      "unknown": JSON(all.unknown), "unknownShare": JSON(all.unknownShare),
      "mismatches": JSON(all.mismatches),
      "processes": JSON(all.processes), "clients": JSON(all.clients), "keys": JSON(all.keys),
      "servers": JSON(all.servers), "faults": JSON(all.faults),
      "writtenValues": JSON(all.writtenValues), "repeatedValues": JSON(all.repeatedValues),
    ]
    if let concurrency = all.concurrency {
      object["concurrency"] = ["mean": JSON(concurrency.mean), "max": JSON(concurrency.max)]
    }
    object["nanoseconds"] = all.nanoseconds.map { JSON($0) }
    object["operationsPerSecond"] = all.rate.map { JSON($0) }
    var kinds = JSONObject()
    for (kind, name) in Self.kinds {
      guard let numbers = all.kinds[kind] else { continue }
      var entry: JSONObject = [
        "count": JSON(numbers.count), "ok": JSON(numbers.ok), "failed": JSON(numbers.failed),
        "unknown": JSON(numbers.unknown),
      ]
      if let times = numbers.latency {
        entry["latency"] = [
          "p50": JSON(times.p50), "p90": JSON(times.p90), "p99": JSON(times.p99), "p99.9": JSON(times.p999),
          "max": JSON(times.max), "mean": JSON(times.mean),
        ]
      }
      kinds[name] = .object(entry)
    }
    object["kinds"] = .object(kinds)
    if !warnings.isEmpty { object["warnings"] = .array(warnings.map { JSON($0) }) }
    return .object(object)
  }
}
