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
    for index in operations.indices where reading.happened[index] && isIncluded(operations[index]) {
      counts[Int(operations[index].key.index) + 1] += 1
      row[index] = 0
    }
    for key in 0..<columns.keyCount { counts[key + 1] += counts[key] }
    var next = counts
    items = Array(repeating: 0, count: counts[columns.keyCount])
    // Going through process by process leaves each key's operations in order of process.
    try columns.pace.step(operations.count / 2)
    for index in columns.bySession where row[Int(index)] == 0 {
      let key = Int(operations[Int(index)].key.index)
      items[next[key]] = index
      next[key] += 1
    }
    for key in 0..<columns.keyCount {
      ofKey.append(start.count)
      var last: Int32 = -1
      for item in counts[key]..<counts[key + 1] {
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
