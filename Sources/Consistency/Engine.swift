/// How to decide whether the operations of a key are linearizable.
///
/// All engines are exact; they differ in what they take and in what it costs them. Other models do not ask.
public enum Engine: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// For each key zones if they take it; else the two searches by turns, with growing allowances.
  case automatic
  /// The test of zones: n log n, for keys none of whose observed values was written twice.
  case zones
  /// The search over the operations open at each completion, for any values. Keys on which a process does several things
  /// at one instant go to Wing and Gong's.
  case frontier
  /// The search of Wing and Gong over sets of operations, for any values: the reference for the others.
  case wingGong = "wing-gong"

  /// The name of the engine.
  public var description: String { rawValue }
}
