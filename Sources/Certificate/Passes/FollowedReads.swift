import History

/// Checks writes-follow-reads: no process finds the value of a write and later, in a key, a version older than one that
/// the write's author had found there before the write; or that version itself, if the write was to the same key.
///
/// A version is older than another of its key if one process wrote both in this order, or if the other's author had found
/// it before; and so on transitively. So among the operations of a key, process order and reads-from tell it, by vector
/// clocks as wide as the key has processes: O(n · k) for n operations of a key of k processes, and a look at each process
/// for each read.
///
/// Along an order that extends process order and reads-from (``OrderedPast``) only the keys and processes of late operations
/// are gone through: whatever breaks the guarantee is a read with a write of its key causally between it and what it found.
struct FollowedReads {
  private let reading: Reading
  private let columns: Columns
  private let rows: Rows
  private let writes: Rows
  /// For each row its finders, and for each of them how many of each process's operations on the key are versions older
  /// than one found so far. The widths differ from key to key.
  private var finders: [[Int32]]
  private var older: [[Int32]]
  /// For each row the first operation that found another version than the initial one, and the first that found that.
  private var firstNotInitial: [Int32]
  private var firstInitial: [Int32]

  /// Checks the guarantee.
  ///
  /// - Parameter order: an order of everything that happened; empty for none.
  static func verify(_ reading: Reading, along order: [Int32]) throws(Objection) {
    let late = order.isEmpty ? nil : try OrderedPast(order, reading).late
    if let late, late.isEmpty { return }
    let columns = reading.columns
    let keys = late.map { Set($0.map { columns.operations[Int($0)].key }) }
    let sessions = late.map { Set($0.map { Int(columns.session[Int($0)]) }) }
    var check = try FollowedReads(reading, keys)
    // For a version a list of those who found it first, with room for four; and the clocks of late keys.
    try columns.pace.ask(for: 56 * reading.source.count)
    var firstReaders = [[Int32]](repeating: [], count: reading.source.count)
    try check.collectFirstFinders(&firstReaders)
    for key in 0..<reading.columns.keyCount {
      guard try check.measure(KeyID(index: UInt32(key))) else {
        throw Objection("a version is older than itself", key: reading.columns.history.keys[key])
      }
    }
    try SeenWrites(columns, check.writes).follow(reading, among: sessions) {
      index, source, seen throws(Objection) in
      try check.expect(index, source, seen, firstReaders)
    }
  }

  private init(_ reading: Reading, _ keys: Set<KeyID>?) throws(Objection) {
    self.reading = reading
    columns = reading.columns
    rows = try Rows(reading) { ($0.isWrite || $0.isFinder) && keys?.contains($0.key) ?? true }
    writes = try Rows(reading) { $0.isWrite }
    finders = Array(repeating: [], count: rows.count)
    older = finders
    firstNotInitial = Array(repeating: -1, count: rows.count)
    firstInitial = firstNotInitial
  }

  private mutating func collectFirstFinders(_ firstReaders: inout [[Int32]]) throws(Objection) {
    for row in 0..<rows.count {
      for index in rows[row] {
        try columns.pace.step()
        let source = reading.source[Int(index)]
        if source == Reading.initial {
          if firstInitial[row] < 0 { firstInitial[row] = index }
        } else if source >= 0 {
          if firstNotInitial[row] < 0 { firstNotInitial[row] = index }
          // Going through process by process, an earlier one of this process is the last in the list.
          if let last = firstReaders[Int(source)].last, rows.row[Int(last)] == row { continue }
          firstReaders[Int(source)].append(index)
        }
      }
    }
  }

  /// Computes the clocks of a key.
  ///
  /// - Returns: false when a version is older than itself.
  private mutating func measure(_ key: KeyID) throws(Objection) -> Bool {
    let own = rows.rows(of: key)
    let width = own.count
    var past = [Int32](repeating: 0, count: width * width)
    var next = own.map { rows.start[$0] }
    var olderThan: [Int32: [Int32]] = [:]
    var left = own.reduce(0) { $0 + rows[$1].count }
    var isStuck = false
    while left > 0, !isStuck {
      isStuck = true
      for column in 0..<width {
        let row = own.lowerBound + column
        while next[column] < rows.start[row + 1] {
          try columns.pace.step(1 + width / 2)
          let index = rows.items[next[column]]
          let source = reading.source[Int(index)]
          if source != Reading.none {
            var clock = older[row].suffix(width)
            if clock.isEmpty { clock = ArraySlice(repeating: 0, count: width) }
            if source >= 0 {
              guard let other = olderThan[source] else { break }
              let author = Int(rows.row[Int(source)]) - own.lowerBound
              for place in 0..<width {
                past[column * width + place] = max(past[column * width + place], other[place])
                clock[clock.startIndex + place] = max(clock[clock.startIndex + place], other[place])
              }
              past[column * width + author] = max(
                past[column * width + author], rows.place[Int(source)] + 1)
            }
            finders[row].append(index)
            older[row] += clock
          }
          if columns.operations[Int(index)].isWrite {
            olderThan[index] = Array(past[column * width..<(column + 1) * width])
            past[column * width + column] = rows.place[Int(index)] + 1
          }
          next[column] += 1
          left -= 1
          isStuck = false
        }
      }
    }
    return left == 0
  }

  private func expect(
    _ index: Int32, _ source: Int32, _ seen: borrowing SeenWrites, _ firstReaders: [[Int32]]
  ) throws(Objection) {
    let key = columns.operations[Int(index)].key
    let own = rows.rows(of: key)
    try columns.pace.step(1 + own.count)
    for row in own where !finders[row].isEmpty {
      let latest = seen.latest(of: Int(rows.session[row]))
      guard latest >= 0 else { continue }
      let isOlder: Bool
      if source == Reading.initial {
        isOlder = firstNotInitial[row] >= 0 && firstNotInitial[row] <= latest
      } else {
        let count = partition(finders[row].count) { finders[row][$0] <= latest }
        let column = Int(rows.row[Int(source)]) - own.lowerBound
        isOlder = count > 0 && older[row][(count - 1) * own.count + column] > rows.place[Int(source)]
      }
      if isOlder { throw columns.objection("finds a version older than an author had found", at: index) }
      // The version itself is not to be found either, where the write seen is of the same key.
      if source == Reading.initial { try expectGone(firstInitial[row], index, seen) }
    }
    if source >= 0 { for first in firstReaders[Int(source)] { try expectGone(first, index, seen) } }
  }

  private func expectGone(_ first: Int32, _ index: Int32, _ seen: borrowing SeenWrites) throws(Objection) {
    guard first >= 0 else { return }
    let author = columns.session[Int(first)]
    let row = writes.rows(of: columns.operations[Int(index)].key).first { writes.session[$0] == author }
    guard let row, first <= seen.latest(ofRow: row) else { return }
    throw columns.objection("finds the version that an author had found before a write seen", at: index)
  }
}
