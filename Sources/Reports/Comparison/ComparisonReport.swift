public import History
import KeyValue

/// A comparison as files in a report folder.
public struct ComparisonReport: Sendable {
  /// The kinds of report that there are on a comparison.
  public static let kinds: Set<ReportKind> = [.html, .json, .svg]
  /// What the files' names begin with.
  private static let stem = "comparison"

  private let comparison: Comparison

  /// Makes a report on a comparison.
  public init(_ comparison: Comparison) {
    self.comparison = comparison
  }

  /// Writes what was asked for.
  ///
  /// - Returns: the paths of the files, the one for people first.
  /// - Throws: the failure of the first file that could not be written.
  public func write(
    to folder: ReportFolder, _ kinds: Set<ReportKind>
  ) throws(ReportFolder.Failure) -> [String] {
    var paths: [String] = []
    if kinds.contains(.html) { paths.append(try folder.write(html, as: Self.stem + ".html")) }
    if kinds.contains(.svg) {
      paths.append(try folder.write(ComparisonPicture(comparison).svg(), as: Self.stem + ".svg"))
    }
    if kinds.contains(.json) {
      paths.append(try folder.write(comparison.json.indented + "\n", as: Self.stem + ".json"))
    }
    return paths
  }

  /// The comparison as one page that needs nothing else.
  public var html: String {
    Templates.render(
      "comparison-page",
      [
        "picture": ComparisonPicture(comparison).svg(),
        "latencies": comparison.costs.flatMap { kind, costs in
          costs.map { cost -> [String: Any] in
            [
              "kind": kind, "name": cost.entry.name.printable, "level": cost.entry.level,
              "count": cost.row.ok,
              "p50": Comparison.latency(cost.row, 50), "p90": Comparison.latency(cost.row, 90),
              "p99": Comparison.latency(cost.row, 99), "max": Comparison.latency(cost.row, 100),
              "ratio": Comparison.ratio(cost.ratio),
            ]
          }
        },
        "rates": comparison.throughputs.map { entry, perSecond, ratio -> [String: Any] in
          [
            "name": entry.name.printable, "level": entry.level, "protocol": entry.replicationProtocol,
            "runs": entry.runs.count, "operations": entry.operations, "perSecond": Comparison.rate(perSecond),
            "ratio": Comparison.ratio(ratio), "verdict": entry.verdict,
          ]
        },
      ])
  }
}
