import History

/// Replays orders as a single copy of the store would execute them. Linear.
struct OrderReplay {
  private let columns: Columns
  private var isPlaced: [Bool]
  private var requiredPlaced = 0
  /// For each process the last operation placed, and for which key's order.
  private var last: [Int32]
  private var lastKey: [Int32]

  private init(_ columns: Columns) throws(Objection) {
    try columns.pace.ask(for: columns.operations.count + 8 * columns.sessionCount)
    self.columns = columns
    isPlaced = Array(repeating: false, count: columns.operations.count)
    last = Array(repeating: -1, count: columns.sessionCount)
    lastKey = last
  }

  /// Checks that each key's order has all its operations, extends real time and the order of each process on the key, and
  /// that each operation finds the latest write.
  static func verify(_ orders: [KeyOrder], _ columns: Columns) throws(Objection) {
    var replay = try OrderReplay(columns)
    var hasOrder = Array(repeating: false, count: columns.keyCount)
    for order in orders {
      guard Int(order.key.index) < columns.keyCount, !hasOrder[Int(order.key.index)] else {
        throw Objection("a key that does not exist has an order, or one has two")
      }
      hasOrder[Int(order.key.index)] = true
      var held = columns.initialValue(order.key)
      var latest = Int64.min
      for index in order.operations {
        let operation = try replay.place(index, among: Int32(truncatingIfNeeded: order.key.index))
        if operation.key != order.key { throw columns.objection("is not of this key", at: index) }
        if operation.completed < latest {
          throw columns.objection("ended before one began that the order puts before it", at: index)
        }
        latest = max(latest, operation.invoked)
        if !operation.fits(held) { throw columns.objection("does not find what the order says", at: index) }
        if operation.isWrite { held = operation.value }
      }
    }
    try replay.expectAll()
  }

  /// Checks that one order has all operations, extends the order of each process, and that each operation finds the latest
  /// write.
  static func verify(_ order: [Int32], _ columns: Columns) throws(Objection) {
    var replay = try OrderReplay(columns)
    var held = columns.history.initialValues
    for index in order {
      let operation = try replay.place(index, among: 0)
      let key = Int(operation.key.index)
      if !operation.fits(held[key]) {
        throw columns.objection("does not find what the order says", at: index)
      }
      if operation.isWrite { held[key] = operation.value }
    }
    try replay.expectAll()
  }

  private mutating func place(_ index: Int32, among key: Int32) throws(Objection) -> Operation {
    try columns.pace.step()
    let operation = try columns.operation(index)
    if !operation.isInPlay { throw columns.objection("has no place in an order", at: index) }
    if isPlaced[Int(index)] { throw columns.objection("is placed twice", at: index) }
    isPlaced[Int(index)] = true
    if operation.isRequired { requiredPlaced &+= 1 }
    let session = Int(columns.session[Int(index)])
    if lastKey[session] == key, last[session] > index {
      throw columns.objection("is out of its process's order", at: index)
    }
    last[session] = index
    lastKey[session] = key
    return operation
  }

  private func expectAll() throws(Objection) {
    guard requiredPlaced < columns.requiredCount else { return }
    let missing = isPlaced.indices.first { columns.operations[$0].isRequired && !isPlaced[$0] }
    throw columns.objection("is missing", at: Int32(truncatingIfNeeded: missing ?? 0))
  }
}
