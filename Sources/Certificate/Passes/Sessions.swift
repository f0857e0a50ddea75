import History

/// Checks that a reading shows none of the patterns that the session guarantees forbid. A version of a key is named by
/// its write; the initial one is older than all others, and of two versions that one process wrote the earlier is older.
extension Reading {
  /// Read-your-writes: no process finds a version older than one that it wrote before. Linear.
  func expectOwnWrites() throws(Objection) {
    let rows = try Rows(self) { $0.isWrite || $0.isFinder }
    for row in 0..<rows.count {
      try columns.pace.step(rows[row].count)
      var written: Int32 = -1
      for index in rows[row] {
        let source = source[Int(index)]
        if written >= 0, source != Self.none {
          let isOlder = source == Self.initial || (rows.row[Int(source)] == row && source < written)
          if isOlder { throw columns.objection("misses what its process wrote in #\(written)", at: index) }
        }
        if columns.operations[Int(index)].isWrite { written = index }
      }
    }
  }

  /// Monotonic-reads: no process finds a version and later an older one; or a version, another, and the first again.
  /// Linear.
  func expectMonotonicReads() throws(Objection) {
    let rows = try Rows(self) { $0.isFinder }
    try columns.pace.ask(for: 4 * source.count + 8 * columns.sessionCount)
    /// The row in which a version was found last, and in which the initial one was.
    var foundIn = [Int32](repeating: -1, count: source.count)
    /// For each author the latest of its versions found, and the row in which.
    var newest = [Int32](repeating: -1, count: columns.sessionCount)
    var newestIn = newest
    for row in 0..<rows.count {
      try columns.pace.step(rows[row].count)
      let mark = Int32(truncatingIfNeeded: row)
      var current = Self.none
      for index in rows[row] {
        let source = source[Int(index)]
        guard source != Self.none else { continue }
        defer { current = source }
        if source == current { continue }
        if source == Self.initial {
          guard current != Self.none else { continue }
          throw columns.objection("goes back to the initial value", at: index)
        }
        let author = Int(columns.session[Int(source)])
        if foundIn[Int(source)] == mark || (newestIn[author] == mark && newest[author] > source) {
          throw columns.objection("goes back to the value of #\(source)", at: index)
        }
        foundIn[Int(source)] = mark
        newest[author] = newestIn[author] == mark ? max(newest[author], source) : source
        newestIn[author] = mark
      }
    }
  }

  /// Monotonic-writes: no process finds the value of a write and later, in a key, a version older than one that the same
  /// author had written there before; or that version itself, if the first write was to the same key. O(n), and for reads
  /// of initial values the authors of the key.
  func expectMonotonicWrites() throws(Objection) {
    let writes = try Rows(self) { $0.isWrite }
    let seen = try SeenWrites(columns, writes)
    try seen.follow(self) { index, source, seen throws(Objection) in
      if source == Self.initial {
        for row in writes.rows(of: columns.operations[Int(index)].key) {
          try columns.pace.step()
          guard let first = writes[row].first, seen.latest(of: Int(writes.session[row])) > first else {
            continue
          }
          throw columns.objection("misses what was written in #\(first) before a write seen", at: index)
        }
        return
      }
      let row = Int(writes.row[Int(source)])
      let next = writes.start[row] + Int(writes.place[Int(source)]) + 1
      let author = Int(columns.session[Int(source)])
      let isMissed = next < writes.start[row + 1] && writes.items[next] < seen.latest(of: author)
      if isMissed || seen.latest(ofRow: row) > source {
        throw columns.objection("goes back before a write seen, to #\(source)", at: index)
      }
    }
  }
}

/// What a process has seen of each author: the latest write, of any key and of each.
struct SeenWrites {
  private let columns: Columns
  private let writes: Rows
  private var ofSession: [Int32]
  private var sessionMark: [Int32]
  private var ofRow: [Int32]
  private var rowMark: [Int32]
  private var mark: Int32 = -1

  init(_ columns: Columns, _ writes: Rows) throws(Objection) {
    try columns.pace.ask(for: 8 * (columns.sessionCount + writes.count))
    self.columns = columns
    self.writes = writes
    ofSession = Array(repeating: -1, count: columns.sessionCount)
    sessionMark = ofSession
    ofRow = Array(repeating: -1, count: writes.count)
    rowMark = ofRow
  }

  /// The latest write by an author whose value the process has found; -1 when it has found none.
  func latest(of author: Int) -> Int32 { sessionMark[author] == mark ? ofSession[author] : -1 }

  /// The same of one key.
  func latest(ofRow row: Int) -> Int32 { rowMark[row] == mark ? ofRow[row] : -1 }

  /// Goes through each process's operations, telling of each that found something what had been seen before it.
  ///
  /// - Parameter sessions: the processes to go through; nil for all.
  consuming func follow(
    _ reading: Reading, among sessions: Set<Int>? = nil,
    _ look: (_ index: Int32, _ source: Int32, _ seen: borrowing SeenWrites) throws(Objection) -> Void
  ) throws(Objection) {
    var seen = self
    for session in 0..<seen.columns.sessionCount where sessions?.contains(session) ?? true {
      seen.mark = Int32(truncatingIfNeeded: session)
      for index in seen.columns.operations(of: session) {
        try seen.columns.pace.step()
        let source = reading.source[Int(index)]
        guard reading.happened[Int(index)], source != Reading.none else { continue }
        try look(index, source, seen)
        if source >= 0 { seen.note(source) }
      }
    }
  }

  private mutating func note(_ write: Int32) {
    let author = Int(columns.session[Int(write)])
    ofSession[author] = max(latest(of: author), write)
    sessionMark[author] = mark
    let row = Int(writes.row[Int(write)])
    ofRow[row] = max(latest(ofRow: row), write)
    rowMark[row] = mark
  }
}
