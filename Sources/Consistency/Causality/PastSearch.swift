/// What comes before an operation, and after what that operation found: a search backwards along process order, reads-from
/// and further edges, which a ``GuidedOrder`` keeps to the stretch between the two.
///
/// Whatever comes before an operation has a smaller place in the order, so nothing with a place up to the bound can have
/// anything after the bound before it. The search costs what lies in that stretch; its marks are kept for the next one.
struct PastSearch {
  private let reading: Reading
  private let order: GuidedOrder
  private let predecessors: [Int: [Int]]
  private var mark: Column
  private var markNow = 0
  private(set) var work = 0

  /// The memory that an operation takes, in bytes; what a search finds comes on top, and is looked after on the way.
  private static let bytesPerOperation = 4

  init(
    _ reading: Reading, _ order: GuidedOrder, derived: [OrderGraph.Derived] = [], _ budget: Budget
  ) throws(LimitReached) {
    try budget.ask(for: reading.count * Self.bytesPerOperation)
    self.reading = reading
    self.order = order
    var predecessors: [Int: [Int]] = [:]
    for edge in derived { predecessors[edge.to, default: []].append(edge.from) }
    self.predecessors = predecessors
    mark = Column(repeating: 0, count: reading.count)
  }

  /// The operations before one with a place of `bound` or more, by place. Without the operation itself.
  mutating func past(of operation: Int, from bound: Int, _ budget: Budget) throws(LimitReached) -> [Int] {
    markNow += 1
    let (order, now) = (order, markNow)
    var mark = Column()
    swap(&mark, &self.mark)
    defer { swap(&mark, &self.mark) }
    var found: [Int] = []
    var next = -1
    var current = operation
    while true {
      try budget.look()
      forEachPredecessor(of: current) { before in
        guard order.place[before] >= bound, mark[before] != now else { return }
        mark[before] = now
        found.append(before)
      }
      next += 1
      guard next < found.count else { break }
      current = found[next]
    }
    work += found.count + 1
    return found.sorted { order.place[$0] < order.place[$1] }
  }

  /// Of operations in order of place those that come after one by edges among them and it.
  mutating func followers(of first: Int, among stretch: [Int], _ budget: Budget) throws(LimitReached)
    -> [Int]
  {
    markNow += 1
    mark[first] = markNow
    var found: [Int] = []
    for operation in stretch where operation != first {
      try budget.look()
      var isAfter = false
      forEachPredecessor(of: operation) { if mark[$0] == markNow { isAfter = true } }
      guard isAfter else { continue }
      mark[operation] = markNow
      found.append(operation)
    }
    work += stretch.count
    return found
  }

  private func forEachPredecessor(of operation: Int, _ visit: (Int) -> Void) {
    let position = reading.position[operation]
    if position > 0 { visit(reading.sessions[reading.session[operation]][position - 1]) }
    if reading.source[operation] >= 0 { visit(reading.source[operation]) }
    if let others = predecessors[operation] { for other in others { visit(other) } }
  }
}
