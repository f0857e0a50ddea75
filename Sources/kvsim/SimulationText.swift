import Configuration
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
        "\(counts.runs) runs, \(rounded(Double(counts.virtualTime) / 1e9)) s of virtual time, \(counts.events) events",
        "operations: \(counts.answered) answered, \(counts.refused) refused, \(counts.unknown) of unknown outcome",
        "messages between servers: \(counts.sent) sent, \(counts.delivered) delivered"
          + fates.map { ", \($0)" }.joined(),
        "faults: " + (faults.isEmpty ? "none" : faults.joined(separator: ", ")),
      ] + kills).joined(separator: "\n")
  }

  /// With two decimals.
  static func rounded(_ number: Double) -> String {
    let hundredths = Int((number * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }
}
