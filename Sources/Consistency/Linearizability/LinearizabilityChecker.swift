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

  /// What became of a key.
  private enum Finding: Sendable {
    case order([OperationID], by: DecisionProcedure)
    case contradiction([OperationID], longest: [OperationID], by: DecisionProcedure)
    case ambiguous
    case limit(Limits.Kind)

    var isContradiction: Bool {
      if case .contradiction = self { true } else { false }
    }
  }

  /// Decides. Keys are decided on several threads, and told in their order.
  ///
  /// - Parameter explainsViolation: whether to shrink what violates the model to few operations.
  func decide(_ budget: Budget, explainsViolation: Bool = true) -> Verdict.Outcome {
    var orders: [Witness.KeyOrder] = []
    var decided: [DecisionProcedure: Int] = [:]
    defer { budget.note(keys: decided) }
    var open: [KeyID] = []
    var firstLimit: Limits.Kind?
    let keys = history.keys.indices.map { KeyID(index: UInt32($0)) }.filter { key in
      operationsOfKey[key].contains { history.operations[Int($0)].isEffective }
    }
    func keep(_ order: [OperationID], of key: KeyID, by procedure: DecisionProcedure) {
      orders.append(Witness.KeyOrder(key: key, operations: order))
      decided[procedure, default: 0] += 1
    }
    if engine == .automatic || engine == .zones {
      for (key, finding) in zip(keys, testZones(keys, budget)) {
        switch finding {
        case .order(let order, let procedure): keep(order, of: key, by: procedure)
        case .contradiction(let core, let longest, let procedure):
          decided = [procedure: 1]
          return .violated(
            explain(core, longest: longest, search: { wingGong($0, $1) }, explainsViolation, budget))
        case .ambiguous: open.append(key)
        case .limit(let kind): firstLimit = firstLimit ?? kind
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
    // What is left of the memory is there for the searches again; time and configurations are not.
    if firstLimit.map({ $0 == .memory }) ?? true {
      open.sort { (operationsOfKey[$0].count, $0) < (operationsOfKey[$1].count, $1) }
      for (key, finding) in zip(open, searchKeys(open, budget)) {
        switch finding {
        case .order(let order, let procedure): keep(order, of: key, by: procedure)
        case .contradiction(let core, let longest, let procedure):
          decided = [procedure: 1]
          return .violated(
            explain(core, longest: longest, search: { search($0, $1).result }, explainsViolation, budget))
        case .ambiguous: break
        case .limit(let kind): firstLimit = firstLimit ?? kind
        }
      }
    }
    if let firstLimit {
      let ordered = Set(orders.map(\.key))
      return .undecided(
        .limitReached(
          firstLimit, decided: ordered.count, total: keys.count, keys: keys.filter { !ordered.contains($0) }))
    }
    return .holds(.orderOfEachKey(orders.sorted { $0.key < $1.key }))
  }

  private func testZones(_ keys: [KeyID], _ budget: Budget) -> [Finding] {
    let (history, operationsOfKey, limits) = (history, operationsOfKey, budget.limits)
    // Each thread has a table of all values.
    let bytes = history.values.count * Clusters.bytesPerValue
    guard budget.hasRoom(for: bytes) else { return keys.map { _ in .limit(.memory) } }
    let threads = budget.hasRoom(for: budget.threads * bytes) ? budget.threads : 1
    return inParallel(keys.count, threads: threads) {
      (ZoneTest(history), Budget(limits))
    } isLast: { (finding: Finding) in
      finding.isContradiction
    } _: { state, place in
      do throws(LimitReached) {
        return switch try state.0.decide(keys[place], operationsOfKey[keys[place]], state.1) {
        case .order(let order): .order(order, by: .zones)
        case .contradiction(let core): .contradiction(core, longest: [], by: .zones)
        case .ambiguous: .ambiguous
        }
      } catch {
        return .limit(error.kind)
      }
    }
  }

  /// Searches the keys; after one that a limit other than memory stopped, the rest is stopped too.
  private func searchKeys(_ keys: [KeyID], _ budget: Budget) -> [Finding] {
    if budget.threads == 1 {
      var findings: [Finding] = []
      for key in keys {
        findings.append(finding(key, budget))
        if case .limit(let kind) = findings[findings.count - 1], kind != .memory { break }
        if findings[findings.count - 1].isContradiction { break }
      }
      return findings
    }
    let limits = budget.limits
    let checker = self
    let found = inParallel(keys.count, threads: budget.threads) {
      Budget(limits)
    } isLast: { (answer: (finding: Finding, configurations: Int)) in
      answer.finding.isContradiction
    } _: { budget, place in
      let before = budget.configurationsExplored
      return (checker.finding(keys[place], budget), budget.configurationsExplored - before)
    }
    for answer in found { budget.add(configurations: answer.configurations) }
    return found.map(\.finding)
  }

  private func finding(_ key: KeyID, _ budget: Budget) -> Finding {
    let ids = operationsOfKey[key].map { OperationID(Int($0)) }
    let (result, procedure) = search(ids, budget)
    return switch result {
    case .order(let order): .order(order, by: procedure)
    case .noOrder(let longest):
      .contradiction(ids.filter { history[$0].isEffective }, longest: longest, by: procedure)
    case .limit(let kind): .limit(kind)
    }
  }

  private func explain(
    _ operations: [OperationID], longest: [OperationID],
    search: @escaping ([OperationID], Budget) -> SearchResult, _ explainsViolation: Bool,
    _ budget: Budget
  ) -> Counterexample {
    guard explainsViolation else {
      return Counterexample(
        reason: .noOrder(placed: longest, blocked: []), operations: operations, isMinimal: false)
    }
    return budget.telling {
      Shrinker(history, operations, order: .realTime, search: search).counterexample(longest: longest, $0)
    }
  }

  /// What a search came to, and which one it was.
  private typealias Answer = (result: SearchResult, procedure: DecisionProcedure)

  private func search(_ ids: [OperationID], _ budget: Budget) -> Answer {
    switch engine {
    case .zones, .automatic, .memoisedSearch, .satisfiability: alternate(ids, budget)
    case .frontier: frontier(ids, budget)
    case .wingGong: (wingGong(ids, budget), .wingGong)
    }
  }

  /// Lets the two searches take turns with allowances that grow, and takes the first answer. Either can be lost where the
  /// other is done at once: the frontier search keeps every way open, where Wing and Gong's follows one with luck. It
  /// costs at most some small multiple of what the better one costs.
  private func alternate(_ ids: [OperationID], _ budget: Budget) -> Answer {
    var allowance = 2 * (ids.count + 16)
    var searches = [{ (wingGong($0, $1), .wingGong) }, frontier]
    while true {
      for (place, search) in searches.enumerated().reversed() {
        let answer = budget.lend(configurationsMax: allowance) { search(ids, $0) }
        guard case .limit(let kind) = answer.result else { return answer }
        if kind == .time || budget.isSpent { return answer }
        // It will not get by with less memory next time.
        if kind == .memory { searches.remove(at: place) }
        if searches.isEmpty { return answer }
      }
      allowance *= 4
    }
  }

  private func frontier(_ ids: [OperationID], _ budget: Budget) -> Answer {
    var procedure = DecisionProcedure.frontier
    let result = SearchResult.within(budget) { () throws(LimitReached) in
      let operations = try EffectiveOperations(history, ids, budget)
      guard operations.count > 0 else { return .order([]) }
      guard var search = try FrontierSearch(history, operations, budget) else {
        procedure = .wingGong
        return wingGong(ids, budget)
      }
      return search.run(budget)
    }
    return (result, procedure)
  }

  private func wingGong(_ ids: [OperationID], _ budget: Budget) -> SearchResult {
    .within(budget) { () throws(LimitReached) in
      let operations = try EffectiveOperations(history, ids, budget)
      guard operations.count > 0 else { return .order([]) }
      var search = try WingGongSearch(history, operations, budget)
      return search.run(budget)
    }
  }
}
