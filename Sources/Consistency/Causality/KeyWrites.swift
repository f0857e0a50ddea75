/// The writes of each key, by process: to find the last write of a key by a process within a part of its operations.
///
/// Linear to make.
struct KeyWrites {
  /// The writes of one key by one process, in order.
  struct Row {
    let session: Int
    var writes: [Int]
  }

  private let reading: Reading
  private(set) var rows: [[Row]]

  init(_ reading: Reading, _ budget: Budget) throws(LimitReached) {
    self.reading = reading
    // The writes, of which a row that grows has twice as many for a while; and a row for each process that writes a key.
    let writes = (0..<reading.count).count { reading.isWrite($0) }
    try budget.ask(for: 24 * writes)
    var rows: [[Row]] = Array(repeating: [], count: reading.operations.keys.count)
    // Going through process by process, the row of a process is the last one of its key.
    for (session, operations) in reading.sessions.enumerated() {
      for operation in operations where reading.isWrite(operation) && reading.happened[operation] {
        try budget.look()
        let key = reading.key(operation)
        if rows[key].last?.session != session { rows[key].append(Row(session: session, writes: [])) }
        rows[key][rows[key].count - 1].writes.append(operation)
      }
    }
    self.rows = rows
  }

  /// The writes of a key by a process; nil when there are none. By binary search.
  func row(_ key: Int, of session: Int) -> Row? {
    let rows = rows[key]
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].session < session { low = middle + 1 } else { high = middle }
    }
    return low < rows.count && rows[low].session == session ? rows[low] : nil
  }

  /// The last write of a row among the first `count` operations of its process; nil when there is none. By binary
  /// search.
  func last(_ row: Row, within count: Int32) -> Int? {
    let place = place(row, count)
    return place == 0 ? nil : row.writes[place - 1]
  }

  /// The first write of a row among the operations of its process from a place on; nil when there is none.
  func first(_ row: Row, from count: Int32) -> Int? {
    let place = place(row, count)
    return place == row.writes.count ? nil : row.writes[place]
  }

  private func place(_ row: Row, _ count: Int32) -> Int {
    var low = 0
    var high = row.writes.count
    while low < high {
      let middle = (low + high) / 2
      if reading.position[row.writes[middle]] < count { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
