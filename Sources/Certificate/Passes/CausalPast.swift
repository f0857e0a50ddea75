import History

/// Goes through what happened in an order that extends process order and reads-from, with vector clocks: for each
/// operation how many operations of each process come causally before it.
///
/// One row of numbers for each process, and one for each write that is kept. For n operations of k processes O(n · k)
/// time at worst; a read of what is in the reader's past already costs nothing.
struct CausalPast {
  private let reading: Reading
  private let width: Int
  /// The clock of each process, without the operation in hand.
  private var clocks: [Int32]
  /// The clocks of writes, with the write itself, by rows.
  private var kept: [Int32] = []
  private var rowOfWrite: [Int32]

  private init(_ reading: Reading) {
    self.reading = reading
    width = reading.columns.sessionCount
    clocks = Array(repeating: 0, count: width * width)
    rowOfWrite = Array(repeating: -1, count: reading.source.count)
  }

  /// How many operations of a process come before the one in hand, of another process.
  func count(of session: Int, before own: Int) -> Int32 { clocks[own * width + session] }

  /// Whether an operation comes before a write, whose clock was kept, or is it.
  func isBefore(_ operation: Int32, _ write: Int32) -> Bool {
    let columns = reading.columns
    let row = Int(rowOfWrite[Int(write)])
    return row >= 0
      && kept[row * width + Int(columns.session[Int(operation)])] > columns.position[Int(operation)]
  }

  /// Goes through it.
  ///
  /// - Parameters:
  ///   - isKept: whether a write's clock will be asked for.
  ///   - look: is told each operation when the clocks are those of its past.
  /// - Returns: whether everything could be reached; otherwise causal order has a circle.
  static func run(
    _ reading: Reading, keeping isKept: (Int32) -> Bool,
    look: (Int32, borrowing CausalPast) throws(Objection) -> Void
  ) throws(Objection) -> Bool {
    let columns = reading.columns
    let (cells, isTooMany) = columns.sessionCount.multipliedReportingOverflow(by: columns.sessionCount)
    try columns.pace.ask(for: isTooMany ? .max : 4 * min(cells, .max / 8) + 5 * reading.source.count)
    var past = CausalPast(reading)
    var next = columns.sessionStart
    /// The processes that wait for a write, as linked lists.
    var waiting = [Int32](repeating: -1, count: reading.source.count)
    var nextWaiting = [Int32](repeating: -1, count: columns.sessionCount)
    var isDone = [Bool](repeating: false, count: reading.source.count)
    var ready = Array((0..<columns.sessionCount).reversed())
    var open = columns.sessionCount
    while let session = ready.popLast() {
      var isBlocked = false
      while next[session] < columns.sessionStart[session + 1] {
        let index = columns.bySession[next[session]]
        defer { next[session] += 1 }
        guard reading.happened[Int(index)] else { continue }
        try columns.pace.step()
        let source = reading.source[Int(index)]
        if source >= 0, columns.session[Int(source)] != columns.session[Int(index)] {
          guard isDone[Int(source)] else {
            nextWaiting[session] = waiting[Int(source)]
            waiting[Int(source)] = Int32(truncatingIfNeeded: session)
            next[session] -= 1
            isBlocked = true
            break
          }
          try past.join(source, into: session)
        } else if source >= index {
          // It found what its own process wrote later.
          return false
        }
        try look(index, past)
        past.clocks[session * past.width + session] = columns.position[Int(index)] + 1
        guard columns.operations[Int(index)].isWrite else { continue }
        isDone[Int(index)] = true
        if isKept(index) { try past.keep(index, session) }
        var waiter = waiting[Int(index)]
        while waiter >= 0 {
          ready.append(Int(waiter))
          waiter = nextWaiting[Int(waiter)]
        }
      }
      if !isBlocked { open -= 1 }
    }
    return open == 0
  }

  private mutating func join(_ write: Int32, into session: Int) throws(Objection) {
    let columns = reading.columns
    let own = session * width
    // What is known to have been seen has brought its past along.
    if clocks[own + Int(columns.session[Int(write)])] > columns.position[Int(write)] { return }
    try columns.pace.step(width / 16)
    let row = Int(rowOfWrite[Int(write)]) * width
    for index in 0..<width { clocks[own + index] = max(clocks[own + index], kept[row + index]) }
  }

  private mutating func keep(_ write: Int32, _ session: Int) throws(Objection) {
    try reading.columns.pace.step(width / 16)
    if kept.count + width > kept.capacity { try reading.columns.pace.ask(for: 8 * (kept.count + width)) }
    rowOfWrite[Int(write)] = Int32(truncatingIfNeeded: kept.count / width)
    kept.append(contentsOf: clocks[session * width..<(session + 1) * width])
  }
}

extension Reading {
  /// Checks causal consistency (CC): causal order has no circle, and no write of a key comes causally between what an
  /// operation read from and the operation.
  ///
  /// That is the definition: given such a reading, the past of an operation can be put in order with the write it read
  /// from last among those of its key, since only writes causally after that one would have to follow it.
  func expectCausal() throws(Objection) {
    let columns = columns
    let writes = try Rows(self) { $0.isWrite }
    let isAcyclic = try CausalPast.run(self, keeping: { _ in true }) { index, past throws(Objection) in
      let source = source[Int(index)]
      guard source != Self.none else { return }
      let own = Int(columns.session[Int(index)])
      try columns.pace.step(writes.rows(of: columns.operations[Int(index)].key).count)
      for row in writes.rows(of: columns.operations[Int(index)].key) {
        let session = Int(writes.session[row])
        guard let write = writes.last(row, within: past.count(of: session, before: own), columns),
          write != source
        else { continue }
        if source == Self.initial || past.isBefore(source, write) {
          throw columns.objection(
            "found what operation #\(write), causally between, had replaced", at: index)
        }
      }
    }
    if !isAcyclic { throw Objection("what was read from what goes round in a circle") }
  }

  /// Checks causal convergence with an order that was found to extend causal order: see ``expectConvergent(_:mayUseClocks:)``.
  func expectConvergentByClocks(_ order: [Int32]) throws(Objection) {
    let columns = columns
    var rank = [Int32](repeating: -1, count: columns.operations.count)
    for (place, index) in order.enumerated() { rank[Int(index)] = Int32(truncatingIfNeeded: place) }
    var isRead = [Bool](repeating: false, count: columns.operations.count)
    for source in source where source >= 0 { isRead[Int(source)] = true }
    let writes = try Rows(self) { $0.isWrite }
    _ = try CausalPast.run(self, keeping: { isRead[Int($0)] }) { index, past throws(Objection) in
      let source = source[Int(index)]
      guard source != Self.none else { return }
      let own = Int(columns.session[Int(index)])
      try columns.pace.step(writes.rows(of: columns.operations[Int(index)].key).count)
      let latest = source == Self.initial ? -1 : rank[Int(source)]
      for row in writes.rows(of: columns.operations[Int(index)].key) {
        let session = Int(writes.session[row])
        guard let write = writes.last(row, within: past.count(of: session, before: own), columns),
          rank[Int(write)] > latest
        else { continue }
        throw columns.objection("should have found what operation #\(write) wrote", at: index)
      }
    }
  }
}
