import History

/// Decides sequential consistency of a whole history: by ``MergedLinearization`` if that is enough, then by
/// ``GuidedSaturation`` and ``Saturation``, else by ``SequentialSearch``.
struct SequentialChecker {
  private let history: History
  private let prepared: PreparedHistory

  init(_ prepared: PreparedHistory) {
    self.prepared = prepared
    history = prepared.history
  }

  /// Decides.
  func decide(_ budget: Budget) -> Verdict.Outcome {
    do throws(LimitReached) {
      return try outcome(budget)
    } catch {
      return .undecided(.limitReached(error.kind, decided: 0, total: 1, keys: []))
    }
  }

  private func outcome(_ budget: Budget) throws(LimitReached) -> Verdict.Outcome {
    if let order = try MergedLinearization(prepared).order(budget) { return .holds(.order(order)) }
    if let outcome = try saturated(budget) { return outcome }
    let ids = history.ids { $0.isEffective }
    switch search(ids, budget) {
    case .order(let order):
      return .holds(.order(order))
    case .noOrder(let longest):
      return .violated(
        budget.telling {
          Shrinker(history, ids, order: .processOrder, search: search).counterexample(longest: longest, $0)
        })
    case .limit(let kind):
      throw LimitReached(kind: kind)
    }
  }

  private func saturated(_ budget: Budget) throws(LimitReached) -> Verdict.Outcome? {
    let prepared = try prepared.reading(budget)
    let reading = prepared.reading
    guard reading.sourceless == nil else { return nil }
    var guided = GuidedSaturation(prepared)
    var result = try guided.run(budget)
    if case .open = result {
      var saturation = try Saturation(reading, history, budget)
      result = try saturation.run(budget, wantsOrder: reading.firstOpen == nil)
    }
    switch result {
    case .open: return nil
    case .order(let order): return .holds(.order(order.ids(reading)))
    case .cycle(let contradiction):
      return .violated(ReadingSearch(history, .sequential).refutation(contradiction, of: reading, budget))
    }
  }

  private func search(_ ids: [OperationID], _ budget: Budget) -> SearchResult {
    .within(budget) { () throws(LimitReached) in
      let operations = try EffectiveOperations(history, ids, budget)
      guard operations.count > 0 else { return .order([]) }
      var search = SequentialSearch(history, operations)
      return search.run(budget)
    }
  }
}
