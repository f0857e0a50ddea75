import History

/// An order of all operations that happened in a reading, which extends process order, reads-from and further edges, and
/// in which few operations find another value than they should: those are its *conflicts*.
///
/// Such an order says much at once. Whatever breaks a promise of the causal family shows as a conflict in every such order,
/// since the write that comes between a read and what it found comes between them there too. So where there is no conflict
/// all models hold, with the order itself as what shows it, and otherwise only the conflicts need be looked into. Real runs
/// have few, however many processes they have, while clocks of all processes at all operations would be as many numbers as
/// operations times processes.
///
/// How: next comes the first operation, in order of invocation, of which all predecessors are placed, but a write waits
/// while it would replace a value whose readers are not all placed. When nothing else is left the waiting write is placed
/// that took effect first. n log n.
///
/// An order that real time hurries also keeps the writes of a key as the zone test does (see ``ZoneTest``): a write waits for
/// another one that took effect before the last of its own readers was invoked. Without that a write would go first whose
/// readers come last. A linearizable history has hardly a conflict then.
struct GuidedOrder {
  /// How long a write waits for the readers of the value that it replaces.
  enum Patience {
    /// As long as anything else can be placed. Finds orders where clocks tell nothing.
    case unlimited
    /// Until real time puts it before everything else that can be placed. One read that is late does not hold up the rest.
    case realTime
  }

  /// The operations in order.
  private(set) var operations = Column()
  /// The place of each operation in the order; -1 for those that did not happen.
  private(set) var place: Column
  /// The operations that do not find there what they found, in order.
  private(set) var conflicts: [Int] = []
  /// Whether it extends further edges, and not process order and reads-from alone.
  let hasDerivedEdges: Bool

  /// The memory that an operation takes, in bytes: numbers, and a place in a heap now and then.
  static func bytesPerOperation(_ patience: Patience) -> Int { patience == .unlimited ? 32 : 52 }

  /// Looks for an order; nil when the edges are cyclic.
  ///
  /// - Parameter derived: further edges.
  init?(
    _ reading: Reading, _ history: History, readers: Readers, derived: [OrderGraph.Derived] = [],
    _ patience: Patience, _ budget: Budget
  ) throws(LimitReached) {
    try budget.ask(for: reading.count * Self.bytesPerOperation(patience))
    hasDerivedEdges = !derived.isEmpty
    place = Column(repeating: -1, count: reading.count)
    operations.reserveCapacity(reading.count)
    var placer = Placer(reading, history, readers, derived, patience)
    try placer.run(&self, budget)
    guard operations.count == placer.total else { return nil }
  }

  /// The order with the fewer conflicts of the two kinds; nil when the edges are cyclic.
  static func best(
    _ reading: Reading, _ history: History, readers: Readers, derived: [OrderGraph.Derived] = [],
    _ budget: Budget
  ) throws(LimitReached) -> GuidedOrder? {
    let patient = try GuidedOrder(
      reading, history, readers: readers, derived: derived, .unlimited, budget)
    guard let patient, !patient.conflicts.isEmpty else { return patient }
    // Any order will do. More conflicts take longer to look into.
    guard budget.hasRoom(for: reading.count * bytesPerOperation(.realTime)) else { return patient }
    guard
      let prompt = try GuidedOrder(reading, history, readers: readers, derived: derived, .realTime, budget)
    else { return nil }
    return prompt.conflicts.count < patient.conflicts.count ? prompt : patient
  }

  fileprivate mutating func append(_ operation: Int, isConflict: Bool) {
    place[operation] = operations.count
    operations.append(operation)
    if isConflict { conflicts.append(operation) }
  }
}

/// Places one operation after the other: see ``GuidedOrder``.
private struct Placer {
  private struct Waiting: Comparable {
    let effective: Int64
    let write: Int32

    static func < (left: Waiting, right: Waiting) -> Bool {
      (left.effective, left.write) < (right.effective, right.write)
    }
  }

  private let reading: Reading
  private let history: History
  private let readers: Readers
  private let isPrompt: Bool
  private(set) var total = 0
  private var successors: [Int: [Int]] = [:]
  private var incoming: Column
  /// For each value how many of its readers are not placed: by its write, and the initial values by key.
  private var unread: Column
  private var unreadInitially: Column
  private var holds: Column
  private var ready = Heap<Int32>()
  /// The writes that wait, for each key and all together; there are stale entries among the latter.
  private var waiting: [[Int]]
  private var allWaiting = Heap<Waiting>()
  private var isWaiting: [Bool]
  /// When the first of an operation and those who found its value completed, and the last of them was invoked.
  private var effective: [Int64]
  private var latest: [Int64] = []
  /// The writes of each key by when they took effect, how many of the first of them are placed, and which of all.
  private var byEffect: [[Int32]] = []
  private var placedOfKey: Column
  private var isPlaced: [Bool] = []

  init(
    _ reading: Reading, _ history: History, _ readers: Readers, _ derived: [OrderGraph.Derived],
    _ patience: GuidedOrder.Patience
  ) {
    self.reading = reading
    self.history = history
    self.readers = readers
    isPrompt = patience == .realTime
    incoming = Column(repeating: 0, count: reading.count)
    unread = incoming
    isWaiting = Array(repeating: false, count: reading.count)
    effective = Array(repeating: .max, count: reading.count)
    let keys = reading.operations.keys.count
    unreadInitially = Column(repeating: 0, count: keys)
    holds = Column(repeating: Reading.initial, count: keys)
    waiting = Array(repeating: [], count: keys)
    placedOfKey = Column(repeating: 0, count: keys)
    for edge in derived {
      successors[edge.from, default: []].append(edge.to)
      incoming[edge.to] += 1
    }
  }

  mutating func run(_ order: inout GuidedOrder, _ budget: Budget) throws(LimitReached) {
    try prepare(budget)
    try sortByEffect(budget)
    while true {
      try budget.look(after: 2)
      guard let operation = next() else { return }
      let key = reading.key(operation)
      let source = reading.source[operation]
      order.append(operation, isConflict: finds(operation) && source != holds[key])
      if source >= 0 {
        unread[source] -= 1
      } else if source == Reading.initial {
        unreadInitially[key] -= 1
      }
      if reading.isWrite(operation) {
        holds[key] = operation
        if isPrompt { isPlaced[operation] = true }
      }
      if !waiting[key].isEmpty, left(key) == 0 { wake(key) }
      settle(operation)
    }
  }

  private func finds(_ operation: Int) -> Bool {
    reading.source[operation] >= 0 || reading.source[operation] == Reading.initial
  }

  private mutating func prepare(_ budget: Budget) throws(LimitReached) {
    if isPrompt {
      latest = Array(repeating: .min, count: reading.count)
      isPlaced = Array(repeating: false, count: reading.count)
      byEffect = Array(repeating: [], count: reading.operations.keys.count)
    }
    for operation in 0..<reading.count where reading.happened[operation] {
      try budget.look()
      total += 1
      if reading.position[operation] > 0 { incoming[operation] += 1 }
      let source = reading.source[operation]
      let completed = history[reading.operations.ids[operation]].completed
      effective[operation] = min(effective[operation], completed)
      if source >= 0 { effective[source] = min(effective[source], completed) }
      if source >= 0 {
        incoming[operation] += 1
        unread[source] += 1
      } else if source == Reading.initial {
        unreadInitially[reading.key(operation)] += 1
      }
      if isPrompt {
        let invoked = history[reading.operations.ids[operation]].invoked
        latest[operation] = max(latest[operation], invoked)
        if source >= 0 { latest[source] = max(latest[source], invoked) }
        if reading.isWrite(operation) { byEffect[reading.key(operation)].append(Int32(operation)) }
      }
      if incoming[operation] == 0 { ready.insert(Int32(truncatingIfNeeded: operation)) }
    }
  }

  private mutating func sortByEffect(_ budget: Budget) throws(LimitReached) {
    for key in byEffect.indices {
      let effective = effective
      try budget.sort(&byEffect[key]) { (effective[Int($0)], $0) < (effective[Int($1)], $1) }
    }
  }

  /// The next operation to place; nil when none is left that could be.
  private mutating func next() -> Int? {
    while let least = ready.least {
      let operation = Int(least)
      if let late = lateWrite(before: operation) { return late }
      _ = ready.popLeast()
      guard mustWait(operation) else { return operation }
      isWaiting[operation] = true
      waiting[reading.key(operation)].append(operation)
      allWaiting.insert(Waiting(effective: effective[operation], write: least))
    }
    return leastWaiting.map { takeFirst(of: $0) }
  }

  /// A waiting write that took effect before an operation was invoked.
  private mutating func lateWrite(before operation: Int) -> Int? {
    guard isPrompt, let write = leastWaiting,
      effective[write] < history[reading.operations.ids[operation]].invoked
    else { return nil }
    return takeFirst(of: write)
  }

  /// Takes a waiting write, or the one of its key that comes before it.
  private mutating func takeFirst(of write: Int) -> Int {
    guard isPrompt, mustFollow(write) else { return take(write) }
    let others = waiting[reading.key(write)]
    return take(others.first { !mustFollow($0) } ?? write)
  }

  /// Whether a write of the key is not placed that took effect before the last reader of the write's value was invoked.
  private mutating func mustFollow(_ write: Int) -> Bool {
    let key = reading.key(write)
    let writes = byEffect[key]
    while placedOfKey[key] < writes.count, isPlaced[Int(writes[placedOfKey[key]])] { placedOfKey[key] += 1 }
    var next = placedOfKey[key]
    while next < writes.count {
      let other = Int(writes[next])
      if effective[other] >= latest[write] { return false }
      if other != write, !isPlaced[other] { return true }
      next += 1
    }
    return false
  }

  private var leastWaiting: Int? {
    mutating get {
      while let entry = allWaiting.least, !isWaiting[Int(entry.write)] { _ = allWaiting.popLeast() }
      return (allWaiting.least?.write).map { Int($0) }
    }
  }

  private mutating func take(_ write: Int) -> Int {
    isWaiting[write] = false
    waiting[reading.key(write)].removeAll { $0 == write }
    return write
  }

  private func left(_ key: Int) -> Int {
    switch holds[key] {
    case Reading.initial: unreadInitially[key]
    case let write: unread[write]
    }
  }

  private mutating func mustWait(_ operation: Int) -> Bool {
    guard reading.isWrite(operation) else { return false }
    if isPrompt, mustFollow(operation) { return true }
    let key = reading.key(operation)
    let isOwnReader = finds(operation) && reading.source[operation] == holds[key]
    return left(key) > (isOwnReader ? 1 : 0)
  }

  private mutating func wake(_ key: Int) {
    for write in waiting[key] {
      isWaiting[write] = false
      ready.insert(Int32(truncatingIfNeeded: write))
    }
    waiting[key] = []
  }

  private mutating func settle(_ operation: Int) {
    for reader in readers[operation] { settle(edgeTo: reader) }
    if let others = successors[operation] { for other in others { settle(edgeTo: other) } }
    let session = reading.sessions[reading.session[operation]]
    let next = reading.position[operation] + 1
    if next < session.count, reading.happened[session[next]] { settle(edgeTo: session[next]) }
  }

  private mutating func settle(edgeTo operation: Int) {
    incoming[operation] -= 1
    if incoming[operation] == 0 { ready.insert(Int32(truncatingIfNeeded: operation)) }
  }
}

/// Things of which the least is taken first: a binary heap.
private struct Heap<Element: Comparable> {
  private var elements: [Element] = []

  var least: Element? { elements.first }

  mutating func insert(_ element: Element) {
    elements.append(element)
    var place = elements.count - 1
    while place > 0, elements[place] < elements[(place - 1) / 2] {
      elements.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  mutating func popLeast() -> Element? {
    guard let least = elements.first, let last = elements.popLast() else { return nil }
    if elements.isEmpty { return least }
    elements[0] = last
    var place = 0
    while true {
      var child = 2 * place + 1
      if child >= elements.count { return least }
      if child + 1 < elements.count, elements[child + 1] < elements[child] { child += 1 }
      if elements[place] <= elements[child] { return least }
      elements.swapAt(place, child)
      place = child
    }
  }
}
