import History

/// Decides linearizability key by key.
///
/// Linearizability is local (Herlihy, Wing, TOPLAS 12(3), 1990): orders of the single keys that extend real time can
/// always be merged into one order of all operations that does. Within a key the order of each process is kept too, even
/// where the clock ticked too coarsely to show it; across keys it is seen only through real time, because process order
/// that the clock does not show is not local.
struct LinearizabilityChecker {
  private let history: History

  init(_ history: History) {
    self.history = history
  }

  /// Decides. Small keys come first, so that a limit leaves as few undecided as possible.
  ///
  /// - Parameter explainsViolation: whether to shrink what violates the model to few operations.
  func decide(_ budget: inout Budget, explainsViolation: Bool = true) -> Verdict.Outcome {
    var idsOfKey: [[OperationID]] = Array(repeating: [], count: history.keys.count)
    for id in history.ids where history[id].isEffective {
      idsOfKey[Int(history[id].key.index)].append(id)
    }
    let keys = idsOfKey.indices.filter { !idsOfKey[$0].isEmpty }
    var orders: [Witness.KeyOrder] = []
    var firstLimit: (kind: Limits.Kind, key: KeyID)?
    for index in keys.sorted(by: { (idsOfKey[$0].count, $0) < (idsOfKey[$1].count, $1) }) {
      let key = KeyID(index: UInt32(index))
      switch search(idsOfKey[index], &budget) {
      case .order(let order):
        orders.append(Witness.KeyOrder(key: key, operations: order))
      case .noOrder(let longest):
        guard explainsViolation else {
          let ids = idsOfKey[index]
          return .violated(
            Counterexample(reason: .noOrder(placed: longest, blocked: []), operations: ids, isMinimal: false))
        }
        let shrinker = Shrinker(history, idsOfKey[index], order: .realTime, search: search)
        return .violated(shrinker.counterexample(longest: longest, &budget))
      case .limit(let kind):
        firstLimit = firstLimit ?? (kind, key)
      }
      // What is left of the memory is there for the next key again; time and configurations are not.
      if let firstLimit, firstLimit.kind != .memory { break }
    }
    if let firstLimit {
      return .undecided(
        .limitReached(firstLimit.kind, decided: orders.count, total: keys.count, key: firstLimit.key))
    }
    return .holds(.orderOfEachKey(orders.sorted { $0.key < $1.key }))
  }

  private func search(_ ids: [OperationID], _ budget: inout Budget) -> SearchResult {
    if budget.isLate { return .limit(.time) }
    let operations = EffectiveOperations(history, ids)
    guard operations.count > 0 else { return .order([]) }
    var search = WingGongSearch(history, operations)
    return search.run(&budget)
  }
}
