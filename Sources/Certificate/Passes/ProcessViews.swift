import History

/// Checks causal memory (CM) and PRAM: for each process an order of its operations and of the writes that it needs, or for
/// all processes without one of their own one common order of all operations, of which each has its part.
///
/// The orders say what each operation read from: the latest write before it in its own process's order. Each order must
/// extend process order and, for causal memory, causal order. It is followed with a finger on each process: before an
/// operation of another process come its process's earlier writes and, for causal memory, what its process's earlier
/// operations and it itself read from. So the writes placed are closed downwards in causal order. Writes that an order
/// leaves out can follow at its end, where nobody reads; hence it need not name them. Causal order has no circle: a write
/// on it would, in the order of any process that has an operation on it, have to come before itself.
///
/// The common order has everything that happened for certain, and extends process order (and causal order): so does each
/// process's part of it, its operations and all writes. That its operations find the latest write there is seen by executing
/// the order once, for all of them.
///
/// For orders of m entries altogether O(m), plus what is passed over, at most n for each process.
struct ProcessViews {
  private let columns: Columns
  private let isCausal: Bool
  private var source: [Int32]
  /// The order, by the place of its process, in which an operation was placed last.
  private var placedIn: [Int32]
  private var isOrdered: [Bool]
  private var requiredPlaced = 0

  /// - Parameter common: the common order; empty for none.
  static func verify(
    _ orders: [ProcessOrder], common: [Int32], isCausal: Bool, _ columns: Columns
  ) throws(Objection) {
    var views = try ProcessViews(columns, isCausal)
    for place in orders.indices { try views.replay(orders[place], Int32(truncatingIfNeeded: place)) }
    if !common.isEmpty { try views.replay(common, besides: orders) }
    guard views.requiredPlaced == columns.requiredCount else {
      throw Objection("some operations are missing from the orders of their processes")
    }
    for index in views.placedIn.indices {
      try columns.pace.step()
      guard views.placedIn[index] >= 0, !views.isOrdered[index] else { continue }
      // One of unknown outcome that others saw happened: if it found something, its own process must say what.
      guard columns.operations[index].isFinder else { continue }
      throw columns.objection("is missing from its own process's order", at: Int32(truncatingIfNeeded: index))
    }
    views.placedIn = Array(repeating: -1, count: columns.operations.count)
    for place in orders.indices {
      try views.expectExtension(orders[place], Int32(truncatingIfNeeded: place))
    }
  }

  private init(_ columns: Columns, _ isCausal: Bool) throws(Objection) {
    // A source, an order and a mark for each; the orders are forgotten once, when there are twice as many for a moment.
    try columns.pace.ask(for: 13 * columns.operations.count)
    self.columns = columns
    self.isCausal = isCausal
    source = Array(repeating: Reading.none, count: columns.operations.count)
    placedIn = Array(repeating: -1, count: columns.operations.count)
    isOrdered = Array(repeating: false, count: columns.operations.count)
    held = Array(repeating: Reading.initial, count: columns.keyCount)
    heldIn = Array(repeating: -1, count: columns.keyCount)
  }

  private var held: [Int32]
  private var heldIn: [Int32]

  /// Executes one order.
  private mutating func replay(_ order: ProcessOrder, _ place: Int32) throws(Objection) {
    for index in order.operations {
      try columns.pace.step()
      let operation = try columns.operation(index)
      let isOwn = operation.process == order.process
      guard operation.isInPlay, isOwn || operation.isWrite else {
        throw columns.objection("has no place in the order of process \(order.process)", at: index)
      }
      if placedIn[Int(index)] == place {
        throw columns.objection("is placed twice in the order of process \(order.process)", at: index)
      }
      placedIn[Int(index)] = place
      if isOwn {
        guard !isOrdered[Int(index)] else { throw Objection("process \(order.process) has two orders") }
        guard find(index, operation, place) else {
          throw columns.objection("does not find what the order of process \(order.process) says", at: index)
        }
      }
      hold(index, operation, place)
    }
  }

  /// Takes an operation as one of a process whose order is executed.
  ///
  /// - Returns: whether it finds the latest write of its key there.
  private mutating func find(_ index: Int32, _ operation: Operation, _ place: Int32) -> Bool {
    let key = Int(operation.key.index)
    let latest = heldIn[key] == place ? held[key] : Reading.initial
    let value = latest >= 0 ? columns.operations[Int(latest)].value : columns.initialValue(operation.key)
    guard operation.fits(value) else { return false }
    isOrdered[Int(index)] = true
    if operation.isFinder { source[Int(index)] = latest }
    if operation.isRequired { requiredPlaced &+= 1 }
    return true
  }

  /// A write is the latest of its key in the order that is executed.
  private mutating func hold(_ index: Int32, _ operation: Operation, _ place: Int32) {
    guard operation.isWrite else { return }
    held[Int(operation.key.index)] = index
    heldIn[Int(operation.key.index)] = place
  }

  /// Executes the common order, for the processes that have none of their own.
  private mutating func replay(_ common: [Int32], besides orders: [ProcessOrder]) throws(Objection) {
    let place = Int32(truncatingIfNeeded: orders.count)
    let others = Set(orders.map(\.process))
    let hasOther = columns.processes.map { others.contains($0) }
    var last = [Int32](repeating: -1, count: columns.sessionCount)
    var required = 0
    for index in common {
      try columns.pace.step()
      let operation = try columns.operation(index)
      guard operation.isInPlay, placedIn[Int(index)] != place else {
        throw columns.objection("has no place in the common order, or two", at: index)
      }
      placedIn[Int(index)] = place
      if operation.isRequired { required &+= 1 }
      let session = Int(columns.session[Int(index)])
      guard last[session] < index else {
        throw columns.objection("is out of its process's order in the common one", at: index)
      }
      last[session] = index
      if hasOther[session] {
        let source = source[Int(index)]
        if isCausal, source >= 0, placedIn[Int(source)] != place {
          throw columns.objection(
            "is causally before another, which the common order does not say", at: source)
        }
      } else {
        guard find(index, operation, place) else {
          throw columns.objection("does not find what the common order says", at: index)
        }
      }
      hold(index, operation, place)
    }
    guard required == columns.requiredCount else {
      throw Objection("some operations are missing from the common order")
    }
  }

  /// Follows one order with a finger on each process.
  private mutating func expectExtension(_ order: ProcessOrder, _ place: Int32) throws(Objection) {
    var finger = columns.sessionStart
    try columns.pace.step(columns.sessionCount / 8)
    for index in order.operations {
      try columns.pace.step()
      let session = Int(columns.session[Int(index)])
      let isOwn = columns.operations[Int(index)].process == order.process
      let end = columns.sessionStart[session] + Int(columns.position[Int(index)])
      guard finger[session] <= end else {
        throw columns.objection(
          "is out of its process's order in that of process \(order.process)", at: index)
      }
      for passed in finger[session]..<end {
        try columns.pace.step()
        let before = columns.bySession[passed]
        let operation = columns.operations[Int(before)]
        guard operation.isRequired else { continue }
        // Only what completed can have something after it in its process.
        if isOwn || operation.isWrite {
          throw columns.objection("is missing from the order of process \(order.process)", at: before)
        }
        try expectSource(of: before, in: order, place)
      }
      finger[session] = end + 1
      if !isOwn { try expectSource(of: index, in: order, place) }
      placedIn[Int(index)] = place
    }
  }

  private func expectSource(of index: Int32, in order: ProcessOrder, _ place: Int32) throws(Objection) {
    let source = source[Int(index)]
    guard isCausal, source >= 0, placedIn[Int(source)] != place else { return }
    throw columns.objection(
      "is causally before another in the order of process \(order.process), which does not say so", at: source
    )
  }
}
