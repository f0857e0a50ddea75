import History

/// Decides eventual convergence from the final reads: once writes have stopped, all replicas agree on each key, on a value
/// that was written and that no causally later write replaced.
///
/// Follows Burckhardt, *Principles of Eventual Consistency*, 2014, cut to what a finite recording can show: the harness
/// reads every key from every replica after the last write completed, and those reads stand for "eventually". How, for
/// each key:
/// 1. A final read of a value that nothing wrote in time is a violation.
/// 2. Two final reads that differ are one too, unless a write of unknown outcome, arriving between them, may be why.
/// 3. If they agree on the initial value, nothing may have been written; if on another, one write of it must not be
///    replaced (see ``CausalOrder``).
/// 4. A key that was not read from every replica, or before its writes had completed, proves nothing.
///
/// Linear in the history, and for each key in what comes causally after each write of the agreed value.
struct ConvergenceChecker {
  /// The replicas that there are: a number of them, when the history declares it, or those that were asked. A declared
  /// number may be any, so they are never listed.
  private struct Replicas {
    private let declared: Int?
    private let asked: [Int32]

    init(_ history: History) {
      declared = history.run?.servers
      asked = declared == nil ? Set(history.operations.compactMap(\.server)).sorted() : []
    }

    var isEmpty: Bool { declared.map { $0 == 0 } ?? asked.isEmpty }

    /// The first that is not among some; at most one look more than these are.
    func first(outside answered: Set<Int32>) -> Int? {
      if let declared {
        return (0..<declared).first { server in Int32(exactly: server).map(answered.contains) != true }
      }
      return asked.first { !answered.contains($0) }.map { Int($0) }
    }
  }

  /// What one key came to.
  private enum Finding {
    case agreement(Witness.Agreement)
    case violated(Counterexample)
    case undecided(Undecided)
    case limit(Limits.Kind)
  }

  private let history: History
  private let prepared: PreparedHistory
  private let causalOrder: CausalOrder?
  private let replicas: Replicas
  private var finalReads: [[OperationID]]
  private var writes: [[OperationID]]
  private var isUsed: [Bool]

  init(_ prepared: PreparedHistory, _ budget: Budget) throws(LimitReached) {
    self.prepared = prepared
    let history = prepared.history
    self.history = history
    replicas = Replicas(history)
    finalReads = Array(repeating: [], count: history.keys.count)
    writes = finalReads
    isUsed = Array(repeating: false, count: history.keys.count)
    // Without final reads nothing else is asked.
    guard history.operations.contains(where: \.isFinalResult) else {
      causalOrder = nil
      return
    }
    causalOrder = try CausalOrder(history, budget)
    for id in history.operations.indices.lazy.map({ OperationID($0) }) {
      try budget.look()
      let operation = history[id]
      let key = Int(operation.key.index)
      isUsed[key] = true
      if operation.isFinalResult { finalReads[key].append(id) }
      if operation.mayWrite { writes[key].append(id) }
    }
  }

  /// Decides. A violation of any key counts more than what other keys leave open.
  func decide(_ budget: Budget) throws(LimitReached) -> Verdict.Outcome {
    guard finalReads.contains(where: { !$0.isEmpty }) else {
      return .undecided(.provesNothing("no key was read from the replicas after the writes had stopped"))
    }
    // Where no observation contradicts the history by itself, no final one does.
    if try prepared.contradiction(.realTime, budget) != nil,
      let contradiction = try ReadSanity(history, prepared.operationsOfKey)
        .firstContradiction(.realTime, budget, among: \.isFinalResult)
    {
      budget.note(.eachResult)
      return .violated(contradiction)
    }
    guard !replicas.isEmpty else {
      return .undecided(.provesNothing("the recording does not say which replicas there are"))
    }
    guard let causalOrder else { return .undecided(.provesNothing("no key was read from the replicas")) }
    var agreements: [Witness.Agreement] = []
    var vacuous: Undecided?
    var ambiguous: Undecided?
    var firstLimit: Limits.Kind?
    let keys = history.keys.indices.filter { isUsed[$0] }.map { KeyID(index: UInt32($0)) }
    for key in keys {
      switch finding(key, causalOrder, budget) {
      case .limit(let kind): firstLimit = firstLimit ?? kind
      case .violated(let counterexample):
        budget.note(keys: [.finalReads: 1])
        return .violated(counterexample)
      case .agreement(let agreement): agreements.append(agreement)
      case .undecided(let undecided):
        if case .provesNothing = undecided {
          vacuous = vacuous ?? undecided
        } else {
          ambiguous = ambiguous ?? undecided
        }
      }
    }
    budget.note(keys: [.finalReads: agreements.count])
    if let firstLimit {
      let decided = Set(agreements.map(\.key))
      return .undecided(
        .limitReached(
          firstLimit, decided: decided.count, total: keys.count, keys: keys.filter { !decided.contains($0) }))
    }
    if let undecided = vacuous ?? ambiguous { return .undecided(undecided) }
    return .holds(.agreement(agreements))
  }

  private func finding(_ key: KeyID, _ causalOrder: CausalOrder, _ budget: Budget) -> Finding {
    do throws(LimitReached) {
      return try decided(key, causalOrder, budget)
    } catch {
      return .limit(error.kind)
    }
  }

  private func decided(
    _ key: KeyID, _ causalOrder: CausalOrder, _ budget: Budget
  ) throws(LimitReached) -> Finding {
    let reads = finalReads[Int(key.index)]
    let completed = writes[Int(key.index)].filter { history[$0].outcome == .ok }
    for read in reads {
      try budget.look(after: completed.count)
      let isEarly = !completed.allSatisfy { KnownOrder.realTime.precedes($0, read, in: history) }
      if isEarly {
        return .undecided(
          .provesNothing("writes of key \(history[key]) had not stopped when its final reads began"))
      }
    }
    if let finding = disagreement(key, reads) { return finding }
    var survivor: OperationID?
    if let read = reads.first {
      switch try staleness(key, read, causalOrder, budget) {
      case .fresh(let write): survivor = write
      case .finding(let finding): return finding
      }
    }

    let answered = Set(reads.compactMap { history[$0].server })
    if let silent = replicas.first(outside: answered) {
      return .undecided(
        .provesNothing("replica \(silent) gave no final answer for key \(history[key])"))
    }
    return agreement(key, reads, survivor, completed)
  }

  private func agreement(
    _ key: KeyID, _ reads: [OperationID], _ survivor: OperationID?, _ writes: [OperationID]
  ) -> Finding {
    let lastRead = reads.map { history[$0].completed }.max()
    let lastWrite = writes.map { history[$0].completed }.max()
    var converged: Int64?
    if let lastRead, let lastWrite { converged = lastRead - lastWrite }
    return .agreement(
      Witness.Agreement(
        key: key, value: history[reads[0]].value, reads: reads, write: survivor, converged: converged))
  }

  private func disagreement(_ key: KeyID, _ reads: [OperationID]) -> Finding? {
    let values = Set(reads.map { history[$0].value })
    guard values.count > 1 else { return nil }
    let open = Set(
      writes[Int(key.index)].filter { history[$0].outcome == .unknown }.map { history[$0].value })
    var firstReads: [OperationID] = []
    for read in reads where !open.contains(history[read].value) {
      if firstReads.allSatisfy({ history[$0].value != history[read].value }) { firstReads.append(read) }
    }
    guard firstReads.count > 1 else {
      return .undecided(
        .ambiguous(
          "final reads of key \(history[key]) differ, but a write of unknown outcome may have arrived between them"
        ))
    }
    let pair = Array(firstReads.prefix(2))
    return .violated(
      Counterexample(reason: .disagreement(key, reads: pair), operations: pair, isMinimal: true))
  }

  private enum Staleness {
    /// Nothing replaced the value of the write, or nothing was written.
    case fresh(OperationID?)
    case finding(Finding)
  }

  /// Whether the agreed value is one that should no longer be there.
  private func staleness(
    _ key: KeyID, _ read: OperationID, _ causalOrder: CausalOrder, _ budget: Budget
  ) throws(LimitReached) -> Staleness {
    let value = history[read].value
    let writers = causalOrder.writers(of: value, key)
    if writers.isEmpty {
      // Nothing wrote it, so it is the initial value, and there must have been no write at all.
      for write in writes[Int(key.index)] {
        let witness = history[write].outcome == .ok ? nil : causalOrder.completedObserver(of: write)
        guard history[write].outcome == .ok || witness != nil else { continue }
        return .finding(
          .violated(
            Counterexample(
              reason: .lostWrite(read: read, write: write),
              operations: ([read, write] + (witness.map { [$0] } ?? [])).sorted(), isMinimal: true)))
      }
      return .fresh(nil)
    }
    var paths: [[OperationID]] = []
    for write in writers {
      if causalOrder.isEffective(write, .certain),
        try causalOrder.replacement(of: write, .possible, budget) == nil
      {
        return .fresh(write)
      }
      if let path = try causalOrder.replacement(of: write, .certain, budget) { paths.append(path) }
    }
    if paths.count == writers.count, let path = paths.first, let replacement = path.last {
      var operations = Set(paths.joined()).union([read])
      for operation in operations { operations.formUnion(causalOrder.evidence(of: operation)) }
      return .finding(
        .violated(
          Counterexample(
            reason: .replacedValue(read: read, write: path[0], replacement: replacement),
            operations: operations.sorted(), isMinimal: paths.count == 1)))
    }
    // Nobody wrote anything that is known to have happened, so the initial value may simply have stayed.
    if value == history.initialValue(of: key),
      !writes[Int(key.index)].contains(where: { causalOrder.isEffective($0, .possible) })
    {
      return .fresh(nil)
    }
    return .finding(
      .undecided(
        .ambiguous(
          "key \(history[key]) ended with a value that was written more than once, and it is open which write was read"
        )))
  }
}

extension Operation {
  /// Whether this is a final read with a result.
  fileprivate var isFinalResult: Bool {
    kind == .read && isFinal && outcome == .ok && hasResult
  }
}
