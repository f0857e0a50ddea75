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
  /// The writes in order of invocation, of the key, of each value and of each process.
  private let writes: [OperationID]
  private var writesOfValue: [ValueID: [OperationID]] = [:]
  private var writesOfProcess: [ProcessID: [OperationID]] = [:]
  /// For each place among the writes of a value, the one that ended last so far.
  private var lastEnded: [ValueID: [OperationID]] = [:]
  private let completions: [Int64]
  /// For each place among the completions of writes, the write that began last so far.
  private let lastBegun: [OperationID]

  init(_ history: History, _ key: KeyID, _ ids: [OperationID]) {
    self.history = history
    self.key = key
    writes = ids.filter { history[$0].mayWrite }
    for write in writes {
      let operation = history[write]
      writesOfValue[operation.value, default: []].append(write)
      writesOfProcess[operation.process, default: []].append(write)
      var last = lastEnded[operation.value]?.last ?? write
      if history[last].completed < operation.completed { last = write }
      lastEnded[operation.value, default: []].append(last)
    }
    let ended = writes.sorted { (history[$0].completed, $0) < (history[$1].completed, $1) }
    completions = ended.map { history[$0].completed }
    var lastBegun: [OperationID] = []
    for write in ended {
      let last = lastBegun.last ?? write
      lastBegun.append(history[last].invoked < history[write].invoked ? write : last)
    }
    self.lastBegun = lastBegun
  }

  /// Whether an operation tells what it found.
  func finds(_ id: OperationID) -> Bool { history[id].kind != .write }

  /// Whether a write other than the operation itself overlaps it.
  func overlapsWrite(_ id: OperationID) -> Bool {
    let operation = history[id]
    let begun = partition(writes.count) { history[writes[$0]].invoked <= operation.completed }
    var overlapping = begun - endedBefore(operation.invoked)
    let own = writesOfProcess[operation.process, default: []]
    let place = partition(own.count) { own[$0] < id }
    // What the process itself did just before or after does not overlap, although it may touch.
    for write in own[..<place].reversed() {
      if history[write].completed < operation.invoked { break }
      overlapping -= 1
    }
    for write in own[place...] {
      if history[write].invoked > operation.completed { break }
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
    let sources = found.map { writesOfValue[$0, default: []] } ?? writes
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
    let sources = writesOfValue[found, default: []]
    let begun = partition(sources.count) { history[sources[$0]].invoked <= operation.completed }
    guard begun > 0, let last = lastEnded[found]?[begun - 1], last != id, !precedes(id, last) else {
      return nil
    }
    return Candidate(write: last)
  }

  /// A write that began after the candidate ended and ended before the operation began; nil when there is none.
  func replacement(of candidate: Candidate, for id: OperationID) -> OperationID? {
    let operation = history[id]
    let ended = endedBefore(operation.invoked)
    let own = writesOfProcess[operation.process, default: []]
    let place = partition(own.count) { own[$0] < id }
    let previous = place > 0 ? own[place - 1] : nil
    guard let write = candidate.write else { return ended > 0 ? lastBegun[ended - 1] : previous }
    if ended > 0, history[write].precedes(history[lastBegun[ended - 1]]) { return lastBegun[ended - 1] }
    if let previous, precedes(write, previous) { return previous }
    let writers = writesOfProcess[history[write].process, default: []]
    let next = partition(writers.count) { writers[$0] <= write }
    if next < writers.count, writers[next] != id, precedes(writers[next], id) { return writers[next] }
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
