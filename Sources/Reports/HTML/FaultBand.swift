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

  /// Pairs what begins a fault with what ends it: the two events of one number, `kill` with a later `restart` of the same
  /// server, `start-x` with `stop-x`, `start` with `stop`. What has no partner begins a fault that lasts to the end of the
  /// run, unless it is an end by its name.
  static func bands(of history: History) -> [FaultBand] {
    var bands: [(start: Int64, end: Int64?, fault: Fault)] = []
    for fault in history.faults.prefix(bandsMax) {
      let open = bands.indices.filter { bands[$0].end == nil && ends(fault, bands[$0].fault) }
      // One event can heal several.
      for place in open { bands[place].end = fault.time }
      guard open.isEmpty, !isOnlyEnd(fault) else { continue }
      bands.append((fault.time, nil, fault))
    }
    return bands.map { FaultBand(start: $0.start, end: $0.end, text: text($0.fault)) }
  }

  /// Whether it ends faults and, where there is none, is nothing. Jepsen's `stop` may also begin what `start` ends.
  private static func isOnlyEnd(_ fault: Fault) -> Bool { fault.isEnd && fault.name != "stop" }

  private static func ends(_ later: Fault, _ earlier: Fault) -> Bool {
    let (name, begun) = (later.name, earlier.name)
    if let number = earlier.number {
      return later.isEnd && (later.number == number && name == begun || name == "heal")
    }
    if let one = server(later), let other = server(earlier), one != other { return false }
    if let suffix = name.dropping("stop"), let other = begun.dropping("start") { return suffix == other }
    // Jepsen's name for the end of a kill or a pause.
    if name == "start" { return begun == "kill" || begun == "pause" || begun == "crash" }
    return Fault.isEnding(name, of: begun)
  }

  private static func server(_ fault: Fault) -> JSON? { fault.said["server"] }

  private static func text(_ fault: Fault) -> String {
    let said = fault.number == nil ? others(fault.said) : ours(fault.said)
    return fault.name.shortened().printable + (said.isEmpty ? "" : " " + said.shortened().printable)
  }

  private static func others(_ said: JSON) -> String {
    let empty: [JSON] = [.value(.null), .object(JSONObject())]
    return empty.contains(said) ? "" : said.description
  }

  /// The servers, and what is set, in words: "of 0, 1 (mean_ms 5)".
  private static func ours(_ said: JSON) -> String {
    var words: [String] = []
    let servers = said["servers"]?.array ?? []
    if !servers.isEmpty { words.append("of " + servers.map(\.description).joined(separator: ", ")) }
    var settings: [String] = []
    for setting in said.object?.members ?? []
    where !["fault", "phase", "servers", "cut"].contains(setting.name) {
      settings.append("\(setting.name) \(setting.json.description)")
    }
    if !settings.isEmpty { words.append("(" + settings.joined(separator: ", ") + ")") }
    return words.joined(separator: " ")
  }
}

extension String {
  fileprivate func dropping(_ prefix: String) -> Substring? {
    hasPrefix(prefix) ? dropFirst(prefix.count) : nil
  }
}
