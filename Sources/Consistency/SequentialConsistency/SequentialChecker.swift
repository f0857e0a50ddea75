import History

/// Decides sequential consistency of a whole history: by ``MergedLinearization`` if that is enough, then by
/// ``Saturation``, else by ``SequentialSearch``.
struct SequentialChecker {
  private let history: History

  init(_ history: History) {
    self.history = history
  }

  /// Decides.
  func decide(_ budget: inout Budget) -> Verdict.Outcome {
    if let order = MergedLinearization(history).order(&budget) { return .holds(.order(order)) }
    let ids = history.ids { $0.isEffective }
    let reading = Reading(history, ids)
    if reading.sourceless == nil {
      var saturation = Saturation(reading)
      switch saturation.run(budget, wantsOrder: true) {
      case .cycle(let contradiction):
        return .violated(
          ReadingSearch(history, .sequential).refutation(contradiction, of: reading, budget))
      case .order(let order): return .holds(.order(order.map { reading.operations.ids[$0] }))
      case .limit(let kind): return .undecided(.limitReached(kind, decided: 0, total: 1, key: nil))
      case .open: break
      }
    }
    switch search(ids, &budget) {
    case .order(let order):
      return .holds(.order(order))
    case .noOrder(let longest):
      let shrinker = Shrinker(history, ids, order: .processOrder, search: search)
      return .violated(shrinker.counterexample(longest: longest, &budget))
    case .limit(let kind):
      return .undecided(.limitReached(kind, decided: 0, total: 1, key: nil))
    }
  }

  private func search(_ ids: [OperationID], _ budget: inout Budget) -> SearchResult {
    if budget.isLate { return .limit(.time) }
    let operations = EffectiveOperations(history, ids)
    guard operations.count > 0 else { return .order([]) }
    var search = SequentialSearch(history, operations)
    return search.run(&budget)
  }
}
