import History

/// What must come before what, if operations read from certain sources and some writes came in a certain order: a graph of
/// which each edge knows the literals that it follows from.
///
/// The edges: process order; from what was read to who read it; from one write to the next of a pair in order, and from
/// those who read the first to the second; from who read the initial value to the writes of the key; and real time among
/// the operations that are assumed to keep to it, through nodes of its own (``RealTime``).
struct OrderCandidate {
  private enum Kind {
    case processOrder
    case readsFrom
    case order
    case realTime
  }

  private struct Edge {
    let from: Int32
    let to: Int32
    /// The literals it follows from: that something was read from, and how writes are ordered or that an operation keeps to
    /// real time; 0 for none.
    let source: Int32
    let other: Int32
    let kind: Kind
    /// The next edge from the same operation; -1 for none.
    let next: Int32

    var weight: Int { (source != 0 ? 1 : 0) + (other != 0 ? 1 : 0) }
  }

  /// How many circles are told at once.
  private static let circlesMax = 64

  /// For how many edges there is room at first, for a node: process order, reads-from, and three of real time for an
  /// operation that completed, which is two nodes.
  private static let edgesPerNode = 2.5
  /// The memory that a node takes, in bytes: its edges, seven numbers that searches for circles need, and places on two
  /// stacks, which grow by doubling.
  private static let bytesPerNode = 60 + 7 * 4 + 2 * 16

  private let reading: Reading
  private var edges: [Edge] = []
  private var firstEdge: Column

  /// Makes the graph.
  ///
  /// - Parameters:
  ///   - sourceLiterals: for each operation the literal that it follows from what it read from.
  ///   - pairs: pairs of writes as they are ordered, with the literal that says so.
  ///   - keeping: for each operation the literal that it keeps to real time; 0 for those of which it is not assumed.
  init(
    _ reading: Reading, _ readers: Readers, sourceLiterals: [Int32], pairs: [OrderFormula.Pair],
    _ realTime: RealTime, keeping: [Int32], _ budget: Budget
  ) throws(LimitReached) {
    self.reading = reading
    let nodes = reading.count + realTime.completions
    try budget.ask(for: nodes * Self.bytesPerNode)
    firstEdge = Column(repeating: -1, count: nodes)
    edges.reserveCapacity(Int(Double(nodes) * Self.edgesPerNode))
    try addProcessOrder(budget)
    try addReadsFrom(sourceLiterals, budget)
    try add(pairs, readers, sourceLiterals, budget)
    try add(realTime, keeping, budget)
  }

  private mutating func addProcessOrder(_ budget: Budget) throws(LimitReached) {
    for operations in reading.sessions {
      var last = -1
      for operation in operations where reading.happened[operation] {
        try budget.look()
        if last >= 0 { add(last, operation, .processOrder) }
        last = operation
      }
    }
  }

  private mutating func addReadsFrom(_ literals: [Int32], _ budget: Budget) throws(LimitReached) {
    var writes: KeyWrites?
    for operation in 0..<reading.count {
      try budget.look()
      let source = reading.source[operation]
      if source >= 0 { add(source, operation, .readsFrom, source: literals[operation]) }
      guard source == Reading.initial else { continue }
      if writes == nil { writes = try KeyWrites(reading, budget) }
      for row in writes?.rows[reading.key(operation)] ?? [] where row.writes[0] != operation {
        try budget.look()
        add(operation, row.writes[0], .order, source: literals[operation])
      }
    }
  }

  /// Adds what follows from the order of pairs, as far as somebody read from one of them.
  private mutating func add(
    _ pairs: [OrderFormula.Pair], _ readers: Readers, _ literals: [Int32], _ budget: Budget
  ) throws(LimitReached) {
    for pair in pairs where reading.happened[pair.first] && reading.happened[pair.second] {
      try budget.look(after: 1 + readers.count(pair.first))
      if readers.count(pair.first) == 0, readers.count(pair.second) > 0 {
        add(pair.first, pair.second, .order, other: pair.literal)
      }
      for reader in readers[pair.first] where reader != pair.second {
        add(reader, pair.second, .order, source: literals[reader], other: pair.literal)
      }
    }
  }

  private mutating func add(
    _ realTime: RealTime, _ keeping: [Int32], _ budget: Budget
  ) throws(LimitReached) {
    for place in 1..<max(1, realTime.completions) {
      add(reading.count + place - 1, reading.count + place, .realTime)
    }
    for operation in 0..<reading.count where keeping[operation] != 0 && reading.happened[operation] {
      try budget.look()
      if realTime.end[operation] >= 0 {
        add(operation, reading.count + realTime.end[operation], .realTime, other: keeping[operation])
      }
      if realTime.begin[operation] > 0 {
        add(reading.count + realTime.begin[operation] - 1, operation, .realTime, other: keeping[operation])
      }
    }
  }

  private mutating func add(_ from: Int, _ to: Int, _ kind: Kind, source: Int32 = 0, other: Int32 = 0) {
    edges.append(
      Edge(
        from: Int32(truncatingIfNeeded: from), to: Int32(truncatingIfNeeded: to), source: source,
        other: other,
        kind: kind, next: Int32(truncatingIfNeeded: firstEdge[from])))
    firstEdge[from] = edges.count - 1
  }

  /// The edges that the reading by itself does not have, for a ``GuidedOrder``, which does not ask for their reasons.
  var derived: [OrderGraph.Derived] {
    edges.compactMap { edge in
      guard edge.kind == .order else { return nil }
      return .init(from: Int(edge.from), to: Int(edge.to), rule: .after, through: Int(edge.from))
    }
  }

  /// Clauses that forbid circles of the graph, none of which it satisfies; none when it has no circle. Each is the shortest
  /// of the circles through an edge.
  func circles(_ budget: Budget) throws(LimitReached) -> Set<[Int32]> {
    let component = try components(budget)
    let inside = edges.indices.filter { index in
      let edge = edges[index]
      return edge.kind != .processOrder && component[Int(edge.from)] == component[Int(edge.to)]
    }
    // Where process order contradicts real time, that alone is a circle.
    var starts = inside.filter { edges[$0].kind != .realTime }
    if starts.isEmpty { starts = inside }
    if starts.count > Self.circlesMax {
      let all = starts
      starts = (0..<Self.circlesMax).map { all[$0 * all.count / Self.circlesMax] }
    }
    var search = CircleSearch(count: firstEdge.count)
    var clauses: Set<[Int32]> = []
    for start in starts {
      guard let circle = try shortestCircle(through: start, component, &search, budget) else { continue }
      var clause: Set<Int32> = []
      for index in circle where edges[index].kind != .processOrder {
        let edge = edges[index]
        clause.formUnion([-edge.source, -edge.other])
        for operation in [edge.from, edge.to] where operation < reading.count {
          clause.insert(-OrderFormula.presence(of: Int(operation)))
        }
      }
      clause.remove(0)
      clauses.insert(clause.sorted())
    }
    return clauses
  }

  /// What one search for a circle leaves for the next.
  private struct CircleSearch {
    var distance: Column
    var cameBy: Column
    var touched: [Int] = []

    init(count: Int) {
      distance = Column(repeating: -1, count: count)
      cameBy = distance
    }

    mutating func reset() {
      for operation in touched { distance[operation] = -1 }
      touched = []
    }
  }

  /// The circle through an edge that follows from the fewest literals: Dijkstra's search with a list for each distance.
  private func shortestCircle(
    through start: Int, _ component: Column, _ search: inout CircleSearch, _ budget: Budget
  ) throws(LimitReached) -> [Int]? {
    search.reset()
    let (from, goal) = (Int(edges[start].to), Int(edges[start].from))
    var layers: [[Int]] = [[from], [], []]
    search.distance[from] = 0
    search.touched.append(from)
    var distance = 0
    while distance < layers.count {
      guard let operation = layers[distance].popLast() else {
        distance += 1
        continue
      }
      try budget.look()
      if search.distance[operation] != distance { continue }
      if operation == goal { break }
      var next = firstEdge[operation]
      while next >= 0 {
        let edge = edges[next]
        let to = Int(edge.to)
        let length = distance + edge.weight
        if component[to] == component[from], search.distance[to] < 0 || length < search.distance[to] {
          if search.distance[to] < 0 { search.touched.append(to) }
          search.distance[to] = length
          search.cameBy[to] = next
          while layers.count <= length { layers.append([]) }
          layers[length].append(to)
        }
        next = Int(edge.next)
      }
    }
    guard search.distance[goal] >= 0 else { return nil }
    var circle = [start]
    var operation = goal
    while operation != from {
      circle.append(search.cameBy[operation])
      operation = Int(edges[search.cameBy[operation]].from)
    }
    return circle
  }

  /// For each operation the number of its strongly connected component (Tarjan, SIAM J. Comput. 1(2), 1972); a different
  /// one for each that is on no circle. Linear, without recursion.
  private func components(_ budget: Budget) throws(LimitReached) -> Column {
    var component = Column(repeating: -1, count: firstEdge.count)
    var index = component
    var low = component
    var nextEdge = firstEdge
    var path: [Int] = []
    var open: [Int] = []
    var visited = 0
    var found = 0
    for root in firstEdge.indices where index[root] < 0 {
      path.append(root)
      while let operation = path.last {
        try budget.look()
        if index[operation] < 0 {
          index[operation] = visited
          low[operation] = visited
          visited += 1
          open.append(operation)
        }
        if nextEdge[operation] >= 0 {
          let edge = edges[nextEdge[operation]]
          nextEdge[operation] = Int(edge.next)
          let to = Int(edge.to)
          if index[to] < 0 {
            path.append(to)
          } else if component[to] < 0 {
            low[operation] = min(low[operation], index[to])
          }
          continue
        }
        path.removeLast()
        if let before = path.last { low[before] = min(low[before], low[operation]) }
        guard low[operation] == index[operation] else { continue }
        while let member = open.popLast() {
          component[member] = found
          if member == operation { break }
        }
        found += 1
      }
    }
    return component
  }
}
