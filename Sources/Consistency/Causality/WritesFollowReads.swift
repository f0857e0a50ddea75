import History

/// Decides writes-follow-reads of one reading of a history, by the pattern: a process reads a write w2, and later finds in
/// a key x a version older than one of x that the author of w2 had read before w2; or that version itself, if w2 is to x.
///
/// A version is older than another of its key if one process wrote both in this order, or the other's author had read it
/// before, or transitively. That is process order and reads-from among the operations of the key alone, so vector clocks
/// of each key tell it; a version that is older than itself violates the guarantee too.
///
/// For n operations of k processes O(n · k · log n) time and a row of k numbers for each operation.
struct WritesFollowReads {
  private struct Place: Hashable {
    let key: Int
    let session: Int
  }

  private struct Visit: Hashable {
    let key: Int
    let session: Int
    let source: Int
  }

  /// What an author has read of a key, in order.
  private struct Reads {
    var reads: [Int] = []
    /// For each read, how many of each process's operations on the key are versions older than one read so far.
    var older: [[Int32]] = []
    var firstNotInitial: Int?
  }

  /// The memory that an operation of a key that is looked into takes, in bytes: its place, and a number in a row, which
  /// grows by doubling.
  private static let bytesPerOperation = 20

  private let prepared: PreparedReading
  private let reading: Reading
  /// Each key's operations, by process.
  private var rows: [[Int: [Int]]]
  /// The place of each operation among its process's operations on its key.
  private var place: Column
  private var reads: [Place: Reads] = [:]
  private var firstRead: [Visit: Int] = [:]
  /// For each key where a process's number stands in a row.
  private var columns: [Int: [Int: Int]] = [:]

  /// The first contradiction found; nil when the guarantee holds.
  private var contradiction: Contradiction?

  /// Decides the guarantee.
  ///
  /// What breaks it is a read with a write of its key causally between it and what it found, so without a conflict in a
  /// ``GuidedOrder`` it holds, and otherwise only the keys and processes of conflicts need be looked into.
  static func decide(_ prepared: PreparedReading, _ budget: Budget) throws(LimitReached) -> ReadingResult {
    let order = try prepared.order(budget)
    if let order, let whole = try prepared.orderOfAll(order, budget) {
      budget.note(.guidedOrder)
      return .fine(whole)
    }
    budget.note(.sessionPatterns)
    let pass = try WritesFollowReads(prepared, suspects: order?.conflicts, budget)
    if let contradiction = pass.contradiction { return .broken(contradiction) }
    let ids = if let order { try prepared.ids(of: order, budget) } else { [OperationID]() }
    return .fine(.readsFrom(try prepared.sources(budget), along: ids))
  }

  /// About how much memory the clocks take: two rows for each operation, as wide as its key has processes.
  private var bytes: Int {
    rows.reduce(0) { sum, row in
      let (cells, isTooMany) = row.values.reduce(0) { $0 + $1.count }.multipliedReportingOverflow(
        by: row.count)
      return isTooMany || cells > Int.max / 16 - sum / 8 ? .max / 2 : sum + 8 * cells
    }
  }

  /// - Parameter suspects: operations among which is one that breaks the guarantee if any does; nil for all.
  private init(_ prepared: PreparedReading, suspects: [Int]?, _ budget: Budget) throws(LimitReached) {
    self.prepared = prepared
    let reading = prepared.reading
    self.reading = reading
    let keys = suspects.map { Set($0.map { reading.key($0) }) }
    let sessions = suspects.map { Set($0.map { reading.session[$0] }) }
    try budget.ask(for: reading.count * Self.bytesPerOperation)
    rows = Array(repeating: [:], count: reading.operations.keys.count)
    place = Column(repeating: 0, count: reading.count)
    for operation in 0..<reading.count where reading.happened[operation] {
      guard keys?.contains(reading.key(operation)) ?? true else { continue }
      try budget.look()
      place[operation] = rows[reading.key(operation)][reading.session[operation], default: []].count
      rows[reading.key(operation)][reading.session[operation], default: []].append(operation)
    }
    try budget.ask(for: bytes)
    for key in rows.indices where !rows[key].isEmpty {
      if let version = try follow(key, budget) {
        contradiction = circle(version, budget)
        return
      }
    }
    for session in reading.sessions.indices where sessions?.contains(session) ?? true {
      contradiction = try missed(reading.sessions[session].filter { reading.happened[$0] }, keys, budget)
      if contradiction != nil { return }
    }
  }

  /// Computes the clocks of a key's operations.
  ///
  /// - Returns: a version that is older than itself; nil when there is none.
  private mutating func follow(_ key: Int, _ budget: Budget) throws(LimitReached) -> Int? {
    let row = rows[key]
    let sessions = row.keys.sorted()
    let column = Dictionary(uniqueKeysWithValues: sessions.enumerated().map { ($0.element, $0.offset) })
    var past = Array(repeating: Array(repeating: Int32(0), count: sessions.count), count: sessions.count)
    var next = Array(repeating: 0, count: sessions.count)
    var olderThan: [Int: [Int32]] = [:]
    var isStuck = false
    while !isStuck {
      isStuck = true
      for (own, session) in sessions.enumerated() {
        let operations = row[session, default: []]
        while next[own] < operations.count {
          try budget.look(after: sessions.count)
          let operation = operations[next[own]]
          let source = reading.source[operation]
          if source >= 0 {
            guard let older = olderThan[source] else { break }
            for index in older.indices { past[own][index] = max(past[own][index], older[index]) }
            if let author = column[reading.session[source]] {
              past[own][author] = max(past[own][author], Int32(place[source] + 1))
            }
            note(operation, older, key, session)
          } else if source == Reading.initial {
            note(operation, Array(repeating: 0, count: sessions.count), key, session)
          }
          if reading.isWrite(operation) {
            olderThan[operation] = past[own]
            past[own][own] = Int32(next[own] + 1)
          }
          next[own] += 1
          isStuck = false
        }
      }
    }
    func awaited(_ own: Int) -> Int? {
      let operations = row[sessions[own], default: []]
      return next[own] < operations.count ? reading.source[operations[next[own]]] : nil
    }
    guard var own = sessions.indices.first(where: { awaited($0) != nil }) else {
      columns[key] = column
      return nil
    }
    // A process that is stuck waits for a write of another that is, so going from one to the next comes round.
    var seen: Set<Int> = []
    while seen.insert(own).inserted, let write = awaited(own), let author = column[reading.session[write]] {
      own = author
    }
    return awaited(own)
  }

  private mutating func note(_ operation: Int, _ older: [Int32], _ key: Int, _ session: Int) {
    let source = reading.source[operation]
    let visit = Visit(key: key, session: session, source: source)
    if firstRead[visit] == nil { firstRead[visit] = operation }
    var known = reads.removeValue(forKey: Place(key: key, session: session)) ?? Reads()
    known.reads.append(operation)
    var joined = known.older.last ?? older
    for index in older.indices { joined[index] = max(joined[index], older[index]) }
    known.older.append(joined)
    if source >= 0, known.firstNotInitial == nil { known.firstNotInitial = operation }
    reads[Place(key: key, session: session)] = known
  }

  private func missed(
    _ operations: [Int], _ keys: Set<Int>?, _ budget: Budget
  ) throws(LimitReached) -> Contradiction? {
    var seen: [Int: Int] = [:]
    var seenOfKey: [Place: Int] = [:]
    for operation in operations {
      let source = reading.source[operation]
      guard source >= 0 || source == Reading.initial else { continue }
      let key = reading.key(operation)
      for (author, before) in keys?.contains(key) ?? true ? seen.sorted(by: { $0.key < $1.key }) : [] {
        try budget.look(after: 4)
        let write = reading.source[before]
        if let read = reader(of: source, key, author, upTo: write) {
          return budget.tellingContradiction { budget throws(LimitReached) in
            let path = [read, write, before, operation]
            return try contradiction(operation, newer: reading.source[read], path, budget)
          }
        }
        if let before = seenOfKey[Place(key: key, session: author)],
          let first = firstRead[Visit(key: key, session: author, source: source)],
          first <= reading.source[before]
        {
          return budget.tellingContradiction { budget throws(LimitReached) in
            try contradiction(operation, same: first, [reading.source[before], before, operation], budget)
          }
        }
      }
      guard source >= 0 else { continue }
      let author = reading.session[source]
      if seen[author].map({ reading.source[$0] < source }) ?? true { seen[author] = operation }
      let place = Place(key: key, session: author)
      if seenOfKey[place].map({ reading.source[$0] < source }) ?? true { seenOfKey[place] = operation }
    }
    return nil
  }

  /// A read of the key by an author, no later than a write of it, of a version that a source is older than.
  private func reader(of source: Int, _ key: Int, _ author: Int, upTo write: Int) -> Int? {
    guard let known = reads[Place(key: key, session: author)] else { return nil }
    if source == Reading.initial {
      guard let read = known.firstNotInitial, read <= write else { return nil }
      return read
    }
    guard let column = columns[key]?[reading.session[source]] else { return nil }
    // What has been read only grows, so the first read that is enough is found by binary search.
    var low = 0
    var high = known.reads.count
    while low < high {
      let middle = (low + high) / 2
      if known.older[middle][column] > place[source] { high = middle } else { low = middle + 1 }
    }
    guard low < known.reads.count, known.reads[low] <= write else { return nil }
    return known.reads[low]
  }

  /// The circle of a read that returned a version older than `newer`.
  private func contradiction(
    _ read: Int, newer: Int, _ path: [Int], _ budget: Budget
  ) throws(LimitReached) -> Contradiction {
    var graph = try prepared.graph(budget)
    let steps = OrderGraph.steps([newer] + path, reading)
    let source = reading.source[read]
    if source == Reading.initial {
      let edge = graph.derive(.init(from: read, to: newer, rule: .initial, through: read))
      return .cycle(.versionReadByAuthorMissed, graph, steps + [.derived(edge)])
    }
    let edge = graph.derive(.init(from: newer, to: source, rule: .before, through: read, premise: steps))
    let rise = OrderGraph.steps(try pathOfKey(from: source, to: newer, budget), reading)
    return .cycle(.versionReadByAuthorMissed, graph, rise + [.derived(edge)])
  }

  /// The circle of a read that returned the version that the author of a newer one had read before.
  private func contradiction(
    _ read: Int, same first: Int, _ path: [Int], _ budget: Budget
  ) throws(LimitReached) -> Contradiction {
    var graph = try prepared.graph(budget)
    let steps = OrderGraph.steps(path, reading)
    let source = reading.source[read]
    if source == Reading.initial {
      // The author's read is part of the pattern, although the circle closes without it.
      let edge = graph.derive(
        .init(
          from: read, to: path[0], rule: .initial, through: read,
          premise: first == path[0] ? [] : [.processOrder(first, path[0])]))
      return .cycle(.versionReadByAuthorMissed, graph, steps + [.derived(edge)])
    }
    let edge = graph.derive(.init(from: path[0], to: source, rule: .before, through: read, premise: steps))
    let rise = first == path[0] ? [source, path[0]] : [source, first, path[0]]
    return .cycle(.versionReadByAuthorMissed, graph, OrderGraph.steps(rise, reading) + [.derived(edge)])
  }

  /// The circle of a version that is older than itself.
  private func circle(_ version: Int, _ budget: Budget) -> Contradiction {
    budget.tellingContradiction { budget throws(LimitReached) in
      let path = try pathOfKey(from: version, to: version, budget)
      return .cycle(
        .versionPrecedesItself, try prepared.graph(budget), OrderGraph.steps(path, reading))
    }
  }

  /// The shortest path among the operations of one key; empty when there is none. Linear in the operations of the key.
  private func pathOfKey(from start: Int, to goal: Int, _ budget: Budget) throws(LimitReached) -> [Int] {
    var readers: [Int: [Int]] = [:]
    for operation in rows[reading.key(start)].values.joined() where reading.source[operation] >= 0 {
      try budget.look(after: 4)
      readers[reading.source[operation], default: []].append(operation)
    }
    var cameFrom: [Int: Int] = [:]
    var reached = [start]
    var next = 0
    while next < reached.count, cameFrom[goal] == nil {
      let operation = reached[next]
      next += 1
      try budget.look(after: 8)
      let row = rows[reading.key(start)][reading.session[operation], default: []]
      let following = row[(place[operation] + 1)...].prefix(1)
      for successor in readers[operation, default: []] + following where cameFrom[successor] == nil {
        cameFrom[successor] = operation
        reached.append(successor)
      }
    }
    guard cameFrom[goal] != nil else { return [] }
    var path = [goal]
    while let before = cameFrom[path[path.count - 1]] {
      path.append(before)
      if before == start { break }
    }
    path.reverse()
    // Between two operations of one process nothing needs to be told.
    return path.indices.filter { index in
      let session = reading.session[path[index]]
      return index == 0 || index == path.count - 1 || reading.session[path[index - 1]] != session
        || reading.session[path[index + 1]] != session
    }.map { path[$0] }
  }
}
