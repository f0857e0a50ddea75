import History

/// What must come before what: process order and reads-from, and edges that rules derive from those.
///
/// Used to explain: clocks find that something is wrong, a breadth-first search here finds the shortest way to say why.
/// Building it is linear, a path costs what can be reached.
struct OrderGraph {
  /// The rules that derive edges.
  enum Rule {
    /// An operation found the initial value of a key that another writes.
    case initial
    /// One write came before `through`, which found the value of the other write: so it came before that one.
    case before
    /// An operation found the value of `through`, after which the other write came: so that came after it.
    case after
  }

  /// A derived edge. Its premise is a path: the one given, or else the shortest one by edges derived earlier.
  struct Derived {
    let from: Int
    let to: Int
    let rule: Rule
    let through: Int
    var premise: [Step]?
  }

  /// An edge of a path.
  enum Step {
    case processOrder(Int, Int)
    case readsFrom(Int, Int)
    case derived(Int)
  }

  /// The memory that an operation takes while a cycle is looked for, in bytes: two numbers, a mark and a place among those
  /// that are free, which grow by doubling.
  private static let bytesPerOperation = 25

  let reading: Reading
  private let readers: Readers
  private let order: GuidedOrder?
  private(set) var derived: [Derived] = []
  private var derivedFrom: [Int: [Int]] = [:]

  /// Makes the graph of process order and reads-from.
  ///
  /// - Parameters:
  ///   - readers: whose reading from others counts.
  ///   - order: an order that extends all edges on the paths that will be asked for, which keeps the searches short.
  init(_ reading: Reading, _ readers: Readers, order: GuidedOrder? = nil) {
    self.reading = reading
    self.readers = readers
    self.order = order
  }

  /// A path by process order and reads-from, given by what it visits. A stop named twice in a row is one.
  static func steps(_ path: [Int], _ reading: Reading) -> [Step] {
    zip(path, path.dropFirst()).filter { $0 != $1 }.map { from, to in
      reading.session[from] == reading.session[to] ? .processOrder(from, to) : .readsFrom(from, to)
    }
  }

  /// Adds an edge.
  ///
  /// - Returns: its number.
  @discardableResult
  mutating func derive(_ edge: Derived) -> Int {
    derivedFrom[edge.from, default: []].append(derived.count)
    derived.append(edge)
    return derived.count - 1
  }

  /// The shortest path, by edges derived before a number only; nil when there is none. A path from an operation to
  /// itself has at least one edge.
  func path(
    from start: Int, to goal: Int, before limit: Int = .max, _ budget: Budget
  ) throws(LimitReached) -> [Step]? {
    let end = order?.place[goal] ?? .max
    var cameFrom: [Int: (Int, Step)] = [:]
    var reached = [start]
    var next = 0
    search: while next < reached.count {
      let operation = reached[next]
      next += 1
      try budget.look(after: 8)
      for (successor, step) in successors(operation, limit) where cameFrom[successor] == nil {
        if let order, order.place[successor] > end { continue }
        cameFrom[successor] = (operation, step)
        if successor == goal { break search }
        reached.append(successor)
      }
    }
    guard cameFrom[goal] != nil else { return nil }
    var path: [Step] = []
    var operation = goal
    repeat {
      guard let (before, step) = cameFrom[operation] else { break }
      path.append(step)
      operation = before
    } while operation != start
    return withoutDetours(path.reversed())
  }

  /// Some cycle; nil when there is none. Linear.
  func cycle(_ budget: Budget) throws(LimitReached) -> [Step]? {
    try budget.ask(for: reading.count * Self.bytesPerOperation)
    var incoming = Column(repeating: 0, count: reading.count)
    for operation in 0..<reading.count {
      try budget.look(after: 4)
      for (successor, _) in successors(operation, .max) { incoming[successor] += 1 }
    }
    var free = incoming.indices.filter { incoming[$0] == 0 }
    var isFree = Array(repeating: false, count: reading.count)
    while let operation = free.popLast() {
      try budget.look(after: 4)
      isFree[operation] = true
      for (successor, _) in successors(operation, .max) {
        incoming[successor] -= 1
        if incoming[successor] == 0 { free.append(successor) }
      }
    }
    // Whatever is left has a predecessor that is left, so going back comes round to where it has been.
    var predecessor = Column(repeating: -1, count: reading.count)
    for operation in incoming.indices where !isFree[operation] {
      try budget.look(after: 4)
      for (successor, _) in successors(operation, .max) where !isFree[successor] {
        predecessor[successor] = operation
      }
    }
    guard var operation = predecessor.indices.first(where: { predecessor[$0] >= 0 }) else { return nil }
    var seen: Set<Int> = []
    while seen.insert(operation).inserted {
      guard predecessor[operation] >= 0 else { return nil }
      operation = predecessor[operation]
    }
    return try path(from: operation, to: operation, budget)
  }

  /// The contradiction of a graph that is known to have a cycle.
  func circle(_ pattern: Cycle.Pattern, _ budget: Budget) throws(LimitReached) -> Contradiction {
    .cycle(pattern, self, try cycle(budget) ?? [])
  }

  /// The steps as edges with their reasons.
  func edges(_ steps: [Step], _ budget: Budget) throws(LimitReached) -> [Cycle.Edge] {
    var found: [Cycle.Edge] = []
    for step in steps {
      switch step {
      case .processOrder(let from, let to):
        found.append(Cycle.Edge(from: id(from), to: id(to), reason: .processOrder))
      case .readsFrom(let from, let to):
        found.append(Cycle.Edge(from: id(from), to: id(to), reason: .readsFrom))
      case .derived(let number):
        let edge = derived[number]
        let premise = try edges(premise(of: number, budget), budget)
        let reason: Cycle.Edge.Reason =
          switch edge.rule {
          case .initial: .foundInitialValue
          case .before: .overwrittenBefore(id(edge.through), path: premise)
          case .after: .replacedAfter(id(edge.through), path: premise)
          }
        found.append(Cycle.Edge(from: id(edge.from), to: id(edge.to), reason: reason))
      }
    }
    return found
  }

  /// The operations that the steps and their reasons name. Unlike ``edges(_:_:)`` it looks at each edge once only.
  func operations(_ steps: [Step], _ budget: Budget) throws(LimitReached) -> Set<Int> {
    var named: Set<Int> = []
    var explained: Set<Int> = []
    var left = steps
    while let step = left.popLast() {
      switch step {
      case .processOrder(let from, let to), .readsFrom(let from, let to):
        named.formUnion([from, to])
      case .derived(let number):
        guard explained.insert(number).inserted else { continue }
        let edge = derived[number]
        named.formUnion([edge.from, edge.to])
        if edge.rule != .initial { named.insert(edge.through) }
        left += try premise(of: number, budget)
      }
    }
    return named
  }

  private func premise(of number: Int, _ budget: Budget) throws(LimitReached) -> [Step] {
    let edge = derived[number]
    if let premise = edge.premise { return premise }
    switch edge.rule {
    case .initial: return []
    case .before: return try path(from: edge.from, to: edge.through, before: number, budget) ?? []
    case .after: return try path(from: edge.through, to: edge.to, before: number, budget) ?? []
    }
  }

  private func id(_ operation: Int) -> OperationID { reading.operations.ids[operation] }

  private func successors(_ operation: Int, _ limit: Int) -> [(Int, Step)] {
    guard reading.happened[operation] else { return [] }
    var found: [(Int, Step)] = []
    let session = reading.sessions[reading.session[operation]]
    let next = reading.position[operation] + 1
    if next < session.count, reading.happened[session[next]] {
      found.append((session[next], .processOrder(operation, session[next])))
    }
    for reader in readers[operation] where reading.happened[reader] {
      found.append((reader, .readsFrom(operation, reader)))
    }
    for number in derivedFrom[operation, default: []] where number < limit {
      found.append((derived[number].to, .derived(number)))
    }
    return found
  }

  private func ends(_ step: Step) -> (from: Int, to: Int) {
    switch step {
    case .processOrder(let from, let to), .readsFrom(let from, let to): (from, to)
    case .derived(let number): (derived[number].from, derived[number].to)
    }
  }

  /// The path with what lies between two operations of one process, in their order, left out.
  private func withoutDetours(_ path: [Step]) -> [Step] {
    var short: [Step] = []
    var next = 0
    while next < path.count {
      let from = ends(path[next]).from
      let last = path[next...].lastIndex { step in
        let to = ends(step).to
        return reading.session[to] == reading.session[from] && reading.position[to] > reading.position[from]
      }
      if let last {
        short.append(.processOrder(from, ends(path[last]).to))
        next = last + 1
      } else {
        short.append(path[next])
        next += 1
      }
    }
    return short
  }
}
