import History

/// Decides sequential consistency of a whole history: by ``MergedLinearization`` if that is enough, then by
/// ``GuidedSaturation`` and ``Saturation``, else by ``SequentialSearch``.
struct SequentialChecker {
  /// How many configurations an operation may cost before the solver is asked.
  private static let configurationsPerOperation = 4

  private let history: History

  init(_ history: History) {
    self.history = history
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
    if let order = try MergedLinearization(history).order(budget) { return .holds(.order(order)) }
    let ids = history.ids { $0.isEffective }
    if let outcome = try saturated(ids, budget) { return outcome }
    switch quickly(ids, budget) {
    case .order(let order): return .holds(.order(order))
    case .noOrder(let longest): return .violated(counterexample(ids, longest, budget))
    case .limit(.configurations): break
    case .limit(let kind): throw LimitReached(kind: kind)
    }
    var search = try SatisfiabilitySearch(history, ids, budget)
    if let order = try search.order(budget) { return .holds(.order(order)) }
    return .violated(
      budget.telling { budget in
        do throws(LimitReached) {
          return counterexample(try search.core(budget), [], budget)
        } catch {
          return Counterexample(reason: .untold, operations: [], isMinimal: false)
        }
      })
  }

  private func counterexample(
    _ ids: [OperationID], _ longest: [OperationID], _ budget: Budget
  ) -> Counterexample {
    budget.telling {
      Shrinker(history, ids, order: .processOrder, search: search).counterexample(longest: longest, $0)
    }
  }

  private func saturated(_ ids: [OperationID], _ budget: Budget) throws(LimitReached) -> Verdict.Outcome? {
    let reading = try Reading(history, ids, budget)
    guard reading.sourceless == nil else { return nil }
    var guided = GuidedSaturation(reading, history)
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

  /// Decides a part of the history.
  private func search(_ ids: [OperationID], _ budget: Budget) -> SearchResult {
    let result = quickly(ids, budget)
    guard case .limit(.configurations) = result else { return result }
    return .within(budget) { () throws(LimitReached) in
      var search = try SatisfiabilitySearch(history, ids, budget)
      return try search.order(budget).map { .order($0) } ?? .noOrder(longest: [])
    }
  }

  private func quickly(_ ids: [OperationID], _ budget: Budget) -> SearchResult {
    budget.lend(configurationsMax: Self.configurationsPerOperation * ids.count) { budget in
      .within(budget) { () throws(LimitReached) in
        let operations = try EffectiveOperations(history, ids, budget)
        guard operations.count > 0 else { return .order([]) }
        var search = SequentialSearch(history, operations)
        return search.run(budget)
      }
    }
  }
}
