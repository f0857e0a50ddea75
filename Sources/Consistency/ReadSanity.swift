import History

/// The contradictions that need no search: results that no order of the operations could produce.
///
/// For each key one pass notes what may have written each value; a second looks every observation up (see
/// ``Operation/observed``). To say whether all writers come too late the first two are enough, since operations are in
/// order of invocation and one of them may be the observer itself. Linear, without an allocation for an operation.
struct ReadSanity {
  /// When a write comes too late to explain an observation.
  enum Lateness {
    /// When the observing operation ended before the write began.
    case realTime
    /// When the same process began the write after the observing operation.
    case processOrder
  }

  /// What may have written a value of the key in hand.
  private struct Writers {
    var first: Int32 = -1
    var second: Int32 = -1
    var areOfOneProcess = true
  }

  private let history: History
  private let operationsOfKey: OperationsByKey

  init(_ history: History, _ operationsOfKey: OperationsByKey? = nil) {
    self.history = history
    self.operationsOfKey = operationsOfKey ?? OperationsByKey(history)
  }

  /// The first observation, in order of invocation, that contradicts the history by itself; or any, when a limit is
  /// reached after one was found.
  ///
  /// - Parameter isAsked: which operations to look at.
  func firstContradiction(
    _ lateness: Lateness, _ budget: Budget, among isAsked: (Operation) -> Bool = { _ in true }
  ) throws(LimitReached) -> Counterexample? {
    let operations = history.operations
    try budget.ask(for: history.values.count * MemoryLayout<Writers>.stride)
    var writersOfValue = Array(repeating: Writers(), count: history.values.count)
    var first = Int32(truncatingIfNeeded: operations.count)
    for key in history.keys.indices.map({ KeyID(index: UInt32($0)) }) {
      let ids = operationsOfKey[key]
      if let limit = budget.reached(after: ids.count) {
        if first < operations.count { break }
        throw LimitReached(kind: limit)
      }
      for id in ids where operations[Int(id)].mayWrite {
        if first == operations.count { try budget.look() }
        note(id, in: &writersOfValue[Int(operations[Int(id)].value.index)])
      }
      for id in ids where id < first && isAsked(operations[Int(id)]) {
        guard let value = operations[Int(id)].observed, value != history.initialValue(of: key),
          isContradiction(id, writersOfValue[Int(value.index)], lateness)
        else { continue }
        first = id
      }
      for id in ids where operations[Int(id)].mayWrite {
        writersOfValue[Int(operations[Int(id)].value.index)] = Writers()
      }
    }
    return first < operations.count ? explanation(of: OperationID(Int(first))) : nil
  }

  private func note(_ id: Int32, in writers: inout Writers) {
    if writers.first < 0 {
      writers.first = id
      return
    }
    if writers.second < 0 { writers.second = id }
    if history.operations[Int(id)].process != history.operations[Int(writers.first)].process {
      writers.areOfOneProcess = false
    }
  }

  private func isContradiction(_ id: Int32, _ writers: Writers, _ lateness: Lateness) -> Bool {
    let earliestOther = writers.first == id ? writers.second : writers.first
    guard earliestOther >= 0 else { return true }
    let observer = history.operations[Int(id)]
    let writer = history.operations[Int(earliestOther)]
    switch lateness {
    case .realTime: return observer.precedes(writer)
    case .processOrder:
      return writers.areOfOneProcess && writer.process == observer.process && writers.first >= id
    }
  }

  /// Says which of the three contradictions an observation is. Linear.
  private func explanation(of id: OperationID) -> Counterexample {
    let observer = history[id]
    let writers = history.ids {
      $0.kind != .read && !$0.isMismatch && $0.key == observer.key && $0.value == observer.observed
    }
    let late = writers.filter { $0 != id && history[$0].mayWrite }
    let failed = writers.filter { history[$0].outcome == .fail }
    let reason: Counterexample.Reason =
      !late.isEmpty
      ? .futureRead(id, writes: late)
      : failed.isEmpty ? .thinAirRead(id) : .abortedRead(id, writes: failed)
    let writes = late.isEmpty ? failed : late
    return Counterexample(reason: reason, operations: (writes + [id]).sorted(), isMinimal: true)
  }
}
