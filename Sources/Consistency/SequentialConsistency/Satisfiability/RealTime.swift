import History

/// When the operations of a reading were invoked and completed, in a form that a graph can have as nodes: one for each
/// completion, in order. An operation that completed leads to its own, each to the next one, and the last one before an
/// operation was invoked leads to that. So one operation leads to another exactly if it precedes it, with as many edges as
/// operations.
struct RealTime {
  /// The place of an operation's completion; -1 where it is unknown.
  private(set) var end: Column
  /// How many completions come before an operation's invocation.
  private(set) var begin: Column
  private(set) var completions = 0
  /// For each key its writes that completed, by when they did, each with the one among them and all before that was invoked
  /// last.
  private var writes: [[(end: Int, latest: Int)]]
  /// For each value under a key its writes in order of invocation, each with the last end among it and all before; apart
  /// from those of which it is unknown.
  private var writesOfSlot: [[(write: Int, end: Int)]]
  private var unknownOfSlot: [[Int]]

  /// The memory that an operation takes here and while this is made, in bytes.
  private static let bytesPerOperation = 200

  /// n log n.
  init(_ reading: Reading, _ history: History, _ budget: Budget) throws(LimitReached) {
    try budget.ask(for: reading.count * Self.bytesPerOperation)
    let rows = reading.operations.ids.map { history[$0] }
    end = Column(repeating: -1, count: reading.count)
    begin = Column(repeating: 0, count: reading.count)
    writes = Array(repeating: [], count: reading.operations.keys.count)
    try budget.look(after: 8 * reading.count)
    let byEnd = rows.indices.filter { !reading.operations.isOptional[$0] }
      .sorted { (rows[$0].completed, $0) < (rows[$1].completed, $1) }
    completions = byEnd.count
    for (place, operation) in byEnd.enumerated() {
      end[operation] = place
      guard reading.isWrite(operation) else { continue }
      let key = reading.key(operation)
      let before = writes[key].last?.latest
      let latest = before.map { rows[$0].invoked >= rows[operation].invoked ? $0 : operation } ?? operation
      writes[key].append((place, latest))
    }
    let slots = reading.operations.slotCount
    writesOfSlot = Array(repeating: [], count: slots)
    unknownOfSlot = Array(repeating: [], count: slots)
    try budget.look(after: slots + reading.count)
    for operation in 0..<reading.count where reading.isWrite(operation) {
      let slot = Int(reading.operations.sets[operation])
      if end[operation] < 0 {
        unknownOfSlot[slot].append(operation)
      } else {
        let latest = max(end[operation], writesOfSlot[slot].last?.end ?? -1)
        writesOfSlot[slot].append((operation, latest))
      }
    }
    var next = 0
    // Operations are in order of invocation.
    for operation in rows.indices {
      while next < byEnd.count, rows[byEnd[next]].precedes(rows[operation]) { next += 1 }
      begin[operation] = next
    }
  }

  /// Whether an operation completed before another was invoked.
  func precedes(_ operation: Int, _ other: Int) -> Bool {
    end[operation] >= 0 && end[operation] < begin[other]
  }

  /// What an operation can have read from if everything keeps to real time, the latest first; nil for one that does not tell
  /// what it found. Costs about as much as there is overlap.
  func sources(of operation: Int, _ reading: Reading) -> [Int]? {
    let needs = reading.operations.needs[operation]
    guard needs != EffectiveOperations.none else { return nil }
    let key = reading.key(operation)
    let replacement = write(of: key, after: Reading.initial, before: operation)
    func isPossible(_ write: Int) -> Bool {
      write != operation && !precedes(operation, write)
        && (reading.session[write] != reading.session[operation] || write < operation)
    }
    var found: [Int] = []
    for entry in writesOfSlot[Int(needs)].reversed() {
      if let replacement, entry.end < begin[replacement] { break }
      if isPossible(entry.write), replacement.map({ !precedes(entry.write, $0) }) ?? true {
        found.append(entry.write)
      }
    }
    found += unknownOfSlot[Int(needs)].reversed().filter(isPossible)
    if replacement == nil, reading.operations.initial[key] == needs { found.append(Reading.initial) }
    return found
  }

  /// A write of a key that certainly happened, after an operation (or the initial value) and before another one; nil when
  /// there is none.
  func write(of key: Int, after source: Int, before reader: Int) -> Int? {
    let writes = writes[key]
    var low = 0
    var high = writes.count
    while low < high {
      let middle = (low + high) / 2
      if writes[middle].end < begin[reader] { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return nil }
    let latest = writes[low - 1].latest
    return source < 0 || precedes(source, latest) ? latest : nil
  }
}
