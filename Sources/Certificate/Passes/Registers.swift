import History

/// Checks regular and safe registers: what each operation read from did not begin after it, and no other write replaced it
/// before the operation began; safe lets off operations that overlap a write.
///
/// One operation precedes another if it ended before the other began, or if one process made both in this order. A write
/// of unknown outcome never ends, so it replaces nothing, and those that are no compare-and-sets may all have happened.
/// n log n.
struct Registers {
  private let reading: Reading
  private let columns: Columns
  private let writes: Rows

  static func verify(_ reading: Reading, isSafe: Bool) throws(Objection) {
    var reading = reading
    for index in reading.happened.indices {
      try reading.columns.pace.step()
      let operation = reading.columns.operations[index]
      if operation.outcome == .unknown, operation.kind == .write { reading.happened[index] = true }
    }
    let registers = try Registers(reading)
    // Lists grow by doubling, and have both lengths for a moment.
    try reading.columns.pace.ask(for: 12 * reading.source.count)
    var finders: [[Int32]] = Array(repeating: [], count: reading.columns.keyCount)
    for index in reading.source.indices {
      try reading.columns.pace.step()
      guard reading.source[index] != Reading.none else { continue }
      finders[Int(reading.columns.operations[index].key.index)].append(Int32(truncatingIfNeeded: index))
    }
    for key in finders.indices where !finders[key].isEmpty {
      try registers.verify(KeyID(index: UInt32(key)), finders[key], isSafe)
    }
  }

  private init(_ reading: Reading) throws(Objection) {
    self.reading = reading
    columns = reading.columns
    writes = try Rows(reading) { $0.isWrite }
  }

  private func verify(_ key: KeyID, _ finders: [Int32], _ isSafe: Bool) throws(Objection) {
    let operations = columns.operations
    let all = writes.items[
      writes.start[writes.rows(of: key).lowerBound]..<writes.start[writes.rows(of: key).upperBound]]
    // The completed ones, listed twice over while they are sorted.
    try columns.pace.ask(for: 52 * all.count)
    var ended = all.filter { operations[Int($0)].outcome == .ok }
      .map { (completed: operations[Int($0)].completed, invoked: operations[Int($0)].invoked) }
    try columns.pace.sort(&ended) { $0.completed < $1.completed }
    var latestBegun: [Int64] = []
    latestBegun.reserveCapacity(ended.count)
    for write in ended { latestBegun.append(max(latestBegun.last ?? .min, write.invoked)) }
    var beginnings = isSafe ? all.map { operations[Int($0)].invoked } : []
    try columns.pace.sort(&beginnings) { $0 < $1 }
    for index in finders {
      try columns.pace.step(4)
      let operation = operations[Int(index)]
      let source = reading.source[Int(index)]
      if source >= 0, columns.precedes(index, source, inRealTime: true) {
        throw columns.objection("had ended before what it read from began", at: index)
      }
      let before = partition(ended.count) { ended[$0].completed < operation.invoked }
      if isSafe {
        let begun = partition(beginnings.count) { beginnings[$0] <= operation.completed }
        if begun - before > touching(index) { continue }
      }
      if isReplaced(source, for: index, latestBegun: before > 0 ? latestBegun[before - 1] : nil) {
        throw columns.objection("found what had been replaced before it began", at: index)
      }
    }
  }

  /// Whether some write comes, for sure, between what an operation read from and the operation.
  ///
  /// - Parameter latestBegun: when the last to begin of those writes began that ended before the operation began.
  private func isReplaced(_ source: Int32, for index: Int32, latestBegun: Int64?) -> Bool {
    let own = ownWrite(before: index)
    guard source >= 0 else { return latestBegun != nil || own != nil }
    if let latestBegun, latestBegun > columns.operations[Int(source)].completed { return true }
    if let own, own != source, columns.precedes(source, own, inRealTime: true) { return true }
    let row = Int(writes.row[Int(source)])
    let next = writes.start[row] + Int(writes.place[Int(source)]) + 1
    guard next < writes.start[row + 1], writes.items[next] != index else { return false }
    return columns.precedes(writes.items[next], index, inRealTime: true)
  }

  /// The row of an operation's process and key among the writes, and how many of it come before the operation.
  private func ownRow(_ index: Int32) -> (row: Int, before: Int)? {
    let session = columns.session[Int(index)]
    let rows = writes.rows(of: columns.operations[Int(index)].key)
    let row = rows.lowerBound + partition(rows.count) { writes.session[rows.lowerBound + $0] < session }
    guard row < rows.upperBound, writes.session[row] == session else { return nil }
    let items = writes[row]
    return (row, items.startIndex + partition(items.count) { items[items.startIndex + $0] < index })
  }

  private func ownWrite(before index: Int32) -> Int32? {
    guard let (row, place) = ownRow(index), place > writes.start[row] else { return nil }
    return writes.items[place - 1]
  }

  /// How many writes of its own process touch an operation, itself among them: they do not overlap it.
  private func touching(_ index: Int32) -> Int {
    guard let (row, place) = ownRow(index) else { return 0 }
    let operation = columns.operations[Int(index)]
    var count = 0
    var next = place
    while next > writes.start[row],
      columns.operations[Int(writes.items[next - 1])].completed >= operation.invoked
    {
      next -= 1
      count += 1
    }
    next = place
    while next < writes.start[row + 1],
      columns.operations[Int(writes.items[next])].invoked <= operation.completed
    {
      next += 1
      count += 1
    }
    return count
  }
}

/// The number of places, from the first, that satisfy a condition which no later one satisfies after one that does not.
func partition(_ count: Int, _ isBefore: (Int) -> Bool) -> Int {
  var low = 0
  var high = count
  while low < high {
    let middle = (low + high) / 2
    if isBefore(middle) { low = middle + 1 } else { high = middle }
  }
  return low
}
