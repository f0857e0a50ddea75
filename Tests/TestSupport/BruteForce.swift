public import Consistency
public import History

/// The models decided straight from their definitions, by trying every order: for histories of a handful of operations.
///
/// Nothing here is shared with the checkers, so that both can only agree by being right, or by reading the definitions
/// wrongly in the same way.
public enum BruteForce {
  /// What the definition says.
  public enum Answer: Sendable, Hashable {
    /// Every run that fits the recording keeps the promise.
    case holds
    /// No run that fits the recording keeps it.
    case violated
    /// Some do and some do not, or the recording is not enough to judge by.
    case open
  }

  /// What the definition of a model says about a history.
  public static func answer(_ history: History, _ model: Model) -> Answer {
    switch model {
    case .linearizable: isLinearizable(history) ? .holds : .violated
    case .sequential: isSequential(history) ? .holds : .violated
    case .causal, .causalMemory, .causalConvergence, .pram:
      BruteForceCausality.holds(history, model) ? .holds : .violated
    case .readYourWrites, .monotonicReads, .monotonicWrites, .writesFollowReads:
      BruteForceSessions.holds(history, model) ? .holds : .violated
    case .regular, .safe:
      BruteForceRegisters.holds(history, isSafe: model == .safe) ? .holds : .violated
    case .eventual: BruteForceConvergence.answer(history)
    }
  }

  /// What the definition of a causal model says with every causal order there is, where ``answer(_:_:)`` takes the
  /// smallest for each way to read: for histories of four operations.
  public static func answerByAllCausalOrders(_ history: History, _ model: Model) -> Answer {
    BruteForceCausality.holdsByAllOrders(history, model) ? .holds : .violated
  }

  /// Whether each key has an order of its operations that extends real time and the order of each process.
  public static func isLinearizable(_ history: History) -> Bool {
    history.keys.indices.allSatisfy { index in
      hasOrder(history, history.operations.filter { Int($0.key.index) == index }) { first, second in
        first.completed < second.invoked
      }
    }
  }

  /// Whether an operation can have found a value.
  public static func fits(_ operation: Operation, _ value: ValueID) -> Bool {
    BruteForceReading.fits(operation, value)
  }

  /// Whether the whole history has an order that extends real time and the order of each process.
  ///
  /// The same as ``isLinearizable(_:)``, by locality, as long as process order shows in real time.
  public static func isLinearizableAsAWhole(_ history: History) -> Bool {
    hasOrder(history, history.operations) { first, second in first.completed < second.invoked }
  }

  /// Whether the history has an order that extends the order of each process.
  public static func isSequential(_ history: History) -> Bool {
    hasOrder(history, history.operations) { _, _ in false }
  }

  /// Whether, for some choice of the operations of unknown outcome that took effect, some order of the operations that
  /// took effect gives every operation its result.
  private static func hasOrder(
    _ history: History, _ operations: [Operation], mustPrecede: (Operation, Operation) -> Bool
  ) -> Bool {
    let certain = operations.filter { $0.outcome == .ok }
    let unknown = operations.filter { $0.outcome == .unknown && $0.kind != .read }
    for choice in 0..<(1 << unknown.count) {
      let chosen = unknown.indices.filter { choice & (1 << $0) != 0 }.map { unknown[$0] }
      let effective = operations.filter { certain.contains($0) || chosen.contains($0) }
      var before = Array(repeating: Array(repeating: false, count: effective.count), count: effective.count)
      for (i, first) in effective.enumerated() {
        for (j, second) in effective.enumerated() where i != j {
          before[i][j] = mustPrecede(first, second) || (first.process == second.process && i < j)
        }
      }
      let store = history.keys.indices.map { history.initialValue(of: KeyID(index: UInt32($0))) }
      if extend(effective, before, Array(repeating: false, count: effective.count), store) { return true }
    }
    return false
  }

  /// Whether the operations that are not placed yet can follow in some order.
  private static func extend(
    _ operations: [Operation], _ before: [[Bool]], _ isPlaced: [Bool], _ store: [ValueID]
  ) -> Bool {
    if isPlaced.allSatisfy({ $0 }) { return true }
    for next in operations.indices where !isPlaced[next] {
      let isBlocked = operations.indices.contains { !isPlaced[$0] && $0 != next && before[$0][next] }
      if isBlocked { continue }
      let operation = operations[next]
      let holds = store[Int(operation.key.index)]
      var store = store
      switch operation.kind {
      case .read:
        if operation.hasResult && operation.value != holds { continue }
      case .write:
        store[Int(operation.key.index)] = operation.value
      case .compareAndSet where operation.isMismatch:
        if holds == operation.expected || (operation.hasResult && operation.value != holds) { continue }
      case .compareAndSet:
        if holds != operation.expected { continue }
        store[Int(operation.key.index)] = operation.value
      }
      var isPlaced = isPlaced
      isPlaced[next] = true
      if extend(operations, before, isPlaced, store) { return true }
    }
    return false
  }
}
