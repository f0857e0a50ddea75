import History

/// Places one operation after the other: see ``GuidedOrder``.
struct GuidedPlacer {
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
