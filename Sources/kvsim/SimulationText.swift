import Configuration
import Reports
import Simulation

/// What runs exercised, in words.
enum SimulationText {
  static func statistics(_ result: Swarm.Result) -> String {
    let counts = result.statistics
    let faults = FaultName.allCases.compactMap { name in counts.faults[name].map { "\(name.rawValue) \($0)" }
    }
    let fates = [
      ("cut off", counts.cut), ("lost", counts.lost), ("found a queue full", counts.overflowed),
      ("reset on the way", counts.reset), ("duplicated", counts.duplicated), ("held back", counts.reordered),
    ].filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }
    let kills =
      counts.restarts + counts.killsSpared == 0
      ? []
      : [
        "restarts without memory: \(counts.restarts), kills spared: \(counts.killsSpared), "
          + "answered writes lost: \(counts.writesLost)"
      ]
    return
      ([
        "\(Quantity.count(counts.runs, "run")), \(rounded(Double(counts.virtualTime) / 1e9)) s of virtual time, \(counts.events) events",
        "operations: \(counts.answered) answered, \(counts.refused) refused"
          + (counts.busy > 0 ? " (\(counts.busy) of them busy)" : "")
          + ", \(counts.unknown) of unknown outcome",
        "messages between servers: \(counts.sent) sent, \(counts.delivered) delivered"
          + fates.map { ", \($0)" }.joined(),
        "faults: " + (faults.isEmpty ? "none" : faults.joined(separator: ", ")),
      ] + kills + verdicts(result)).joined(separator: "\n")
  }

  /// What is not decided must not look like what holds.
  private static func verdicts(_ result: Swarm.Result) -> [String] {
    let runs = result.statistics.runs
    guard runs > 1 else { return [] }
    let open = result.undecided.count + result.vacuous + result.failures.count
    return [
      "verdicts: \(runs - open) hold, \(result.failures.count) failed, \(result.undecided.count) undecided, "
        + "\(result.vacuous) prove nothing"
    ]
  }

  /// With two decimals.
  static func rounded(_ number: Double) -> String {
    let hundredths = Int((number * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }
}
