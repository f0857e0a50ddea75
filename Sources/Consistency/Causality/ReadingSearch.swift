import History

/// Decides a model of the causal family or a session guarantee: looks for what each operation can have read from such
/// that the reading keeps the promise.
///
/// If every observed value has one possible source there is one reading, and its checker decides. Otherwise deciding is
/// NP-complete (Bouajjani et al., POPL 2017, for the causal models). The search is exact within its limits:
/// 1. Check what is settled already. More settled sources only add constraints, so what is broken stays broken.
/// 2. Try the most natural source of every open operation: most runs that keep the promise are decided here.
/// 3. Otherwise settle one operation after the other, checking each time, and take back what is broken. When nothing is
///    left to try, the operations of all contradictions found on the way, with all sources tried, are broken together.
///
/// For sequential consistency (``Saturation``) it only makes a contradiction small, without trying sources.
///
/// Each check counts as a configuration; it costs what the model's checker costs.
struct ReadingSearch {
  /// How many operations a circle may involve to be told edge by edge.
  private static let explainedMax = 100

  let history: History
  let model: Model

  init(_ history: History, _ model: Model) {
    self.history = history
    self.model = model
  }

  /// What some operations came to.
  enum Answer {
    case fine(Witness)
    case broken(Core)
  }

  /// Operations that break the promise by themselves.
  struct Core {
    var operations: [OperationID]
    /// Those whose source was tried in several ways; if there is none, the contradiction shows why.
    var ambiguous: [OperationID]
    var reason: Counterexample.Reason?
  }

  /// Decides.
  func decide(_ prepared: PreparedHistory, _ budget: Budget) -> Verdict.Outcome {
    let answer: Answer
    do throws(LimitReached) {
      answer = try self.answer(try prepared.reading(budget), budget)
    } catch {
      return .undecided(.limitReached(error.kind, decided: 0, total: 1, keys: []))
    }
    switch answer {
    case .fine(let witness): return .holds(witness)
    case .broken(let core) where core.reason == .untold:
      return .violated(Counterexample(reason: .untold, operations: [], isMinimal: false))
    case .broken(let core):
      let (core, isMinimal) = budget.telling { shrunk(core, $0) }
      let reason = core.reason ?? .everyReadingFails(ambiguous: core.ambiguous)
      var operations = core.operations
      if case .abortedRead(_, let writes) = reason { operations = Set(operations).union(writes).sorted() }
      return .violated(Counterexample(reason: reason, operations: operations, isMinimal: isMinimal))
    }
  }

  /// A contradiction found in a reading, made smaller and told.
  func refutation(_ contradiction: Contradiction, of reading: Reading, _ budget: Budget) -> Counterexample {
    budget.telling { budget in
      do throws(LimitReached) {
        return try told(contradiction, of: reading, budget)
      } catch {
        return Counterexample(reason: .untold, operations: [], isMinimal: false)
      }
    }
  }

  private func told(
    _ contradiction: Contradiction, of reading: Reading, _ budget: Budget
  ) throws(LimitReached) -> Counterexample {
    let named = try contradiction.operations(budget)
    let operations = try justified(named, reading, budget).sorted().map { reading.operations.ids[$0] }
    let core = Core(operations: operations, ambiguous: [], reason: nil)
    let (smaller, isMinimal) = shrunk(core, budget)
    var why = smaller.reason
    if why == nil, smaller.operations.count <= Self.explainedMax {
      why = try? reason(contradiction, reading, budget)
    }
    if why == nil {
      // Edges that follow from edges that follow from edges: told one by one they would fill volumes.
      let deadEnd = DeadEnd(history, smaller.operations, order: .processOrder, after: [], budget)
      why = .noOrder(placed: deadEnd.placed, blocked: deadEnd.blocked)
    }
    return Counterexample(
      reason: why ?? .noOrder(placed: [], blocked: []), operations: smaller.operations, isMinimal: isMinimal)
  }

  private func answer(_ prepared: PreparedReading, _ budget: Budget) throws(LimitReached) -> Answer {
    guard model != .sequential, let open = prepared.reading.firstOpen else {
      switch try check(prepared, budget) {
      case .fine(let witness): return .fine(witness)
      case .broken(let contradiction): return .broken(core(contradiction, [], prepared.reading, budget))
      }
    }
    var reading = prepared.reading
    return try search(&reading, open, budget)
  }

  func answer(of part: [OperationID], _ budget: Budget) throws(LimitReached) -> Answer {
    try answer(PreparedReading(try Reading(history, part, budget), history), budget)
  }

  /// The operations of a contradiction, and others, with the contradiction as the reason.
  private func core(
    _ contradiction: Contradiction, _ others: Set<Int>, _ reading: Reading, _ budget: Budget
  ) -> Core {
    core(budget) { budget throws(LimitReached) in
      let operations = try justified(try contradiction.operations(budget), reading, budget).union(others)
      return Core(
        operations: operations.sorted().map { reading.operations.ids[$0] }, ambiguous: [],
        reason: try reason(contradiction, reading, budget))
    }
  }

  /// What breaks the promise, if the time that is kept for telling it is enough.
  private func core(_ budget: Budget, _ tell: (Budget) throws(LimitReached) -> Core) -> Core {
    budget.telling { budget in
      do throws(LimitReached) {
        return try tell(budget)
      } catch {
        return Core(operations: [], ambiguous: [], reason: .untold)
      }
    }
  }

  private func search(
    _ reading: inout Reading, _ open: Int, _ budget: Budget
  ) throws(LimitReached) -> Answer {
    struct Choice {
      let operation: Int
      let mark: Int
      var untried: [Int]
    }
    var core: Set<Int> = []
    var ambiguous: Set<Int> = []
    var isFirst = true
    var choices: [Choice] = []
    while true {
      switch try check(PreparedReading(reading, history), budget) {
      case .fine(let witness):
        if isFirst, let witness = try naturalReading(reading, budget) {
          budget.note(.sourceSearch)
          return .fine(witness)
        }
        isFirst = false
        guard let operation = reading.firstOpen else {
          budget.note(.sourceSearch)
          return .fine(witness)
        }
        let candidates = reading.candidates(of: operation)
        ambiguous.insert(operation)
        core.insert(operation)
        core.formUnion(candidates.filter { $0 >= 0 })
        choices.append(Choice(operation: operation, mark: reading.mark, untried: candidates.reversed()))
      case .broken(let contradiction):
        if choices.isEmpty { return .broken(self.core(contradiction, core, reading, budget)) }
        core.formUnion(try justified(try contradiction.operations(budget), reading, budget))
      }
      var isExhausted = true
      while let last = choices.indices.last {
        try budget.look()
        reading.undo(to: choices[last].mark)
        guard let source = choices[last].untried.popLast() else {
          choices.removeLast()
          continue
        }
        reading.choose(source, for: choices[last].operation)
        isExhausted = false
        break
      }
      guard isExhausted else { continue }
      budget.note(.sourceSearch)
      return .broken(
        self.core(budget) { budget throws(LimitReached) in
          Core(
            operations: try justified(core, reading, budget).sorted().map { reading.operations.ids[$0] },
            ambiguous: ambiguous.sorted().map { reading.operations.ids[$0] }, reason: nil)
        })
    }
  }

  /// The reading in which every operation that is open has its most natural source, if it keeps the promise.
  private func naturalReading(_ reading: Reading, _ budget: Budget) throws(LimitReached) -> Witness? {
    var reading = reading
    for operation in 0..<reading.count {
      try budget.look()
      while reading.source[operation] == Reading.open {
        let candidates = reading.candidates(of: operation)
        try budget.look(after: candidates.count)
        guard let source = candidates.first else { return nil }
        reading.choose(source, for: operation)
      }
    }
    // A choice may have made an operation happen that comes earlier.
    while let operation = reading.firstOpen {
      try budget.look(after: operation / 16)
      guard let source = reading.candidates(of: operation).first else { return nil }
      reading.choose(source, for: operation)
    }
    guard case .fine(let witness) = try check(PreparedReading(reading, history), budget) else { return nil }
    return witness
  }

  private func check(_ prepared: PreparedReading, _ budget: Budget) throws(LimitReached) -> ReadingResult {
    let reading = prepared.reading
    if let limit = budget.spend() { throw LimitReached(kind: limit) }
    if let operation = reading.sourceless {
      budget.note(.eachResult)
      return .broken(.sourceless(operation))
    }
    switch model {
    case .causal, .causalConvergence:
      return try BadPatterns(prepared).decide(convergence: model == .causalConvergence, budget)
    case .sequential:
      var saturation = try Saturation(reading, history, budget)
      switch try saturation.run(budget, wantsOrder: false) {
      case .cycle(let contradiction): return .broken(contradiction)
      case .order, .open: return .fine(try prepared.witness(budget))
      }
    case .causalMemory, .pram:
      return try ProcessView(prepared, isCausal: model == .causalMemory).decide(
        budget, wantsWitness: reading.firstOpen == nil)
    default:
      return try SessionGuarantees(prepared).decide(model, budget)
    }
  }

  /// Some operations with what they need to stand for themselves: the source of each, and for one of unknown outcome
  /// something that read from it.
  private func justified(
    _ operations: Set<Int>, _ reading: Reading, _ budget: Budget
  ) throws(LimitReached) -> Set<Int> {
    var justified: Set<Int> = []
    var left = Array(operations)
    var readers: Readers?
    while let operation = left.popLast() {
      try budget.look()
      guard justified.insert(operation).inserted else { continue }
      let source = reading.source[operation]
      if source >= 0 {
        left.append(source)
      } else if source == Reading.open || !reading.happened[operation] {
        left += reading.candidates(of: operation).filter { $0 >= 0 }
      }
      if reading.operations.isOptional[operation], reading.happened[operation] {
        let known = if let readers { readers } else { try Readers(reading, budget) }
        readers = known
        left += try proof(that: operation, known, reading, budget)
      }
    }
    return justified
  }

  /// What shows that an operation of unknown outcome happened: who read from it, who read from that, up to one whose outcome
  /// is known. Nothing where the reading settles it for some other reason.
  private func proof(
    that operation: Int, _ readers: Readers, _ reading: Reading, _ budget: Budget
  ) throws(LimitReached) -> [Int] {
    var cameFrom: [Int: Int] = [:]
    var found = [operation]
    var next = 0
    while next < found.count {
      let write = found[next]
      next += 1
      for reader in readers[write] where cameFrom[reader] == nil && reader != operation {
        try budget.look()
        cameFrom[reader] = write
        guard reading.operations.isOptional[reader] else {
          var path = [reader]
          while let before = cameFrom[path[path.count - 1]], before != operation { path.append(before) }
          return path
        }
        found.append(reader)
      }
    }
    return []
  }

  private func reason(
    _ contradiction: Contradiction, _ reading: Reading, _ budget: Budget
  ) throws(LimitReached) -> Counterexample.Reason {
    switch contradiction {
    case .untold(let limit): throw limit
    case .cycle(let pattern, let graph, let steps):
      return .cycle(Cycle(pattern: pattern, edges: try graph.edges(steps, budget)))
    case .sourceless(let operation):
      let id = reading.operations.ids[operation]
      let row = history[id]
      if row.isMismatch { return .impossibleMismatch(id) }
      let failed = history.ids {
        $0.kind != .read && $0.outcome == .fail && $0.key == row.key && $0.value == row.expected
      }
      return failed.isEmpty ? .thinAirRead(id) : .abortedRead(id, writes: failed)
    }
  }
}
