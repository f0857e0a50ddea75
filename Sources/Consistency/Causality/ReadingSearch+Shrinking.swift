import History

/// Makes what breaks a promise small.
extension ReadingSearch {
  /// How many configurations and looks at operations making a counterexample smaller may cost.
  private static let shrinkingWorkMax = 1_000_000

  /// A part of the core that is broken too and, if the work allows, from which nothing can be left out.
  ///
  /// A part is a history of its own if every operation kept still has all its possible sources, so with a write go the
  /// operations that may have found its value.
  func shrunk(_ core: Core, _ budget: Budget) -> (Core, isMinimal: Bool) {
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
        work += core.operations.count
        if work > Self.shrinkingWorkMax { return (core, false) }
        var limits = budget.limits
        limits.configurationsMax = 200
        let allowance = Budget(limits)
        do throws(LimitReached) {
          let part = try rest(of: core.operations, without: core.operations[start..<end], budget)
          defer { work += allowance.configurationsExplored * part.count }
          if !part.isEmpty, case .broken(let smaller) = try self.answer(of: part, allowance),
            smaller.reason != .untold, smaller.operations.count < core.operations.count
          {
            core = smaller
            isSmaller = true
            continue
          }
        } catch {
          if error.kind != .configurations { return (core, false) }
          isSure = false
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

  private func rest(
    of all: [OperationID], without removed: ArraySlice<OperationID>, _ budget: Budget
  ) throws(LimitReached) -> [OperationID] {
    var gone = Set(removed)
    var isStable = false
    while !isStable {
      isStable = true
      let writes = gone.filter { history[$0].mayWrite }
      for id in all where !gone.contains(id) {
        try budget.look(after: 1 + writes.count / 8)
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
