import History

/// When the operations of one key began and ended, arranged for asking what a read can have returned.
///
/// One operation precedes another if it ended before the other began, or if one process made both in this order. n log n
/// to make; a question costs a binary search, or one for each write of a value.
struct KeyTimes {
  /// Something a read can have returned: a write, or nil for the initial value.
  struct Candidate {
    let write: OperationID?
  }

  private let history: History
  private let key: KeyID
  /// The writes in order of invocation; those of each value and of each process, as places among them.
  private let writes: [OperationID]
  private var values = NumberTable()
  private var processes = NumberTable()
  private let placesOfValue: Rows
  private let placesOfProcess: Rows
  /// For each write, of the writes of its value up to it, the place of the one that ended last.
  private var lastEnded: Column
  private let completions: [Int64]
  /// For each place among the completions of writes, the write that began last so far.
  private let lastBegun: [OperationID]

  /// The memory that a write takes, in bytes.
  private static let bytesPerWrite = 140

  init(_ history: History, _ key: KeyID, _ ids: [OperationID], _ budget: Budget) throws(LimitReached) {
    let writesCount = ids.count { history[$0].mayWrite }
    try budget.ask(for: writesCount * Self.bytesPerWrite)
    self.history = history
    self.key = key
    let writes = ids.filter { history[$0].mayWrite }
    self.writes = writes
    var numberOfValue = Column()
    var numberOfProcess = Column()
    for write in writes {
      try budget.look()
      numberOfValue.append(Int(values.number(of: Self.name(history[write].value))))
      numberOfProcess.append(Int(processes.number(of: Self.name(history[write].process))))
    }
    placesOfValue = try Rows(writes.count, into: values.count, budget) { numberOfValue[$0] }
    placesOfProcess = try Rows(writes.count, into: processes.count, budget) { numberOfProcess[$0] }
    lastEnded = Column(repeating: 0, count: writes.count)
    for value in 0..<values.count {
      try budget.look(after: placesOfValue.count(value))
      var last = -1
      for place in placesOfValue[value] {
        if last < 0 || history[writes[last]].completed < history[writes[place]].completed { last = place }
        lastEnded[place] = last
      }
    }
    // The times beside the writes, so that comparing two looks nothing up.
    var ends = writes.map { (completed: history[$0].completed, write: $0) }
    try budget.sort(&ends) { $0 < $1 }
    completions = ends.map(\.completed)
    var lastBegun: [OperationID] = []
    lastBegun.reserveCapacity(ends.count)
    for (_, write) in ends {
      let last = lastBegun.last ?? write
      lastBegun.append(history[last].invoked < history[write].invoked ? write : last)
    }
    self.lastBegun = lastBegun
  }

  private static func name(_ value: ValueID) -> UInt64 { UInt64(value.index) }
  private static func name(_ process: ProcessID) -> UInt64 { UInt64(UInt32(bitPattern: process.number)) }

  /// The places of the writes of a value.
  private func places(of value: ValueID) -> Rows.Row? {
    values.known(Self.name(value)).map { placesOfValue[$0] }
  }

  /// The writes of a process: how many there are, and each.
  private func own(_ process: ProcessID) -> (count: Int, write: (Int) -> OperationID) {
    guard let number = processes.known(Self.name(process)) else { return (0, { OperationID($0) }) }
    let places = placesOfProcess[number]
    return (places.count, { [writes] in writes[places[$0]] })
  }

  /// Whether an operation tells what it found.
  func finds(_ id: OperationID) -> Bool { history[id].kind != .write }

  /// Whether a write other than the operation itself overlaps it.
  func overlapsWrite(_ id: OperationID) -> Bool {
    let operation = history[id]
    let begun = partition(writes.count) { history[writes[$0]].invoked <= operation.completed }
    var overlapping = begun - endedBefore(operation.invoked)
    let own = own(operation.process)
    let place = partition(own.count) { own.write($0) < id }
    // What the process itself did just before or after does not overlap, although it may touch.
    for before in (0..<place).reversed() {
      if history[own.write(before)].completed < operation.invoked { break }
      overlapping -= 1
    }
    for after in place..<own.count {
      if history[own.write(after)].invoked > operation.completed { break }
      overlapping -= 1
    }
    return overlapping > 0
  }

  /// Everything an operation can have found, were it not replaced: it did not begin after the operation ended.
  func candidates(of id: OperationID) -> [Candidate] {
    let operation = history[id]
    if operation.isMismatch, operation.hasResult, operation.value == operation.expected { return [] }
    let initial = history.initialValue(of: key)
    let found = found(operation)
    let sources = found.map { value in places(of: value)?.map { writes[$0] } ?? [] } ?? writes
    var candidates = sources.filter { write in
      (found != nil || history[write].value != operation.expected) && write != id && !precedes(id, write)
    }.map { Candidate(write: $0) }
    if found.map({ $0 == initial }) ?? (initial != operation.expected) {
      candidates.append(Candidate(write: nil))
    }
    return candidates
  }

  /// The candidate that is most likely not replaced, found without looking at all of them; nil when there is no such
  /// one.
  func likeliest(for id: OperationID) -> Candidate? {
    let operation = history[id]
    guard let found = found(operation), !(operation.isMismatch && found == operation.expected) else {
      return nil
    }
    guard let sources = places(of: found) else { return nil }
    let begun = partition(sources.count) { history[writes[sources[$0]]].invoked <= operation.completed }
    guard begun > 0 else { return nil }
    let last = writes[lastEnded[sources[begun - 1]]]
    guard last != id, !precedes(id, last) else { return nil }
    return Candidate(write: last)
  }

  /// A write that began after the candidate ended and ended before the operation began; nil when there is none.
  func replacement(of candidate: Candidate, for id: OperationID) -> OperationID? {
    let operation = history[id]
    let ended = endedBefore(operation.invoked)
    let own = own(operation.process)
    let place = partition(own.count) { own.write($0) < id }
    let previous = place > 0 ? own.write(place - 1) : nil
    guard let write = candidate.write else { return ended > 0 ? lastBegun[ended - 1] : previous }
    if ended > 0, history[write].precedes(history[lastBegun[ended - 1]]) { return lastBegun[ended - 1] }
    if let previous, precedes(write, previous) { return previous }
    let others = self.own(history[write].process)
    let next = partition(others.count) { others.write($0) <= write }
    if next < others.count, others.write(next) != id, precedes(others.write(next), id) {
      return others.write(next)
    }
    return nil
  }

  private func precedes(_ first: OperationID, _ second: OperationID) -> Bool {
    KnownOrder.realTime.precedes(first, second, in: history)
  }

  /// What an operation found; nil when it says only what it did not find.
  private func found(_ operation: Operation) -> ValueID? {
    switch operation.kind {
    case .compareAndSet where operation.isMismatch: operation.hasResult ? operation.value : nil
    case .compareAndSet: operation.expected
    case .read, .write: operation.value
    }
  }

  private func endedBefore(_ time: Int64) -> Int { partition(completions.count) { completions[$0] < time } }

  /// The number of places, from the first, that satisfy a condition which no later one satisfies after one that does
  /// not.
  private func partition(_ count: Int, _ isBefore: (Int) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(middle) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
