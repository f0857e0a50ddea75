import History

/// A part of a history of which a contradiction is one of the whole.
///
/// Why. Take a run that fits the whole history and keeps the promise: a choice of the operations of unknown outcome that
/// happened, and what each operation read from. Leave out of it all operations that are not of the part. What is left fits
/// the part, if everything in the part that found something still has what it read from. That is so if each write from
/// which it can have read is of the part as well, but for those from which it cannot have read in any run that keeps the
/// promise:
/// - in every model, those that its own process began later, and itself;
/// - in models of real time also those that began after it had ended;
/// - where all is in one order, those that another write of the key, of the part, certainly separates from it.
///
/// And what is left keeps the promise. Of a total order (linearizable, sequential, CM and PRAM for each process, CCv for
/// arbitration) a part is a total order, extends what is left of process order, real time and causal order, and the latest
/// write before a reader stays the one it read from: that is kept, and fewer others stand between. Causal order among what
/// is left, that is its process order and reads-from, is part of what it was, so that fewer writes are causally between
/// (CC) or seen by a session (the guarantees). Registers judge each operation by itself, and fewer writes replace.
/// (Safe registers let off operations that overlap a write; that is looked up in the whole history.)
///
/// So if no run of the part keeps the promise, none of the whole does.
struct ClosedPart {
  /// Which runs the promise speaks of, for what cannot have been read from.
  enum Order {
    case none
    case total(inRealTime: Bool)
    case registers
  }

  /// Checks that a part is closed. Linear in the history, and at worst quadratic in the part.
  static func expect(_ part: [Int32], _ columns: Columns, _ order: Order) throws(Objection) {
    let operations = columns.operations
    let isMember = Set(part)
    let writes = Dictionary(
      grouping: part.filter { operations[Int($0)].isWrite && operations[Int($0)].isRequired }
    ) {
      operations[Int($0)].key
    }
    try forEachPair(part.filter { operations[Int($0)].isFinder }, columns) {
      write, reader throws(Objection) in
      if isMember.contains(write) { return }
      if isExcluded(write, for: reader, columns, order, writes[operations[Int(write)].key, default: []]) {
        return
      }
      throw columns.objection("may have read from #\(write), which is not shown", at: reader)
    }
  }

  /// Whether one of some operations, which happened for sure, can have read from nothing in the whole history: that
  /// contradicts every model by itself.
  static func hasSourceless(_ part: [Int32], _ columns: Columns, _ order: Order) throws(Objection) -> Bool {
    let operations = columns.operations
    var sourceless = Set(
      part.filter {
        let operation = operations[Int($0)]
        return operation.isRequired && operation.isFinder
          && !operation.fits(columns.initialValue(operation.key))
      })
    try forEachPair(Array(sourceless), columns) { write, reader throws(Objection) in
      if write != reader, !isExcluded(write, for: reader, columns, order, []) { sourceless.remove(reader) }
    }
    return !sourceless.isEmpty
  }

  /// Visits all writes of the history from which one of some operations can have read, judged by its value.
  private static func forEachPair(
    _ finders: [Int32], _ columns: Columns,
    _ visit: (_ write: Int32, _ reader: Int32) throws(Objection) -> Void
  ) throws(Objection) {
    let operations = columns.operations
    /// The finders by what they found; those that only say what they did not find by key.
    var byValue: [UInt64: [Int32]] = [:]
    var byKey: [UInt32: [Int32]] = [:]
    for index in finders {
      let operation = operations[Int(index)]
      if let value = operation.soughtValue {
        byValue[UInt64(operation.key.index) << 32 | UInt64(value.index), default: []].append(index)
      } else {
        byKey[operation.key.index, default: []].append(index)
      }
    }
    var isAsked = Array(repeating: false, count: columns.keyCount)
    for index in finders { isAsked[Int(operations[Int(index)].key.index)] = true }
    for place in operations.indices
    where isAsked[Int(operations[place].key.index)] && operations[place].isWrite {
      let operation = operations[place]
      let readers =
        byValue[UInt64(operation.key.index) << 32 | UInt64(operation.value.index), default: []]
        + byKey[operation.key.index, default: []]
      for reader in readers where operations[Int(reader)].fits(operation.value) {
        try visit(Int32(truncatingIfNeeded: place), reader)
      }
    }
  }

  private static func isExcluded(
    _ write: Int32, for reader: Int32, _ columns: Columns, _ order: Order, _ writes: [Int32]
  ) -> Bool {
    switch order {
    case .none: return columns.precedes(reader, write, inRealTime: false)
    case .registers: return columns.precedes(reader, write, inRealTime: true)
    case .total(let inRealTime):
      return columns.precedes(reader, write, inRealTime: inRealTime)
        || writes.contains {
          columns.precedes(write, $0, inRealTime: inRealTime)
            && columns.precedes($0, reader, inRealTime: inRealTime)
        }
    }
  }
}

extension Operation {
  /// The value that a finder found, where it happened; nil when it says only what it did not find.
  var soughtValue: ValueID? {
    switch kind {
    case .read, .write: value
    case .compareAndSet where isMismatch: hasResult ? value : nil
    case .compareAndSet: expected
    }
  }
}
