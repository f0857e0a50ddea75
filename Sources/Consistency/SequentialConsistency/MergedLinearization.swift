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

  private let prepared: PreparedHistory
  private let history: History

  init(_ prepared: PreparedHistory) {
    self.prepared = prepared
    history = prepared.history
  }

  /// One order of all operations; nil when the history is not linearizable, or not easily seen to be.
  func order(_ budget: Budget) throws(LimitReached) -> [OperationID]? {
    guard prepared.showsProcessOrder else { return nil }
    let allowance = Self.configurationsPerOperation * (history.operations.count + 1)
    let outcome =
      prepared.linearizability
      ?? budget.lend(configurationsMax: allowance) {
        LinearizabilityChecker(history, prepared.operationsOfKey).decide($0, explainsViolation: false)
      }
    guard case .holds(.orderOfEachKey(let orders)) = outcome else { return nil }
    let merged = try merge(orders.map(\.operations), budget)
    return merged.count == orders.reduce(0) { $0 + $1.operations.count } ? merged : nil
  }

  private func merge(_ orders: [[OperationID]], _ budget: Budget) throws(LimitReached) -> [OperationID] {
    let count = history.operations.count
    try budget.ask(for: 24 * count)
    var isPlaced = Array(repeating: false, count: count)
    for order in orders { for id in order { isPlaced[id.index] = true } }
    /// The operation after an operation, of its process and of its key; -1 for none.
    var successor = Column(repeating: -1, count: count)
    var keySuccessor = successor
    /// How many of an operation's two predecessors, of its key and of its process, are not placed.
    var waitsFor = Column(repeating: 0, count: count)
    var last = NumberTable()
    var lastOfProcess: [Int] = []
    for index in 0..<count where isPlaced[index] {
      try budget.look()
      let process = history.operations[index].process.number
      let number = Int(last.number(of: UInt64(UInt32(bitPattern: process))))
      if number == lastOfProcess.count {
        lastOfProcess.append(index)
        continue
      }
      successor[lastOfProcess[number]] = index
      waitsFor[index] += 1
      lastOfProcess[number] = index
    }
    for order in orders {
      try budget.look(after: order.count / 4)
      for (before, after) in zip(order, order.dropFirst()) {
        keySuccessor[before.index] = after.index
        waitsFor[after.index] += 1
      }
    }
    var ready: [Int] = []
    for order in orders { if let first = order.first?.index, waitsFor[first] == 0 { ready.append(first) } }
    var merged: [OperationID] = []
    merged.reserveCapacity(count)
    while let index = ready.popLast() {
      try budget.look()
      merged.append(OperationID(index))
      for after in [successor[index], keySuccessor[index]] where after >= 0 {
        waitsFor[after] -= 1
        if waitsFor[after] == 0 { ready.append(after) }
      }
    }
    return merged
  }
}
