import History

/// What comes causally before operations, looked for backwards along an order of everything that happened which extends
/// process order and reads-from.
///
/// Whatever comes before an operation has a smaller place in the order, so that a search for what lies between a read and
/// what it found need not leave the stretch between the two. And where an operation finds the latest write of its key in the
/// order nothing can lie between: only the others, those that are *late*, have to be looked into. Linear to make; a search
/// costs what it finds.
struct OrderedPast {
  private let reading: Reading
  /// The place of each operation in the order; -1 for those that did not happen.
  private let rank: [Int32]
  /// What the process of an operation did before it, where it happened; -1 for nothing.
  private let previous: [Int32]
  /// The place of the first write of each key.
  private var firstWrite: [Int32]
  /// The operations that do not find the latest write of their key, in order.
  private(set) var late: [Int32] = []
  /// The search in which an operation was reached last, and the one in which it was found to follow.
  private var reached: [Int32]
  private var followed: [Int32]
  private var search: Int32 = 0
  private var work = 0

  /// Checks that the order has everything that happened and extends process order and reads-from.
  init(_ order: [Int32], _ reading: Reading) throws(Objection) {
    let columns = reading.columns
    let count = columns.operations.count
    try columns.pace.ask(for: 16 * count)
    var rank = [Int32](repeating: -1, count: count)
    for (place, index) in order.enumerated() {
      try columns.pace.step()
      _ = try columns.operation(index)
      guard reading.happened[Int(index)], rank[Int(index)] < 0 else {
        throw columns.objection("did not happen, or is placed twice", at: index)
      }
      rank[Int(index)] = Int32(truncatingIfNeeded: place)
    }
    var previous = [Int32](repeating: -1, count: count)
    var last = [Int32](repeating: -1, count: columns.sessionCount)
    for index in columns.bySession where reading.happened[Int(index)] {
      try columns.pace.step()
      let own = rank[Int(index)]
      if own < 0 { throw columns.objection("is missing", at: index) }
      let session = Int(columns.session[Int(index)])
      let before = last[session]
      let source = reading.source[Int(index)]
      if (before >= 0 && own < rank[Int(before)]) || (source >= 0 && own < rank[Int(source)]) {
        throw columns.objection("is placed before what it causally follows", at: index)
      }
      previous[Int(index)] = before
      last[session] = index
    }
    self.reading = reading
    self.rank = rank
    self.previous = previous
    firstWrite = Array(repeating: .max, count: columns.keyCount)
    reached = Array(repeating: 0, count: count)
    followed = reached
    try findLate(order)
  }

  private mutating func findLate(_ order: [Int32]) throws(Objection) {
    let columns = reading.columns
    var held = [Int32](repeating: Reading.initial, count: columns.keyCount)
    for index in order {
      try columns.pace.step()
      let operation = columns.operations[Int(index)]
      let key = Int(operation.key.index)
      let source = reading.source[Int(index)]
      if source != Reading.none, source != held[key] { late.append(index) }
      guard operation.isWrite else { continue }
      if held[key] == Reading.initial { firstWrite[key] = rank[Int(index)] }
      held[key] = index
    }
  }

  /// Whether the searches so far have gone through so much that vector clocks would have been quicker.
  var isLong: Bool { work > 64 * (reading.source.count + 1_000) }

  /// A write of an operation's key that comes causally before it, other than its source, and which the order puts after
  /// that; nil when there is none.
  ///
  /// - Parameter isAfter: whether only a write counts that causally follows the source, too.
  mutating func write(
    between operation: Int32, andSourceFollowed isAfter: Bool
  ) throws(Objection) -> Int32? {
    search += 1
    let key = reading.columns.operations[Int(operation)].key
    let source = reading.source[Int(operation)]
    let isInitial = source == Reading.initial
    let past = try past(
      of: operation, from: isInitial ? firstWrite[Int(key.index)] : rank[Int(source)] + 1)
    if !isInitial { followed[Int(source)] = search }
    for index in past {
      try reading.columns.pace.step()
      let (before, found) = (previous[Int(index)], reading.source[Int(index)])
      if (before >= 0 && followed[Int(before)] == search) || (found >= 0 && followed[Int(found)] == search) {
        followed[Int(index)] = search
      }
      let other = reading.columns.operations[Int(index)]
      guard other.isWrite, other.key == key else { continue }
      if isInitial || !isAfter || followed[Int(index)] == search { return index }
    }
    return nil
  }

  /// What comes causally before an operation and has that place in the order or a later one, in its order.
  private mutating func past(of operation: Int32, from bound: Int32) throws(Objection) -> [Int32] {
    var found: [Int32] = []
    var left = [operation]
    while let index = left.popLast() {
      try reading.columns.pace.step()
      for before in [previous[Int(index)], reading.source[Int(index)]] {
        guard before >= 0, rank[Int(before)] >= bound, reached[Int(before)] != search else { continue }
        reached[Int(before)] = search
        found.append(before)
        left.append(before)
      }
    }
    work += found.count + 1
    return found.sorted { rank[Int($0)] < rank[Int($1)] }
  }
}

extension Reading {
  /// Checks causal consistency (CC) along an order: no write of a key comes causally between what an operation read from and
  /// the operation. That causal order has no circle the order shows.
  ///
  /// - Parameter mayUseClocks: whether to turn to vector clocks when that takes long.
  func expectCausal(along order: [Int32], mayUseClocks: Bool) throws(Objection) {
    var past = try OrderedPast(order, self)
    for index in past.late {
      if mayUseClocks, past.isLong { return try expectCausal() }
      guard let write = try past.write(between: index, andSourceFollowed: true) else { continue }
      throw columns.objection("found what operation #\(write), causally between, had replaced", at: index)
    }
  }

  /// Checks causal convergence (CCv) with the order of all operations that is to arbitrate: it extends causal order, and
  /// in it each operation's source is the latest write of the key among those causally before the operation.
  ///
  /// - Parameter mayUseClocks: whether to turn to vector clocks when that takes long.
  func expectConvergent(_ order: [Int32], mayUseClocks: Bool) throws(Objection) {
    var past = try OrderedPast(order, self)
    for index in past.late {
      if mayUseClocks, past.isLong { return try expectConvergentByClocks(order) }
      guard let write = try past.write(between: index, andSourceFollowed: false) else { continue }
      throw columns.objection("should have found what operation #\(write) wrote", at: index)
    }
  }
}
