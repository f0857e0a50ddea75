import History

/// Decides sequential consistency of a whole history: by ``MergedLinearization`` if that is enough, then by
/// ``GuidedSaturation`` and ``Saturation``, then by a short ``SequentialSearch``, else by ``SatisfiabilitySearch``.
struct SequentialChecker {
  /// How many configurations an operation may cost before the solver is asked.
  private static let configurationsPerOperation = 4

  private let history: History
  private let prepared: PreparedHistory
  private let engine: Engine

  init(_ prepared: PreparedHistory, engine: Engine = .automatic) {
    self.prepared = prepared
    self.engine = engine
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
    if engine == .automatic {
      if let order = try MergedLinearization(prepared).order(budget) {
        budget.note(.mergedOrders)
        return .holds(.order(order))
      }
      if let outcome = try saturated(budget) { return outcome }
    }
    let ids = history.ids { $0.isEffective }
    if engine != .satisfiability {
      let result = searched(ids, budget)
      budget.note(.memoisedSearch)
      switch result {
      case .order(let order): return .holds(.order(order))
      case .noOrder(let longest): return .violated(counterexample(ids, longest, budget))
      case .limit(let kind): if !isForSolver(result) { throw LimitReached(kind: kind) }
      }
    }
    var search = try SatisfiabilitySearch(history, ids, budget)
    budget.note(.satisfiability)
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

  private func saturated(_ budget: Budget) throws(LimitReached) -> Verdict.Outcome? {
    let prepared = try prepared.reading(budget)
    let reading = prepared.reading
    guard reading.sourceless == nil else { return nil }
    var guided = GuidedSaturation(prepared)
    var result = try guided.run(budget)
    if case .open = result {
      var saturation = try Saturation(reading, history, budget)
      result = try saturation.run(budget, wantsOrder: reading.firstOpen == nil)
      budget.note(.saturation)
    }
    switch result {
    case .open: return nil
    case .order(let order): return .holds(.order(try order.ids(reading, budget)))
    case .cycle(let contradiction):
      return .violated(ReadingSearch(history, .sequential).refutation(contradiction, of: reading, budget))
    }
  }

  /// Decides a part of the history.
  private func search(_ ids: [OperationID], _ budget: Budget) -> SearchResult {
    if engine != .satisfiability {
      let result = searched(ids, budget)
      if !isForSolver(result) { return result }
    }
    return .within(budget) { () throws(LimitReached) in
      var search = try SatisfiabilitySearch(history, ids, budget)
      return try search.order(budget).map { .order($0) } ?? .noOrder(longest: [])
    }
  }

  /// Whether the search was given up, and the solver may be asked: it needs less memory, and no configurations.
  private func isForSolver(_ result: SearchResult) -> Bool {
    if engine == .memoisedSearch { return false }
    return switch result {
    case .order, .noOrder, .limit(.time): false
    case .limit(.configurations), .limit(.memory): true
    }
  }

  /// The memoised search, a short one if it is not the engine asked for.
  private func searched(_ ids: [OperationID], _ budget: Budget) -> SearchResult {
    let configurationsMax = engine == .memoisedSearch ? .max : Self.configurationsPerOperation * ids.count
    return budget.lend(configurationsMax: configurationsMax) { budget in
      .within(budget) { () throws(LimitReached) in
        let operations = try EffectiveOperations(history, ids, budget)
        guard operations.count > 0 else { return .order([]) }
        try budget.ask(for: operations.count * SequentialSearch.bytesPerOperation)
        var search = SequentialSearch(history, operations)
        return search.run(budget)
      }
    }
  }
}
