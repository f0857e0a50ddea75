/// How to decide a history: linearizability key by key, or sequential consistency.
///
/// All engines are exact; they differ in what they take and in what it costs them. Each is for one model, and the other
/// models are decided as if none was asked for.
public enum Engine: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// Linearizability, for each key: zones if they take it, else the two searches by turns, with growing allowances.
  /// Sequential consistency: by what has to come before what, else by a short memoised search, else by the SAT solver.
  case automatic
  /// The test of zones: n log n, for keys none of whose observed values was written twice.
  case zones
  /// The search over the operations open at each completion, for any values. Keys on which a process does several things
  /// at one instant go to Wing and Gong's.
  case frontier
  /// The search of Wing and Gong over sets of operations, for any values: the reference for the others.
  case wingGong = "wing-gong"
  /// The search over how far each process is and what each key holds.
  case memoisedSearch = "memoised-search"
  /// The SAT solver.
  case satisfiability

  /// The model that the engine decides; nil for all.
  public var model: Model? {
    switch self {
    case .automatic: nil
    case .zones, .frontier, .wingGong: .linearizable
    case .memoisedSearch, .satisfiability: .sequential
    }
  }

  /// The name of the engine.
  public var description: String { rawValue }
}
