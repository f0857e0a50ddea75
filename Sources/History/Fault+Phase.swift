public import KeyValue

extension Fault {
  /// Who reports what befell a run that nobody injected.
  public static let harness = "harness"

  /// What the event says besides its name: its `value`, where it has one.
  public var said: JSON { details["value"] ?? details }

  /// The number by which the beginning and the end of a fault name each other, where events have one.
  public var number: Int64? { said["fault"]?.integer }

  /// Whether it says that something is over rather than that something has befallen the run.
  ///
  /// Our own events tell by their phase; others' by names such as `heal`, `restart` and `stop-partition`. Jepsen's
  /// `start` ends a kill or a pause but begins all else: it is not an end here.
  public var isEnd: Bool {
    if let phase = said["phase"]?.string { return phase == "end" }
    return name == "stop" || name.hasPrefix("stop-") || Self.endings[name] != nil
  }

  /// Whether an event of that name ends faults of the other, by the names that our runs had before they had numbers and
  /// that others use.
  public static func isEnding(_ name: String, of begun: String) -> Bool {
    endings[name]?.contains { begun.hasPrefix($0) } ?? false
  }

  /// With what the names of faults begin that an event of a name ends.
  private static let endings: [String: Set<String>] = [
    "heal": ["partition", "isolate", "drop", "slow", "cut"],
    "restart": ["kill", "crash", "stop"], "recover": ["kill", "crash", "stop"],
    "resume": ["pause", "suspend", "stop"], "continue": ["pause", "suspend", "stop"],
  ]
}
