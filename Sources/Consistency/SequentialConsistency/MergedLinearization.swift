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
    let count = history.operations.count
    var isPlaceable = Array(repeating: false, count: count)
    /// The next operation of an operation's process, and of its key; -1 where there is none.
    var ofProcess = Array(repeating: -1, count: count)
    var ofKey = ofProcess
    /// How many of an operation's two predecessors, of its key and of its process, are not placed.
    var waitsFor: [UInt8] = Array(repeating: 0, count: count)
    for order in orders {
      for id in order { isPlaceable[id.index] = true }
      for (before, after) in zip(order, order.dropFirst()) {
        ofKey[before.index] = after.index
        waitsFor[after.index] += 1
      }
    }
    var lastOfProcess: [ProcessID: Int] = [:]
    for index in 0..<count where isPlaceable[index] {
      guard let before = lastOfProcess.updateValue(index, forKey: history.operations[index].process) else {
        continue
      }
      ofProcess[before] = index
      waitsFor[index] += 1
    }
    var ready = orders.compactMap { order in order.first?.index }.filter { waitsFor[$0] == 0 }
    var merged: [OperationID] = []
    func release(_ after: Int) {
      guard after >= 0 else { return }
      waitsFor[after] -= 1
      if waitsFor[after] == 0 { ready.append(after) }
    }
    while let index = ready.popLast() {
      merged.append(OperationID(index))
      release(ofProcess[index])
      release(ofKey[index])
    }
    return merged
  }
}
