public import History
import KeyValue

extension LoadStatistics {
  /// How many classes of latencies one report tells: its line is kept well below what a reader of lines takes.
  private static let classesMax = 2000

  /// Statistics that add up to these, each small enough for a line.
  public var parts: [LoadStatistics] {
    var whole = self
    whole.kinds = [:]
    var parts = [whole]
    for (kind, counts) in kinds where counts.count > 0 {
      let classes = counts.latencies.classes
      for start in stride(from: 0, to: max(1, classes.count), by: Self.classesMax) {
        var part = LoadStatistics()
        var some = Kind()
        if start == 0 {
          (some.ok, some.failed, some.unknown) = (counts.ok, counts.failed, counts.unknown)
          some.busy = counts.busy
        }
        for (nanoseconds, count) in classes[start...].prefix(Self.classesMax) {
          some.latencies.record(nanoseconds: nanoseconds, count: count)
        }
        part.kinds[kind] = some
        parts.append(part)
      }
    }
    return parts
  }

  /// The statistics as a report to the launcher, of this name.
  func report(_ event: String) -> JSONObject {
    var kinds = JSONObject()
    for (kind, counts) in self.kinds {
      kinds[kind.eventFunction] = [
        "ok": JSON(counts.ok), "failed": JSON(counts.failed), "busy": JSON(counts.busy),
        "unknown": JSON(counts.unknown),
        "latencies": .array(
          counts.latencies.classes.flatMap { [JSON($0.nanoseconds), JSON($0.count)] }),
      ]
    }
    return [
      "event": JSON(event), "warmingUp": JSON(warmingUp), "notBegun": JSON(notBegun),
      "elapsed": JSON(elapsed),
      "processorTime": JSON(processorTime), "kinds": .object(kinds),
    ]
  }

  /// Reads a report; nil when it is none.
  ///
  /// - Parameter precision: how finely it told latencies apart.
  init?(report: JSON, _ precision: LatencyHistogram.Precision) {
    func count(_ name: String, _ json: JSON) -> Int? {
      json[name]?.integer.flatMap { Int(exactly: $0) }.flatMap { $0 >= 0 ? $0 : nil }
    }
    guard let warmingUp = count("warmingUp", report), let notBegun = count("notBegun", report),
      let elapsed = count("elapsed", report), let processorTime = count("processorTime", report),
      let members = report["kinds"]?.object?.members
    else { return nil }
    self.init(precision)
    self.warmingUp = warmingUp
    self.notBegun = notBegun
    self.elapsed = Int64(elapsed)
    self.processorTime = Int64(processorTime)
    for member in members {
      guard let kind = Operation.Kind.allCases.first(where: { $0.eventFunction == member.name }),
        let ok = count("ok", member.json), let failed = count("failed", member.json),
        let busy = count("busy", member.json), let unknown = count("unknown", member.json),
        let numbers = member.json["latencies"]?.array?.compactMap(\.integer), numbers.count.isMultiple(of: 2)
      else { return nil }
      var counts = Kind(precision)
      (counts.ok, counts.failed, counts.busy, counts.unknown) = (ok, failed, busy, unknown)
      for index in stride(from: 0, to: numbers.count, by: 2) {
        counts.latencies.record(nanoseconds: numbers[index], count: Int(clamping: numbers[index + 1]))
      }
      kinds[kind] = counts
    }
  }
}
