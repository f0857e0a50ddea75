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
  /// How many configurations and looks at operations making a counterexample smaller may cost.
  private static let shrinkingWorkMax = 1_000_000

  private let history: History
  private let model: Model

  init(_ history: History, _ model: Model) {
    self.history = history
    self.model = model
  }

  /// What some operations came to.
  private enum Answer {
    case fine(Witness)
    case broken(Core)
    case limit(Limits.Kind)
  }

  /// Operations that break the promise by themselves.
  private struct Core {
    var operations: [OperationID]
    /// Those whose source was tried in several ways; if there is none, the contradiction shows why.
    var ambiguous: [OperationID]
    var reason: Counterexample.Reason?
  }

  /// Decides.
  func decide(_ budget: inout Budget) -> Verdict.Outcome {
    switch answer(history.ids { $0.isEffective }, &budget) {
    case .fine(let witness): return .holds(witness)
    case .limit(let kind): return .undecided(.limitReached(kind, decided: 0, total: 1, key: nil))
    case .broken(let core):
      let (core, isMinimal) = shrunk(core, budget)
      let reason = core.reason ?? .everyReadingFails(ambiguous: core.ambiguous)
      var operations = core.operations
      if case .abortedRead(_, let writes) = reason { operations = Set(operations).union(writes).sorted() }
      return .violated(Counterexample(reason: reason, operations: operations, isMinimal: isMinimal))
    }
  }

  /// A contradiction found in a reading, made smaller and told.
  func refutation(_ contradiction: Contradiction, of reading: Reading, _ budget: Budget) -> Counterexample {
    let operations = justified(contradiction.operations, reading).sorted().map { reading.operations.ids[$0] }
    let core = Core(operations: operations, ambiguous: [], reason: nil)
    let (smaller, isMinimal) = shrunk(core, budget)
    var why = smaller.reason
    if why == nil, smaller.operations.count <= Self.explainedMax { why = reason(contradiction, reading) }
    if why == nil {
      // Edges that follow from edges that follow from edges: told one by one they would fill volumes.
      let deadEnd = DeadEnd(history, smaller.operations, order: .processOrder, after: [])
      why = .noOrder(placed: deadEnd.placed, blocked: deadEnd.blocked)
    }
    return Counterexample(
      reason: why ?? .noOrder(placed: [], blocked: []), operations: smaller.operations, isMinimal: isMinimal)
  }

  private func answer(_ ids: [OperationID], _ budget: inout Budget) -> Answer {
    var reading = Reading(history, ids)
    guard model != .sequential, let open = reading.firstOpen else {
      switch check(reading, &budget) {
      case .fine(let witness): return .fine(witness)
      case .limit(let kind): return .limit(kind)
      case .broken(let contradiction):
        let operations = justified(contradiction.operations, reading)
        return .broken(
          Core(
            operations: operations.sorted().map { reading.operations.ids[$0] }, ambiguous: [],
            reason: reason(contradiction, reading)))
      }
    }
    return search(&reading, open, &budget)
  }

  private func search(_ reading: inout Reading, _ open: Int, _ budget: inout Budget) -> Answer {
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
      switch check(reading, &budget) {
      case .limit(let kind): return .limit(kind)
      case .fine(let witness):
        if isFirst, let witness = naturalReading(reading, &budget) { return .fine(witness) }
        isFirst = false
        guard let operation = reading.firstOpen else { return .fine(witness) }
        let candidates = reading.candidates(of: operation)
        ambiguous.insert(operation)
        core.insert(operation)
        core.formUnion(candidates.filter { $0 >= 0 })
        choices.append(Choice(operation: operation, mark: reading.mark, untried: candidates.reversed()))
      case .broken(let contradiction):
        core.formUnion(justified(contradiction.operations, reading))
        if choices.isEmpty {
          return .broken(
            Core(
              operations: core.sorted().map { reading.operations.ids[$0] }, ambiguous: [],
              reason: reason(contradiction, reading)))
        }
      }
      var isExhausted = true
      while let last = choices.indices.last {
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
      core = justified(core, reading)
      return .broken(
        Core(
          operations: core.sorted().map { reading.operations.ids[$0] },
          ambiguous: ambiguous.sorted().map { reading.operations.ids[$0] }, reason: nil))
    }
  }

  /// The reading in which every operation that is open has its most natural source, if it keeps the promise.
  private func naturalReading(_ reading: Reading, _ budget: inout Budget) -> Witness? {
    var reading = reading
    while let operation = reading.firstOpen {
      guard let source = reading.candidates(of: operation).first else { return nil }
      reading.choose(source, for: operation)
    }
    guard case .fine(let witness) = check(reading, &budget) else { return nil }
    return witness
  }

  private func check(_ reading: Reading, _ budget: inout Budget) -> ReadingResult {
    if budget.isLate { return .limit(.time) }
    if let limit = budget.spend() { return .limit(limit) }
    if let operation = reading.sourceless { return .broken(.sourceless(operation)) }
    switch model {
    case .causal, .causalConvergence:
      return BadPatterns(reading).decide(
        convergence: model == .causalConvergence, memoryBytesMax: budget.memoryBytesMax)
    case .sequential:
      var saturation = Saturation(reading)
      switch saturation.run(budget, wantsOrder: false) {
      case .cycle(let contradiction): return .broken(contradiction)
      case .limit(let kind): return .limit(kind)
      case .order, .open: return .fine(reading.witness)
      }
    case .causalMemory, .pram:
      return ProcessView(reading, isCausal: model == .causalMemory).decide(
        budget, wantsWitness: reading.firstOpen == nil)
    default:
      return SessionGuarantees(reading).decide(model, budget)
    }
  }

  /// Some operations with what they need to stand for themselves: the source of each, and for one of unknown outcome
  /// something that read from it.
  private func justified(_ operations: Set<Int>, _ reading: Reading) -> Set<Int> {
    var justified: Set<Int> = []
    var left = Array(operations)
    while let operation = left.popLast() {
      guard justified.insert(operation).inserted else { continue }
      let source = reading.source[operation]
      if source >= 0 {
        left.append(source)
      } else if source == Reading.open || !reading.happened[operation] {
        left += reading.candidates(of: operation).filter { $0 >= 0 }
      }
      if reading.operations.isOptional[operation], reading.happened[operation],
        let reader = reading.source.firstIndex(of: operation)
      {
        left.append(reader)
      }
    }
    return justified
  }

  private func reason(_ contradiction: Contradiction, _ reading: Reading) -> Counterexample.Reason {
    switch contradiction {
    case .cycle(let pattern, let graph, let steps):
      return .cycle(Cycle(pattern: pattern, edges: graph.edges(steps)))
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

  /// A part of the core that is broken too and, if the work allows, from which nothing can be left out.
  ///
  /// A part is a history of its own if every operation kept still has all its possible sources, so with a write go the
  /// operations that may have found its value.
  private func shrunk(_ core: Core, _ budget: Budget) -> (Core, isMinimal: Bool) {
    var core = core
    var work = 0
    var isSure = true
    var chunk = max(1, core.operations.count / 2)
    while true {
      var isSmaller = false
      var start = 0
      isSure = true
      while start < core.operations.count {
        let end = min(start + chunk, core.operations.count)
        let part = rest(of: core.operations, without: core.operations[start..<end])
        work += core.operations.count
        if work > Self.shrinkingWorkMax || budget.isLate { return (core, false) }
        var allowance = Budget(Limits(configurationsMax: 200, memoryBytesMax: budget.memoryBytesMax))
        let answer = part.isEmpty ? nil : answer(part, &allowance)
        work += allowance.configurationsExplored * part.count
        switch answer {
        case .broken(let smaller) where smaller.operations.count < core.operations.count:
          core = smaller
          isSmaller = true
          continue
        case .limit: isSure = false
        case .broken, .fine, nil: break
        }
        start = end
      }
      if chunk > 1 {
        chunk = min(chunk / 2, max(1, core.operations.count / 2))
      } else if !isSmaller {
        return (core, isSure)
      }
    }
  }

  private func rest(of all: [OperationID], without removed: ArraySlice<OperationID>) -> [OperationID] {
    var gone = Set(removed)
    var isStable = false
    while !isStable {
      isStable = true
      let writes = gone.filter { history[$0].mayWrite }
      for id in all where !gone.contains(id) {
        let reader = history[id]
        let found = reader.observed ?? (reader.kind == .compareAndSet ? reader.expected : nil)
        let mayHaveRead = writes.contains { write in
          guard history[write].key == reader.key, reader.kind != .write else { return false }
          if reader.isMismatch, !reader.hasResult { return history[write].value != reader.expected }
          return history[write].value == found
        }
        if mayHaveRead {
          gone.insert(id)
          isStable = false
        }
      }
    }
    return all.filter { !gone.contains($0) }
  }
}
