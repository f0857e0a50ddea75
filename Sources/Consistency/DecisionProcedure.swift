/// A decision procedure: what comes to a verdict, on a whole history or on one key of it.
///
/// Which one does depends on the model, on the history, and on what cheaper ones could not decide. The raw values stand in
/// reports and do not change from release to release.
public enum DecisionProcedure: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// Each result is looked at by itself: it contradicts the history alone, as nothing wrote it in time, say.
  case eachResult = "each-result"
  /// The test of zones, for a key none of whose observed values was written twice.
  case zones
  /// The search over the operations open at each completion.
  case frontier
  /// The search of Wing and Gong.
  case wingGong = "wing-gong"
  /// The orders of the keys of a linearizable history, merged.
  case mergedOrders = "merged-orders"
  /// An order of all operations, led by real time, in which everything finds what it should.
  case guidedOrder = "guided-order"
  /// The same, after conflicts said what has to come before what.
  case guidedSaturation = "guided-saturation"
  /// Everything that has to come before what.
  case saturation
  /// The search over how far each process is and what each key holds.
  case memoisedSearch = "memoised-search"
  /// The SAT solver.
  case satisfiability
  /// The bad patterns of causal order, looked for at the conflicts of an order.
  case badPatterns = "bad-patterns"
  /// The same, looked for by vector clocks.
  case vectorClocks = "vector-clocks"
  /// An order for each process.
  case processOrders = "process-orders"
  /// The patterns of the session guarantees.
  case sessionPatterns = "session-patterns"
  /// The search for what each operation read from, where values repeat.
  case sourceSearch = "source-search"
  /// The definition of the registers, read by read.
  case registerDefinition = "register-definition"
  /// The comparison of the final reads.
  case finalReads = "final-reads"

  /// The procedure in a word or two.
  public var description: String {
    switch self {
    case .eachResult: "a look at each result"
    case .zones: "zones"
    case .frontier: "frontier search"
    case .wingGong: "Wing-Gong search"
    case .mergedOrders: "merged orders of the keys"
    case .guidedOrder: "guided order"
    case .guidedSaturation: "guided saturation"
    case .saturation: "saturation"
    case .memoisedSearch: "memoised search"
    case .satisfiability: "SAT solver"
    case .badPatterns: "bad patterns"
    case .vectorClocks: "vector clocks"
    case .processOrders: "orders of processes"
    case .sessionPatterns: "session patterns"
    case .sourceSearch: "search of sources"
    case .registerDefinition: "definition"
    case .finalReads: "final reads"
    }
  }
}

extension Verdict {
  /// What one decision procedure had in a verdict.
  public struct Decision: Sendable, Hashable {
    /// The procedure.
    public let procedure: DecisionProcedure
    /// How many keys it decided; nil where the history is decided as a whole.
    public let keys: Int?

    /// Makes one.
    public init(_ procedure: DecisionProcedure, keys: Int? = nil) {
      self.procedure = procedure
      self.keys = keys
    }
  }
}
