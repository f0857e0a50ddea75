import History

/// Decides whether the keys are regular registers, or safe ones, in the weakest multi-writer reading.
///
/// Lamport, *On Interprocess Communication II*, Distributed Computing 1, 1986, for one writer; for several, Shao, Welch,
/// Pierce, Lee, *Multiwriter consistency conditions for shared memory registers*, SIAM J. Comput. 40(1), 2011 (MWReg1).
/// Regular: a read may return any write that did not begin after it ended and that no other write replaced before the
/// read began, where one write replaces another if it began after the other ended. Safe: only reads that overlap no write
/// must. Real time counts, and the order of each process where the clock is too coarse to show it.
///
/// Each read is judged by itself, so repeated values cost little: of the writes of a value those that ended last are the
/// least replaced. Writes of unknown outcome never end, so they replace nothing and may all have happened; only a
/// compare-and-set that can have found nothing is left out, until what is left stays. O(n log n) for n operations, plus
/// the writes of a value for each read that touches an operation of its own process.
struct RegularRegister {
  private let history: History
  private let operationsOfKey: OperationsByKey
  private let isSafe: Bool

  init(_ history: History, _ operationsOfKey: OperationsByKey, isSafe: Bool) {
    self.history = history
    self.operationsOfKey = operationsOfKey
    self.isSafe = isSafe
  }

  /// Decides all keys, on several threads; what is told does not depend on them.
  func decide(_ budget: Budget) throws(LimitReached) -> Verdict.Outcome {
    let keys = history.keys.indices.map { KeyID(index: UInt32($0)) }.filter { key in
      operationsOfKey[key].contains { history.operations[Int($0)].isEffective }
    }
    try budget.ask(for: history.operations.count * Self.bytesPerOperation)
    let limits = budget.limits
    let findings = inParallel(keys.count, threads: budget.threads) {
      Budget(limits)
    } isLast: { (finding: Finding) in
      if case .failure = finding { true } else { false }
    } _: { budget, place in
      do throws(LimitReached) {
        let ids = operationsOfKey[keys[place]].map { OperationID(Int($0)) }
        return try decide(keys[place], ids.filter { history[$0].isEffective }, budget)
      } catch {
        return .limit(error.kind)
      }
    }
    var sources: [Witness.Source] = []
    sources.reserveCapacity(findings.reduce(0) { $0 + $1.count })
    var open: [KeyID] = []
    var firstLimit: Limits.Kind?
    for (key, finding) in zip(keys, findings) {
      switch finding {
      case .success(let found): sources += found
      case .failure(let counterexample):
        budget.note(keys: [.registerDefinition: 1])
        return .violated(counterexample)
      case .limit(let kind):
        firstLimit = firstLimit ?? kind
        open.append(key)
      }
    }
    budget.note(keys: [.registerDefinition: keys.count - open.count])
    if let firstLimit {
      return .undecided(
        .limitReached(firstLimit, decided: keys.count - open.count, total: keys.count, keys: open))
    }
    try budget.sort(&sources) { $0.read < $1.read }
    return .holds(.readsFrom(sources, along: []))
  }

  /// The memory that an operation takes, in bytes, its key's times apart: its source among those of its key, among those of
  /// all, and while these are sorted.
  private static let bytesPerOperation = 3 * MemoryLayout<Witness.Source>.stride

  private enum Finding: Sendable {
    case success([Witness.Source])
    case failure(Counterexample)
    case limit(Limits.Kind)

    /// The number of sources found.
    var count: Int {
      if case .success(let sources) = self { sources.count } else { 0 }
    }
  }

  private func decide(_ key: KeyID, _ ids: [OperationID], _ budget: Budget) throws(LimitReached) -> Finding {
    var times = try KeyTimes(history, key, ids, budget)
    var excluded: Set<OperationID> = []
    var swaps = ids.filter { history[$0].outcome == .unknown && history[$0].kind == .compareAndSet }
    while !swaps.isEmpty {
      var impossible: [OperationID] = []
      for swap in swaps where try source(of: swap, times, budget) == nil { impossible.append(swap) }
      if impossible.isEmpty { break }
      // One that never ends replaces nothing, so without it nothing more can be found: what is impossible stays so.
      excluded.formUnion(impossible)
      swaps.removeAll(where: excluded.contains)
      times = try KeyTimes(history, key, ids.filter { !excluded.contains($0) }, budget)
    }
    var sources: [Witness.Source] = []
    for id in ids where !excluded.contains(id) && times.finds(id) {
      guard let source = try source(of: id, times, budget) else {
        // What was found is told, whatever the limits: at most one pass over the key.
        let all = excluded.isEmpty ? times : try KeyTimes(history, key, ids, Budget(.none))
        return .failure(counterexample(id, all, excluded))
      }
      sources.append(Witness.Source(read: id, write: source.write))
    }
    return .success(sources)
  }

  /// What an operation can have found; nil when nothing.
  private func source(
    of id: OperationID, _ times: KeyTimes, _ budget: Budget
  ) throws(LimitReached) -> KeyTimes.Candidate? {
    try budget.look(after: 4)
    let mayBeReplaced = isSafe && times.overlapsWrite(id)
    func fits(_ candidate: KeyTimes.Candidate) -> Bool {
      mayBeReplaced || times.replacement(of: candidate, for: id) == nil
    }
    if let best = times.likeliest(for: id), fits(best) { return best }
    let candidates = times.candidates(of: id)
    try budget.look(after: candidates.count)
    return candidates.first(where: fits)
  }

  /// Why an operation can have found nothing.
  private func counterexample(
    _ id: OperationID, _ times: KeyTimes, _ excluded: Set<OperationID>
  ) -> Counterexample {
    var operations: Set<OperationID> = []
    var reason: Counterexample.Reason?
    var left = [id]
    while let operation = left.popLast() {
      guard operations.insert(operation).inserted, times.finds(operation) else { continue }
      // What overlaps lets a safe read off, but for a swap that did not happen: that is to be seen too.
      if isSafe { left += excluded.filter { history[$0].invoked <= history[operation].completed } }
      let candidates = times.candidates(of: operation)
      if candidates.isEmpty {
        reason = history[operation].isMismatch ? .impossibleMismatch(operation) : .thinAirRead(operation)
      }
      for candidate in candidates {
        if let write = candidate.write { left.append(write) }
        guard let replacement = times.replacement(of: candidate, for: operation) else { continue }
        left.append(replacement)
        let isAboutRead = operation == id || excluded.contains(operation)
        if reason == nil, isAboutRead {
          reason = .overwrittenValue(
            read: operation, write: candidate.write, replacement: replacement)
        }
      }
    }
    return Counterexample(
      reason: reason ?? .everyReadingFails(ambiguous: [id]), operations: operations.sorted(),
      isMinimal: operations.count <= 3 && operations.allSatisfy { history[$0].kind != .compareAndSet })
  }
}
