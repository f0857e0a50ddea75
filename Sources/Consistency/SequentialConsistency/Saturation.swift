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
  private let writes: KeyWrites
  private let members: [Int]
  private let width: Int
  private var readers: [[Int]]
  private var derived: [OrderGraph.Derived] = []
  private var predecessors: [[Int]]
  private var successors: [[Int]]
  /// How many operations of each process come before an operation or are it.
  private var before: [Int32]
  /// The place of the first operation of each process that comes after an operation or is it.
  private var after: [Int32]

  /// What the rules come to.
  enum Result {
    /// There is no order.
    case cycle(Contradiction)
    /// An order of all operations that happened in this reading.
    case order([Int])
    /// Neither was found.
    case open
    /// A limit was reached first.
    case limit(Limits.Kind)
  }

  /// The bytes that the rows take.
  static func bytes(_ reading: Reading) -> Int {
    let (bytes, isTooMany) = reading.count.multipliedReportingOverflow(by: 8 * reading.sessions.count)
    return isTooMany ? .max : bytes
  }

  init(_ reading: Reading) {
    self.reading = reading
    writes = KeyWrites(reading)
    members = reading.happened.indices.filter { reading.happened[$0] }
    width = reading.sessions.count
    readers = Array(repeating: [], count: reading.count)
    predecessors = readers
    successors = readers
    for operation in members where reading.source[operation] >= 0 {
      readers[reading.source[operation]].append(operation)
    }
    before = []
    after = []
  }

  /// Applies the rules until they yield nothing new.
  ///
  /// - Parameter wantsOrder: whether to look for an order if there is no cycle.
  mutating func run(_ budget: Budget, wantsOrder: Bool) -> Result {
    if Self.bytes(reading) > budget.memoryBytesMax { return .open }
    before = Array(repeating: 0, count: reading.count * width)
    after = Array(repeating: .max, count: reading.count * width)
    applyInitialValues()
    for _ in 0..<Self.roundsMax {
      if budget.isLate { return .limit(.time) }
      guard let order = topologicalOrder() else { return .cycle(contradiction) }
      computeRows(order)
      let known = derived.count
      for operation in members where reading.source[operation] >= 0 { applyRules(operation) }
      if derived.count == known {
        guard wantsOrder, let order = guidedOrder() else { return .open }
        return .order(order)
      }
    }
    return .open
  }

  private var contradiction: Contradiction {
    var graph = OrderGraph(reading)
    for edge in derived { graph.derive(edge) }
    return .cycle(.cyclicTotalOrder, graph, graph.cycle() ?? [])
  }

  private mutating func derive(_ edge: OrderGraph.Derived) {
    derived.append(edge)
    predecessors[edge.to].append(edge.from)
    successors[edge.from].append(edge.to)
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

  private func following(_ operation: Int) -> [Int] {
    var following = readers[operation] + successors[operation]
    let session = reading.sessions[reading.session[operation]]
    let next = reading.position[operation] + 1
    if next < session.count, reading.happened[session[next]] { following.append(session[next]) }
    return following
  }

  /// How many edges lead to each operation.
  private var incoming: [Int] {
    var incoming = Array(repeating: 0, count: reading.count)
    for operation in members {
      incoming[operation] =
        predecessors[operation].count + (reading.position[operation] > 0 ? 1 : 0)
        + (reading.source[operation] >= 0 ? 1 : 0)
    }
    return incoming
  }

  private func topologicalOrder() -> [Int]? {
    var incoming = incoming
    var order: [Int] = []
    var ready = members.filter { incoming[$0] == 0 }
    while let operation = ready.popLast() {
      order.append(operation)
      for next in following(operation) {
        incoming[next] -= 1
        if incoming[next] == 0 { ready.append(next) }
      }
    }
    return order.count == members.count ? order : nil
  }

  private mutating func computeRows(_ order: [Int]) {
    for operation in order {
      let own = operation * width
      func join(_ other: Int) {
        for index in 0..<width {
          before[own + index] = max(before[own + index], before[other * width + index])
        }
      }
      let position = reading.position[operation]
      if position > 0 { join(reading.sessions[reading.session[operation]][position - 1]) }
      if reading.source[operation] >= 0 { join(reading.source[operation]) }
      for other in predecessors[operation] { join(other) }
      before[own + reading.session[operation]] = Int32(position + 1)
    }
    for operation in order.reversed() {
      let own = operation * width
      for other in following(operation) {
        for index in 0..<width {
          after[own + index] = min(after[own + index], after[other * width + index])
        }
      }
      after[own + reading.session[operation]] = Int32(reading.position[operation])
    }
  }

  /// An order that extends all edges in which each operation finds its value, if one is found without going back: next
  /// comes the first operation, in order of invocation, that may, where a write may not replace a value whose readers are
  /// not all placed.
  private func guidedOrder() -> [Int]? {
    guard reading.firstOpen == nil else { return nil }
    var incoming = incoming
    var unread = readers.map(\.count)
    var unreadInitially = Array(repeating: 0, count: reading.operations.keys.count)
    for operation in members where reading.source[operation] == Reading.initial {
      unreadInitially[reading.key(operation)] += 1
    }
    var holds = Array(repeating: Reading.initial, count: reading.operations.keys.count)
    var waiting: [[Int]] = Array(repeating: [], count: reading.operations.keys.count)
    var ready = Heap(members.filter { incoming[$0] == 0 })
    var order: [Int] = []
    while let operation = ready.popLeast() {
      let key = reading.key(operation)
      let source = reading.source[operation]
      if source != Reading.nothing, source != holds[key] { return nil }
      if reading.isWrite(operation) {
        let left = holds[key] == Reading.initial ? unreadInitially[key] : unread[holds[key]]
        if left > (source == Reading.nothing ? 0 : 1) {
          waiting[key].append(operation)
          continue
        }
      }
      order.append(operation)
      if source >= 0 { unread[source] -= 1 } else if source == Reading.initial { unreadInitially[key] -= 1 }
      if reading.isWrite(operation) { holds[key] = operation }
      if !waiting[key].isEmpty {
        for write in waiting[key] { ready.insert(write) }
        waiting[key] = []
      }
      for next in following(operation) {
        incoming[next] -= 1
        if incoming[next] == 0 { ready.insert(next) }
      }
    }
    return order.count == members.count ? order : nil
  }
}

/// Numbers, of which the least is taken first: a binary heap.
private struct Heap {
  private var numbers: [Int]

  init(_ sorted: [Int]) { numbers = sorted }

  mutating func insert(_ number: Int) {
    numbers.append(number)
    var place = numbers.count - 1
    while place > 0, numbers[(place - 1) / 2] > numbers[place] {
      numbers.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  mutating func popLeast() -> Int? {
    guard let least = numbers.first, let last = numbers.popLast() else { return nil }
    if numbers.isEmpty { return least }
    numbers[0] = last
    var place = 0
    while true {
      var child = 2 * place + 1
      if child >= numbers.count { return least }
      if child + 1 < numbers.count, numbers[child + 1] < numbers[child] { child += 1 }
      if numbers[place] <= numbers[child] { return least }
      numbers.swapAt(place, child)
      place = child
    }
  }
}
