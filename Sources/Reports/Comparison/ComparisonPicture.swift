/// What several configurations cost, as bars side by side in SVG: the median of each kind of operation as a bar, a line
/// from it to the 90th percentile; below, the throughput.
public struct ComparisonPicture: Sendable {
  private static let width = 960.0
  private static let left = 250.0
  private static let barsWidth = 380.0
  private static let rowPitch = 34.0

  private let comparison: Comparison

  /// Makes a picture of a comparison.
  public init(_ comparison: Comparison) {
    self.comparison = comparison
  }

  /// The picture.
  ///
  /// - Parameter prefix: what the ids begin with; each picture on a page needs another.
  public func svg(prefix: String = "comparison-") -> String {
    var y = 96.0
    var panels: [[String: Any]] = []
    for (kind, costs) in comparison.costs {
      panels.append(latencies(kind, costs, y: y))
      y += Double(costs.count) * Self.rowPitch + 62
    }
    panels.append(throughputs(y: y))
    y += Double(comparison.entries.count) * Self.rowPitch + 62
    let runs = comparison.entries.map(\.runs.count).max() ?? 0
    return Templates.render(
      "comparison",
      [
        "prefix": prefix, "width": Coordinate.text(Self.width), "height": Coordinate.text(y - 8),
        "panelWidth": Coordinate.text(Self.width - 32), "title": "What each level costs",
        "subtitle": "A bar is the median, the line behind it reaches to the 90th percentile. "
          + "\(Quantity.count(runs, "run")) of each configuration, in turn.",
        "description": comparison.text.split(separator: "\n").joined(separator: "; "), "panels": panels,
      ])
  }

  private func latencies(_ kind: String, _ costs: [Comparison.Cost], y: Double) -> [String: Any] {
    let most = costs.compactMap { $0.row.latency(percentile: 90) }.max() ?? 1
    func length(_ latency: Int64?) -> Double {
      Double(latency ?? 0) / Double(max(most, 1)) * Self.barsWidth
    }
    let bars = costs.enumerated().map { place, cost in
      let row = cost.row
      return bar(
        cost.entry, place: place, length: length(row.latency(percentile: 50)),
        reach: length(row.latency(percentile: 90)),
        value: Comparison.latency(row, 50),
        details: "p90 \(Comparison.latency(row, 90)), p99 \(Comparison.latency(row, 99))",
        ratio: cost.ratio.map { "\u{00D7}" + TimeText.fixed($0, places: 1) } ?? "")
    }
    return panel("\(kind): latency", bars, y: y)
  }

  private func throughputs(y: Double) -> [String: Any] {
    let rates = comparison.throughputs
    let bars = rates.enumerated().map { place, element in
      let (entry, perSecond, ratio) = element
      return bar(
        entry, place: place, length: (ratio ?? 0) * Self.barsWidth, reach: nil,
        value: Comparison.rate(perSecond) + "/s", details: entry.verdict,
        ratio: ratio.map { "\u{00D7}" + TimeText.fixed($0, places: 2) } ?? "")
    }
    return panel("throughput of all clients, and whether the level held", bars, y: y)
  }

  private func panel(_ title: String, _ bars: [[String: Any]], y: Double) -> [String: Any] {
    [
      "y": Coordinate.text(y), "titleY": "-10", "title": title, "bars": bars,
      "height": Coordinate.text(Double(bars.count) * Self.rowPitch + 14),
    ]
  }

  private func bar(
    _ entry: Comparison.Entry, place: Int, length: Double, reach: Double?, value: String, details: String,
    ratio: String
  ) -> [String: Any] {
    let y = 10 + Double(place) * Self.rowPitch
    let length = max(2, length)
    var bar: [String: Any] = [
      "level": Self.levels.contains(entry.level) ? entry.level : "other", "y": Coordinate.text(y),
      "x": Coordinate.text(Self.left), "length": Coordinate.text(length), "textY": Coordinate.text(y + 16),
      "name": Self.shortened(entry.name), "levelName": entry.level, "value": value, "details": details,
      "ratio": ratio, "valueX": Coordinate.text(Self.left + Self.barsWidth + 16),
      "tooltip": "\(entry.name.printable) (\(entry.level)): \(value), \(details) \(ratio)",
      "hasReach": reach != nil,
    ]
    if let reach {
      bar["reach"] = Coordinate.text(Self.left + max(reach, length))
      bar["middle"] = Coordinate.text(y + 12)
      bar["from"] = Coordinate.text(Self.left + length)
    }
    return bar
  }

  private static let levels: Set = ["linearizable", "sequential", "eventual"]

  private static func shortened(_ name: String) -> String {
    let text = name.printable
    return text.count > 14 ? text.prefix(13) + "\u{2026}" : text
  }
}
