/// Orders of some operations with all that comes before them, one after the other: marks are kept from one to the next, so
/// that each costs only what it visits.
struct OrderVisits {
  /// The memory that an operation takes, in bytes: its state, and where all are visited its place in order and stack, which
  /// grow by doubling, and among the goals.
  static let bytesPerOperation = 48

  private let reading: Reading
  /// For each operation twice the number of the visit that entered it, and one more once it was placed.
  private var state: Column
  private var visit = 0

  init(_ reading: Reading) {
    self.reading = reading
    state = Column(repeating: 0, count: reading.count)
  }

  /// Some operations, and all that comes before them, in an order that extends process order, reads-from and further
  /// edges: nothing before the first goal that needs it. nil when there is a cycle. Linear in what is visited.
  ///
  /// - Parameter isFollowed: whose reading from others counts.
  mutating func inOrder(
    _ goals: [Int], predecessors: [Int: [Int]], isFollowed: (Int) -> Bool = { _ in true }, _ budget: Budget
  ) throws(LimitReached) -> [Int]? {
    visit += 1
    let (entered, placed) = (2 * visit, 2 * visit + 1)
    var order: [Int] = []
    var stack: [Int] = []
    for goal in goals {
      stack.append(goal)
      while let operation = stack.last {
        try budget.look()
        if state[operation] == placed {
          stack.removeLast()
          continue
        }
        if state[operation] == entered {
          state[operation] = placed
          order.append(operation)
          stack.removeLast()
          continue
        }
        state[operation] = entered
        let position = reading.position[operation]
        let source = reading.source[operation]
        if let others = predecessors[operation] {
          for other in others { if !enter(other, entered, &stack) { return nil } }
        }
        if position > 0 {
          let before = reading.sessions[reading.session[operation]][position - 1]
          if !enter(before, entered, &stack) { return nil }
        }
        if source >= 0, isFollowed(operation), !enter(source, entered, &stack) { return nil }
      }
    }
    return order
  }

  /// - Returns: false when the operation waits for itself.
  private func enter(_ operation: Int, _ entered: Int, _ stack: inout [Int]) -> Bool {
    if state[operation] == entered { return false }
    if state[operation] < entered { stack.append(operation) }
    return true
  }
}
