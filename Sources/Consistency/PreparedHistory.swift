public import History

/// A history with what several models need of it, each part made when first asked for and kept: so deciding every model
/// costs little more than deciding each one's own part. Belongs to one thread.
public final class PreparedHistory {
  /// The history.
  public let history: History
  private(set) lazy var operationsOfKey = OperationsByKey(history)
  private(set) lazy var showsProcessOrder = history.showsProcessOrder
  private var contradictions: [ReadSanity.Lateness: Counterexample?] = [:]
  private var kept: PreparedReading?
  /// What linearizability came to, where it was decided either way.
  private(set) var linearizability: Verdict.Outcome?

  /// Prepares nothing yet.
  public init(_ history: History) {
    self.history = history
  }

  /// What another thread can go on from.
  struct Parts: Sendable {
    let history: History
    fileprivate let operationsOfKey: OperationsByKey
    fileprivate let contradictions: [ReadSanity.Lateness: Counterexample?]

    /// The most operations of a key.
    var largestKey: Int {
      history.keys.indices.lazy.map { operationsOfKey[KeyID(index: UInt32($0))].count }.max() ?? 0
    }
  }

  /// What is prepared so far, for another thread; not the reading.
  var parts: Parts {
    Parts(history: history, operationsOfKey: operationsOfKey, contradictions: contradictions)
  }

  /// Goes on from what another thread has prepared.
  init(_ parts: Parts) {
    history = parts.history
    contradictions = parts.contradictions
    operationsOfKey = parts.operationsOfKey
  }

  /// The first observation that contradicts the history by itself; nil when there is none. Linear when first asked.
  func contradiction(
    _ lateness: ReadSanity.Lateness, _ budget: Budget
  ) throws(LimitReached) -> Counterexample? {
    if let found = contradictions[lateness] { return found }
    let found = try ReadSanity(history, operationsOfKey).firstContradiction(lateness, budget)
    contradictions[lateness] = .some(found)
    return found
  }

  /// What each operation read from, as far as that is settled without trying. Linear when first asked.
  func reading(_ budget: Budget) throws(LimitReached) -> PreparedReading {
    if let kept { return kept }
    let reading = PreparedReading(
      try Reading(history, history.ids { $0.isEffective }, budget), history)
    kept = reading
    return reading
  }

  /// Whether the largest part is kept.
  var isHolding: Bool { kept != nil }

  /// Lets go of the largest part, where memory is short.
  func forget() { kept = nil }

  /// Keeps what linearizability came to.
  func note(linearizability outcome: Verdict.Outcome) {
    if case .undecided = outcome { return }
    linearizability = outcome
  }
}
