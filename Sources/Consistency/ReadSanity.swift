import History

/// The contradictions that need no search: results that no order of the operations could produce.
///
/// One pass over the history groups, for each key and value, what may have written it; a second looks every observation
/// up (see ``Operation/observed``). Linear in the operations, plus the writers of each value that is looked up.
struct ReadSanity {
  /// When a write comes too late to explain an observation.
  enum Lateness {
    /// When the observing operation ended before the write began.
    case realTime
    /// When the same process began the write after the observing operation.
    case processOrder
  }

  private struct Register: Hashable {
    let key: KeyID
    let value: ValueID
  }

  private let history: History
  private var writes: [Register: [OperationID]] = [:]
  private var failedWrites: [Register: [OperationID]] = [:]

  init(_ history: History) {
    self.history = history
    for id in history.ids {
      let operation = history[id]
      let register = Register(key: operation.key, value: operation.value)
      if operation.mayWrite {
        writes[register, default: []].append(id)
      } else if operation.kind != .read, operation.outcome == .fail {
        failedWrites[register, default: []].append(id)
      }
    }
  }

  /// The first observation, in order of invocation, that contradicts the history by itself.
  ///
  /// - Parameter isAsked: which operations to look at.
  func firstContradiction(
    _ lateness: Lateness, among isAsked: (Operation) -> Bool = { _ in true }
  ) -> Counterexample? {
    for id in history.ids where isAsked(history[id]) {
      if let counterexample = contradiction(of: id, lateness) { return counterexample }
    }
    return nil
  }

  private func contradiction(of id: OperationID, _ lateness: Lateness) -> Counterexample? {
    let operation = history[id]
    guard let value = operation.observed, value != history.initialValue(of: operation.key) else { return nil }
    let register = Register(key: operation.key, value: value)
    let writes = writes[register, default: []]
    if writes.isEmpty || writes == [id] {
      guard let failed = failedWrites[register] else {
        return Counterexample(reason: .thinAirRead(id), operations: [id], isMinimal: true)
      }
      return Counterexample(
        reason: .abortedRead(id, writes: failed), operations: (failed + [id]).sorted(), isMinimal: true)
    }
    let isLate = writes.allSatisfy { write in
      switch lateness {
      case .realTime: write == id || operation.precedes(history[write])
      case .processOrder: history[write].process == operation.process && write >= id
      }
    }
    guard isLate else { return nil }
    let late = writes.filter { $0 != id }
    return Counterexample(
      reason: .futureRead(id, writes: late), operations: (late + [id]).sorted(), isMinimal: true)
  }
}
