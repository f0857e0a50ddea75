import History

/// Decides linearizability key by key.
///
/// Linearizability is local (Herlihy, Wing, TOPLAS 12(3), 1990): orders of the single keys that extend real time can
/// always be merged into one order of all operations that does. Within a key the order of each process is kept too, even
/// where the clock ticked too coarsely to show it; across keys it is seen only through real time, because process order
/// that the clock does not show is not local.
///
/// First every key gets the zone test, which is cheap; what it does not take is searched, small keys first, so that a
/// limit leaves as few undecided as possible.
struct LinearizabilityChecker {
  private let history: History
  private let operationsOfKey: OperationsByKey
  private let engine: Engine

  init(_ history: History, _ operationsOfKey: OperationsByKey? = nil, engine: Engine = .automatic) {
    self.history = history
    self.operationsOfKey = operationsOfKey ?? OperationsByKey(history)
    self.engine = engine
  }

  /// Decides.
  ///
  /// - Parameter explainsViolation: whether to shrink what violates the model to few operations.
  func decide(_ budget: inout Budget, explainsViolation: Bool = true) -> Verdict.Outcome {
    var orders: [Witness.KeyOrder] = []
    var open: [KeyID] = []
    var firstLimit: (kind: Limits.Kind, key: KeyID)?
    let keys = history.keys.indices.map { KeyID(index: UInt32($0)) }.filter { key in
      operationsOfKey[key].contains { history.operations[Int($0)].isEffective }
    }
    if engine == .automatic || engine == .zones {
      var test = ZoneTest(history)
      for key in keys {
        if let kind = limit(for: key, budget) {
          firstLimit = firstLimit ?? (kind, key)
          continue
        }
        switch test.decide(key, operationsOfKey[key]) {
        case .order(let order): orders.append(Witness.KeyOrder(key: key, operations: order))
        case .contradiction(let core):
          return .violated(explain(core, longest: [], search: wingGong, explainsViolation, &budget))
        case .ambiguous: open.append(key)
        }
      }
    } else {
      open = keys
    }
    if engine == .zones, let key = open.first {
      return .undecided(
        .ambiguous(
          "the zone test does not apply to key \(history[key]): a value that was found there may have come from several writes"
        ))
    }
    for key in open.sorted(by: { (operationsOfKey[$0].count, $0) < (operationsOfKey[$1].count, $1) }) {
      // What is left of the memory is there for the next key again; time and configurations are not.
      if let firstLimit, firstLimit.kind != .memory { break }
      let ids = operationsOfKey[key].map { OperationID(Int($0)) }
      switch search(ids, &budget) {
      case .order(let order):
        orders.append(Witness.KeyOrder(key: key, operations: order))
      case .noOrder(let longest):
        let core = ids.filter { history[$0].isEffective }
        return .violated(explain(core, longest: longest, search: search, explainsViolation, &budget))
      case .limit(let kind):
        firstLimit = firstLimit ?? (kind, key)
      }
    }
    if let firstLimit {
      return .undecided(
        .limitReached(firstLimit.kind, decided: orders.count, total: keys.count, key: firstLimit.key))
    }
    return .holds(.orderOfEachKey(orders.sorted { $0.key < $1.key }))
  }

  /// The limit that forbids the zone test of a key.
  private func limit(for key: KeyID, _ budget: Budget) -> Limits.Kind? {
    if budget.isLate { return .time }
    let bytes = operationsOfKey[key].count * ZoneTest.bytesPerOperation
    return bytes > budget.memoryBytesMax ? .memory : nil
  }

  private func explain(
    _ operations: [OperationID], longest: [OperationID],
    search: @escaping ([OperationID], inout Budget) -> SearchResult, _ explainsViolation: Bool,
    _ budget: inout Budget
  ) -> Counterexample {
    guard explainsViolation else {
      return Counterexample(
        reason: .noOrder(placed: longest, blocked: []), operations: operations, isMinimal: false)
    }
    return Shrinker(history, operations, order: .realTime, search: search)
      .counterexample(longest: longest, &budget)
  }

  private func search(_ ids: [OperationID], _ budget: inout Budget) -> SearchResult {
    switch engine {
    case .zones, .automatic: alternate(ids, &budget)
    case .frontier: frontier(ids, &budget)
    case .wingGong: wingGong(ids, &budget)
    }
  }

  /// Lets the two searches take turns with allowances that grow, and takes the first answer. Either can be lost where the
  /// other is done at once: the frontier search keeps every way open, where Wing and Gong's follows one with luck. It
  /// costs at most some small multiple of what the better one costs.
  private func alternate(_ ids: [OperationID], _ budget: inout Budget) -> SearchResult {
    var allowance = 2 * (ids.count + 16)
    var searches = [wingGong, frontier]
    while true {
      for (place, search) in searches.enumerated().reversed() {
        let result = budget.lend(configurationsMax: allowance) { search(ids, &$0) }
        guard case .limit(let kind) = result else { return result }
        if kind == .time || budget.isSpent { return result }
        // It will not get by with less memory next time.
        if kind == .memory { searches.remove(at: place) }
        if searches.isEmpty { return result }
      }
      allowance *= 4
    }
  }

  private func frontier(_ ids: [OperationID], _ budget: inout Budget) -> SearchResult {
    if budget.isLate { return .limit(.time) }
    let operations = EffectiveOperations(history, ids)
    guard operations.count > 0 else { return .order([]) }
    guard var search = FrontierSearch(history, operations) else { return wingGong(ids, &budget) }
    return search.run(&budget)
  }

  private func wingGong(_ ids: [OperationID], _ budget: inout Budget) -> SearchResult {
    if budget.isLate { return .limit(.time) }
    let operations = EffectiveOperations(history, ids)
    guard operations.count > 0 else { return .order([]) }
    var search = WingGongSearch(history, operations)
    return search.run(&budget)
  }
}
