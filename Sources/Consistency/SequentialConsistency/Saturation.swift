import History

/// Derives what must come before what in any single order of all operations of a reading: a cycle refutes sequential
/// consistency, and short of that the edges lead to an order quickly.
///
/// The rules are those of TSOtool (Hangal et al., ISCA 2004) and of Zennou, Bouajjani, Enea, Erradi, *Gradual Consistency
/// Checking*, CAV 2019. Beginning with process order and reads-from: (1) what found the initial value comes before every
/// write of the key; (2) a write that comes before a read of another write's value comes before that write; (3) a write
/// that comes after another write comes after the reads of that one's value. Deciding is NP-complete even where no value
/// repeats (Gibbons, Korach, SIAM J. Comput. 26(4), 1997), so without a cycle nothing is decided yet. Operations whose
/// source is open take part with their process order only, which keeps a refutation sound.
///
/// How: in rounds. Each computes for every operation, in a topological order of all edges so far, the last operation of
/// each process before it and the first one after it. For rule 2 only the last write of the key by each process before the
/// read matters, for rule 3 only the first one after the write. A round takes O(n · k · log n) time for n operations of k
/// processes, and memory for two rows of k numbers for each operation.
struct Saturation {
  /// More rounds than this are left to the search.
  private static let roundsMax = 100

  private let reading: Reading
  private let history: History
  private let writes: KeyWrites
  private let width: Int
  private let readers: Readers
  private var derived: [OrderGraph.Derived] = []
  private var predecessors: [Int: [Int]] = [:]
  private var successors: [Int: [Int]] = [:]
  /// How many operations of each process come before an operation or are it.
  private var before: [Int32]
  /// The place of the first operation of each process that comes after an operation or is it.
  private var after: [Int32]

  /// What the rules come to.
  enum Result {
    /// There is no order.
    case cycle(Contradiction)
    /// An order of all operations that happened in this reading.
    case order(GuidedOrder)
    /// Neither was found.
    case open
  }

  /// The bytes that the rows take, and an order of all edges.
  static func bytes(_ reading: Reading) -> Int {
    let (bytes, isTooMany) = reading.count.multipliedReportingOverflow(by: 8 * reading.sessions.count + 48)
    return isTooMany ? .max : bytes
  }

  init(_ reading: Reading, _ history: History, _ budget: Budget) throws(LimitReached) {
    self.reading = reading
    self.history = history
    writes = try KeyWrites(reading, budget)
    width = reading.sessions.count
    readers = try Readers(reading, budget)
    before = []
    after = []
  }

  /// The operations that happened.
  private var members: some Sequence<Int> {
    (0..<reading.count).lazy.filter { [reading] in reading.happened[$0] }
  }

  /// Applies the rules until they yield nothing new. Where the rows do not fit the memory, nothing is found.
  ///
  /// - Parameter wantsOrder: whether to look for an order if there is no cycle.
  mutating func run(_ budget: Budget, wantsOrder: Bool) throws(LimitReached) -> Result {
    guard budget.hasRoom(for: Self.bytes(reading)) else { return .open }
    before = Array(repeating: 0, count: reading.count * width)
    try budget.look(after: before.count / 16)
    after = Array(repeating: .max, count: reading.count * width)
    applyInitialValues()
    for _ in 0..<Self.roundsMax {
      guard let order = try topologicalOrder(budget) else {
        return .cycle(contradiction(budget))
      }
      try computeRows(order, budget)
      let known = derived.count
      for operation in members where reading.source[operation] >= 0 {
        try budget.look(after: writes.rows[reading.key(operation)].count)
        applyRules(operation)
      }
      if derived.count == known {
        guard wantsOrder else { return .open }
        let patient = try GuidedOrder(
          reading, history, readers: readers, derived: derived, .unlimited, budget)
        guard let patient, patient.conflicts.isEmpty else { return .open }
        return .order(patient)
      }
    }
    return .open
  }

  private func contradiction(_ budget: Budget) -> Contradiction {
    budget.tellingContradiction { budget throws(LimitReached) in
      var graph = OrderGraph(reading, readers)
      for edge in derived { graph.derive(edge) }
      return try graph.circle(.cyclicTotalOrder, budget)
    }
  }

  private mutating func derive(_ edge: OrderGraph.Derived) {
    derived.append(edge)
    predecessors[edge.to, default: []].append(edge.from)
    successors[edge.from, default: []].append(edge.to)
  }

  private mutating func applyInitialValues() {
    for operation in members where reading.source[operation] == Reading.initial {
      for row in writes.rows[reading.key(operation)] where row.writes[0] != operation {
        derive(.init(from: operation, to: row.writes[0], rule: .initial, through: operation))
      }
    }
  }

  private mutating func applyRules(_ read: Int) {
    let source = reading.source[read]
    for row in writes.rows[reading.key(read)] {
      let session = row.session
      let isOwn = session == reading.session[read]
      let count = isOwn ? Int32(reading.position[read]) : before[read * width + session]
      if let write = writes.last(row, within: count), write != source,
        before[source * width + session] <= reading.position[write]
      {
        derive(.init(from: write, to: source, rule: .before, through: read))
      }
      let place =
        session == reading.session[source]
        ? Int32(reading.position[source] + 1) : after[source * width + session]
      if place != .max, let write = writes.first(row, from: place), write != read,
        before[write * width + reading.session[read]] <= reading.position[read]
      {
        derive(.init(from: read, to: write, rule: .after, through: source))
      }
    }
  }

  private func forEachFollowing(_ operation: Int, _ visit: (Int) -> Void) {
    for reader in readers[operation] { visit(reader) }
    if let others = successors[operation] { for other in others { visit(other) } }
    let session = reading.sessions[reading.session[operation]]
    let next = reading.position[operation] + 1
    if next < session.count, reading.happened[session[next]] { visit(session[next]) }
  }

  private func topologicalOrder(_ budget: Budget) throws(LimitReached) -> [Int]? {
    var incoming = Column(repeating: 0, count: reading.count)
    for operation in members {
      try budget.look()
      forEachFollowing(operation) { incoming[$0] += 1 }
    }
    var order: [Int] = []
    var ready = members.filter { incoming[$0] == 0 }
    while let operation = ready.popLast() {
      try budget.look()
      order.append(operation)
      forEachFollowing(operation) { next in
        incoming[next] -= 1
        if incoming[next] == 0 { ready.append(next) }
      }
    }
    return order.count == reading.happened.count(where: { $0 }) ? order : nil
  }

  private mutating func computeRows(_ order: [Int], _ budget: Budget) throws(LimitReached) {
    for operation in order {
      try budget.look(after: width)
      let own = operation * width
      func join(_ other: Int) {
        for index in 0..<width {
          before[own + index] = max(before[own + index], before[other * width + index])
        }
      }
      let position = reading.position[operation]
      if position > 0 { join(reading.sessions[reading.session[operation]][position - 1]) }
      if reading.source[operation] >= 0 { join(reading.source[operation]) }
      if let others = predecessors[operation] { for other in others { join(other) } }
      before[own + reading.session[operation]] = Int32(position + 1)
    }
    for operation in order.reversed() {
      try budget.look(after: width)
      let own = operation * width
      var row = Array(after[own..<own + width])
      forEachFollowing(operation) { other in
        for index in 0..<width { row[index] = min(row[index], after[other * width + index]) }
      }
      for index in 0..<width { after[own + index] = row[index] }
      after[own + reading.session[operation]] = Int32(reading.position[operation])
    }
  }
}
