import History
import KeyValue

/// A stretch of a run during which a fault lasted, for a drawing.
struct FaultBand {
  /// More are not drawn.
  static let bandsMax = 2_000

  let start: Int64
  /// nil when nothing ended it.
  let end: Int64?
  let text: String

  private static let endings: [String: Set<String>] = [
    "heal": ["partition", "isolate", "drop", "slow", "cut"],
    "restart": ["kill", "crash", "stop"], "recover": ["kill", "crash", "stop"],
    "resume": ["pause", "suspend", "stop"], "continue": ["pause", "suspend", "stop"],
  ]

  /// Pairs what begins a fault with what ends it: a `phase` of `start` with the one of `end` of the same fault, `kill` with a later `restart` of the same server, `start-x` with
  /// `stop-x`, `start` with `stop`. What has no partner begins a fault that lasts to the end of the run.
  static func bands(of history: History) -> [FaultBand] {
    var bands: [(start: Int64, end: Int64?, fault: Fault)] = []
    for fault in history.faults.prefix(bandsMax) {
      if isEnd(fault) {
        guard let open = bands.firstIndex(where: { $0.end == nil && number($0.fault) == number(fault) })
        else {
          continue
        }
        bands[open].end = fault.time
      } else if fault.name == "heal", bands.contains(where: { number($0.fault) != nil }) {
        // Each of the faults that it ends has said so itself.
        continue
      } else if let open = bands.lastIndex(where: { $0.end == nil && ends(fault, $0.fault) }) {
        bands[open].end = fault.time
        // A partition can be of several pairs, which one event heals.
        for other in bands.indices where bands[other].end == nil && ends(fault, bands[other].fault) {
          bands[other].end = fault.time
        }
      } else {
        bands.append((fault.time, nil, fault))
      }
    }
    return bands.map { FaultBand(start: $0.start, end: $0.end, text: text($0.fault)) }
  }

  /// Whether it is the end of a fault that says so itself.
  private static func isEnd(_ fault: Fault) -> Bool {
    number(fault) != nil && value(fault)["phase"]?.string == "end"
  }

  /// The number of a fault whose beginning and end are told by it.
  private static func number(_ fault: Fault) -> JSON? { value(fault)["fault"] }

  private static func value(_ fault: Fault) -> JSON { fault.details["value"] ?? fault.details }

  private static func ends(_ later: Fault, _ earlier: Fault) -> Bool {
    guard number(earlier) == nil else { return false }
    if let one = server(later), let other = server(earlier), one != other { return false }
    let (name, begun) = (later.name, earlier.name)
    if let suffix = name.dropping("stop"), let other = begun.dropping("start") { return suffix == other }
    // Jepsen's name for the end of a kill or a pause.
    if name == "start" { return begun == "kill" || begun == "pause" || begun == "crash" }
    return endings[name]?.contains { begun.hasPrefix($0) } ?? false
  }

  private static func server(_ fault: Fault) -> JSON? {
    value(fault)["server"]
  }

  private static func text(_ fault: Fault) -> String {
    let details = value(fault)
    let empty: [JSON] = [.value(.null), .object(JSONObject())]
    return fault.name.shortened().printable
      + (empty.contains(details) ? "" : " " + details.description.shortened().printable)
  }
}

extension String {
  fileprivate func dropping(_ prefix: String) -> Substring? {
    hasPrefix(prefix) ? dropFirst(prefix.count) : nil
  }
}
