import History

/// Sequential consistency of a history that is even linearizable: found key by key, and merged.
///
/// Where the order of each process shows in real time, an order of each key that extends real time is enough, since such
/// orders can always be merged with all process orders (Herlihy, Wing, TOPLAS 12(3), 1990, theorem 1). Most real runs are
/// of this kind, and this way they cost a search of each key instead of one of the whole. Whatever else comes out says
/// nothing about sequential consistency.
///
/// The merge repeatedly takes an operation that is next both for its key and for its process. Linear.
struct MergedLinearization {
  /// How many configurations an operation may cost before the attempt is given up.
  private static let configurationsPerOperation = 4

  private let history: History

  init(_ history: History) {
    self.history = history
  }

  /// One order of all operations; nil when the history is not linearizable, or not easily seen to be.
  func order(_ budget: inout Budget) -> [OperationID]? {
    guard history.showsProcessOrder else { return nil }
    let allowance = Self.configurationsPerOperation * (history.operations.count + 1)
    let outcome = budget.lend(configurationsMax: allowance) {
      LinearizabilityChecker(history).decide(&$0, explainsViolation: false)
    }
    guard case .holds(.orderOfEachKey(let orders)) = outcome else { return nil }
    let merged = merge(orders.map(\.operations))
    return merged.count == orders.reduce(0) { $0 + $1.operations.count } ? merged : nil
  }

  private func merge(_ orders: [[OperationID]]) -> [OperationID] {
    var queues: [ProcessID: [OperationID]] = [:]
    for id in orders.joined().sorted() { queues[history[id].process, default: []].append(id) }
    var successor: [OperationID: OperationID] = [:]
    /// How many of an operation's two predecessors, of its key and of its process, are not placed.
    var waitsFor: [OperationID: Int] = [:]
    var ready: [OperationID] = []
    for queue in queues.values {
      for (before, after) in zip(queue, queue.dropFirst()) {
        successor[before] = after
        waitsFor[after, default: 0] += 1
      }
    }
    var keySuccessor: [OperationID: OperationID] = [:]
    for order in orders {
      for (before, after) in zip(order, order.dropFirst()) {
        keySuccessor[before] = after
        waitsFor[after, default: 0] += 1
      }
    }
    for order in orders {
      if let first = order.first, waitsFor[first, default: 0] == 0 { ready.append(first) }
    }
    var merged: [OperationID] = []
    while let id = ready.popLast() {
      merged.append(id)
      for after in [successor[id], keySuccessor[id]].compactMap(\.self) {
        let left = waitsFor[after, default: 0] - 1
        waitsFor[after] = left
        if left == 0 { ready.append(after) }
      }
    }
    return merged
  }
}
