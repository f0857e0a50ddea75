import History

/// The operations that happened, grouped by key and, within a key, by process: a *row* is what one process did with one
/// key, in order. By counting, so linear.
struct Rows {
  /// The operations, row by row.
  private(set) var items: [Int32]
  /// Where each row begins among the items; one more for the end.
  private(set) var start: [Int] = []
  /// The process of each row.
  private(set) var session: [Int32] = []
  /// Where the rows of each key begin; one more for the end.
  private(set) var ofKey: [Int] = []
  /// The row of each operation, and its place in the row; -1 for what did not happen.
  private(set) var row: [Int32]
  private(set) var place: [Int32]

  init(_ reading: Reading, where isIncluded: (Operation) -> Bool) throws(Objection) {
    let columns = reading.columns
    try columns.pace.ask(for: 16 * columns.operations.count)
    let operations = columns.operations
    row = Array(repeating: -1, count: operations.count)
    place = row
    var counts = [Int](repeating: 0, count: columns.keyCount + 1)
    for index in operations.indices {
      try columns.pace.step()
      guard reading.happened[index], isIncluded(operations[index]) else { continue }
      counts[Int(operations[index].key.index) + 1] += 1
      row[index] = 0
    }
    for key in 0..<columns.keyCount { counts[key + 1] += counts[key] }
    var next = counts
    items = Array(repeating: 0, count: counts[columns.keyCount])
    // Going through process by process leaves each key's operations in order of process.
    for index in columns.bySession {
      try columns.pace.step()
      guard row[Int(index)] == 0 else { continue }
      let key = Int(operations[Int(index)].key.index)
      items[next[key]] = index
      next[key] += 1
    }
    try reserve(counts, columns)
    for key in 0..<columns.keyCount {
      ofKey.append(start.count)
      var last: Int32 = -1
      for item in counts[key]..<counts[key + 1] {
        try columns.pace.step()
        let index = Int(items[item])
        if columns.session[index] != last {
          last = columns.session[index]
          start.append(item)
          session.append(last)
        }
        row[index] = Int32(truncatingIfNeeded: start.count - 1)
        place[index] = Int32(truncatingIfNeeded: item - start[start.count - 1])
      }
    }
    ofKey.append(start.count)
    start.append(items.count)
  }

  /// Makes room for the rows, once the items are in place. Where processes are many, there are nearly as many as items.
  private mutating func reserve(_ itemsOfKey: [Int], _ columns: Columns) throws(Objection) {
    var rows = 0
    for (first, end) in zip(itemsOfKey, itemsOfKey.dropFirst()) {
      var last: Int32 = -1
      for item in first..<end {
        try columns.pace.step()
        let session = columns.session[Int(items[item])]
        if session != last { rows += 1 }
        last = session
      }
    }
    try columns.pace.ask(for: (rows + 1) * (MemoryLayout<Int>.stride + MemoryLayout<Int32>.stride))
    start.reserveCapacity(rows + 1)
    session.reserveCapacity(rows)
  }

  var count: Int { session.count }

  /// The rows of a key.
  func rows(of key: KeyID) -> Range<Int> { ofKey[Int(key.index)]..<ofKey[Int(key.index) + 1] }

  /// The operations of a row.
  subscript(row: Int) -> ArraySlice<Int32> { items[start[row]..<start[row + 1]] }

  /// The last operation of a row among the first `count` operations of its process; nil when there is none. By binary
  /// search.
  func last(_ row: Int, within count: Int32, _ columns: Columns) -> Int32? {
    let before = partition(start[row + 1] - start[row]) {
      columns.position[Int(items[start[row] + $0])] < count
    }
    return before == 0 ? nil : items[start[row] + before - 1]
  }
}
