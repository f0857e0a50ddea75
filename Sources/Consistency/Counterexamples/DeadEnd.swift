import History

/// A point at which none of the operations left can come next, reached by placing them one by one.
struct DeadEnd {
  /// How many operations may be looked at on the way.
  private static let workMax = 50_000_000

  /// The operations placed, in order.
  let placed: [OperationID]
  /// The operations that the known order would allow next. None of them finds the value it needs.
  let blocked: [OperationID]

  /// Goes on from a first part of an order, by whatever fits, until nothing does.
  ///
  /// - Parameters:
  ///   - ids: operations that have no order.
  ///   - start: those of them to begin with. That is all when a limit is reached.
  init(
    _ history: History, _ ids: [OperationID], order: KnownOrder, after start: [OperationID], _ budget: Budget
  ) {
    guard let operations = try? EffectiveOperations(history, ids, budget) else {
      (placed, blocked) = (start, [])
      return
    }
    let index = Dictionary(uniqueKeysWithValues: operations.ids.enumerated().map { ($0.element, $0.offset) })
    var slots = operations.initial
    var isPlaced = Array(repeating: false, count: operations.count)
    var placed: [OperationID] = []
    func place(_ operation: Int) {
      isPlaced[operation] = true
      placed.append(operations.ids[operation])
      let sets = operations.sets[operation]
      if sets != EffectiveOperations.none { slots[Int(operations.key[operation])] = sets }
    }
    func isEnabled(_ operation: Int) -> Bool {
      operations.isEnabled(operation, at: slots[Int(operations.key[operation])])
    }
    for id in start { if let operation = index[id] { place(operation) } }

    var next: [Int] = []
    var work = 0
    while true {
      let left = operations.ids.indices.filter { !isPlaced[$0] }
      work += operations.count
      let candidates = Self.first(of: left, operations, history, order)
      next = candidates.filter { !operations.isOptional[$0] }
      guard work < Self.workMax, budget.reached(after: operations.count) == nil else { break }
      let fitting = next.filter(isEnabled)
      if let operation = fitting.first(where: { operations.sets[$0] == EffectiveOperations.none })
        ?? fitting.first
      {
        place(operation)
        continue
      }
      // An operation of unknown outcome is worth placing only for one that waits for its value.
      let helpful = candidates.first { operation in
        operations.isOptional[operation] && isEnabled(operation)
          && next.contains {
            operations.key[$0] == operations.key[operation]
              && operations.isEnabled($0, at: operations.sets[operation])
          }
      }
      guard let helpful else { break }
      place(helpful)
    }
    self.placed = placed
    blocked = next.map { operations.ids[$0] }
  }

  /// Of the operations left, those that the known order allows to come first.
  private static func first(
    of left: [Int], _ operations: EffectiveOperations, _ history: History, _ order: KnownOrder
  ) -> [Int] {
    let ending = left.filter { !operations.isOptional[$0] }.map { history[operations.ids[$0]].completed }
      .min()
    var processes: Set<ProcessID> = []
    return left.filter { operation in
      let row = history[operations.ids[operation]]
      let isFirst = processes.insert(row.process).inserted
      return isFirst && (order == .processOrder || row.invoked <= ending ?? .max)
    }
  }
}
