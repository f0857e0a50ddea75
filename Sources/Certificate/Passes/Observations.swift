import History

/// Which operations found a value, and which may have written it. n log n to make; a question costs a binary search.
///
/// A compare-and-set of unknown outcome found what it expected if it took effect. It may have taken effect if something
/// that may have taken effect found what it wrote, and it has for certain if something that has for certain found it, and
/// can have found it nowhere else.
struct Observations {
  private struct Entry {
    let name: UInt64
    let index: Int32
  }

  private let columns: Columns
  private let finders: [Entry]
  private let writers: [Entry]
  /// Compare-and-sets of unknown outcome, by what they found if they took effect.
  private let unsure: [Entry]
  private var mayHaveHappened: Set<Int32> = []
  private var haveHappened: Set<Int32> = []

  init(_ columns: Columns) throws(Objection) {
    self.columns = columns
    // Three lists that grow by doubling, of which an operation is in two at most.
    try columns.pace.ask(for: 3 * MemoryLayout<Entry>.stride * columns.operations.count)
    var finders: [Entry] = []
    var writers: [Entry] = []
    var unsure: [Entry] = []
    for index in columns.operations.indices {
      try columns.pace.step()
      let operation = columns.operations[index]
      let place = Int32(truncatingIfNeeded: index)
      if let value = operation.certainlyFound {
        finders.append(Entry(name: Self.name(operation.key, value), index: place))
      }
      if operation.isWrite {
        writers.append(Entry(name: Self.name(operation.key, operation.value), index: place))
        if operation.kind == .compareAndSet, operation.outcome == .unknown {
          unsure.append(Entry(name: Self.name(operation.key, operation.expected), index: place))
        }
      }
    }
    func isBefore(_ left: Entry, _ right: Entry) -> Bool {
      (left.name, left.index) < (right.name, right.index)
    }
    try columns.pace.sort(&finders, by: isBefore)
    try columns.pace.sort(&writers, by: isBefore)
    try columns.pace.sort(&unsure, by: isBefore)
    (self.finders, self.writers, self.unsure) = (finders, writers, unsure)
    mayHaveHappened = taken(areCertain: false)
    haveHappened = taken(areCertain: true)
  }

  /// The compare-and-sets of unknown outcome that took effect, from what completed operations found backwards.
  private func taken(areCertain: Bool) -> Set<Int32> {
    let candidates = Set(unsure.map(\.index))
    var taken = candidates.filter { !finishedReaders(of: $0, areCertain: areCertain).isEmpty }
    var left = Array(taken)
    while let reader = left.popLast() {
      let operation = columns.operations[Int(reader)]
      for write in writers(of: operation.expected, operation.key)
      where candidates.contains(write) && canRead(reader, from: write, areCertain: areCertain)
        && taken.insert(write).inserted
      {
        left.append(write)
      }
    }
    return taken
  }

  private static func name(_ key: KeyID, _ value: ValueID) -> UInt64 {
    UInt64(key.index) << 32 | UInt64(value.index)
  }

  private static func find(_ name: UInt64, in entries: [Entry]) -> ArraySlice<Entry> {
    let start = partition(entries.count) { entries[$0].name < name }
    return entries[start...].prefix { $0.name == name }
  }

  /// The operations that may have written a value, in order of invocation.
  func writers(of value: ValueID, _ key: KeyID) -> [Int32] {
    Self.find(Self.name(key, value), in: writers).map(\.index)
  }

  /// The operations that can have read from a write. With `areCertain`, those that took effect for certain and can have
  /// read from nothing else.
  func readers(of write: Int32, areCertain: Bool) -> [Int32] {
    let operation = columns.operations[Int(write)]
    guard operation.isWrite else { return [] }
    let taken = areCertain ? haveHappened : mayHaveHappened
    return finishedReaders(of: write, areCertain: areCertain)
      + Self.find(Self.name(operation.key, operation.value), in: unsure).map(\.index)
      .filter { taken.contains($0) && canRead($0, from: write, areCertain: areCertain) }
  }

  /// Those of them that completed.
  private func finishedReaders(of write: Int32, areCertain: Bool) -> [Int32] {
    let operation = columns.operations[Int(write)]
    guard operation.isWrite else { return [] }
    return Self.find(Self.name(operation.key, operation.value), in: finders).map(\.index)
      .filter { canRead($0, from: write, areCertain: areCertain) }
  }

  private func canRead(_ reader: Int32, from write: Int32, areCertain: Bool) -> Bool {
    guard reader != write else { return false }
    guard areCertain else { return true }
    let operation = columns.operations[Int(write)]
    return columns.initialValue(operation.key) != operation.value
      && writers(of: operation.value, operation.key).allSatisfy { $0 == write || $0 == reader }
  }

  /// Whether a completed operation found what a write wrote, so that some write of that value took effect.
  func isFoundOrCompleted(_ write: Int32) -> Bool {
    columns.operations[Int(write)].outcome == .ok || !finishedReaders(of: write, areCertain: false).isEmpty
  }

  /// Whether a write took effect: for certain, or in some way in which the history can have come about.
  func isEffective(_ write: Int32, isCertain: Bool) -> Bool {
    columns.operations[Int(write)].outcome == .ok || !readers(of: write, areCertain: isCertain).isEmpty
  }
}

extension Operation {
  /// The value that a completed operation certainly found; nil when it does not say.
  var certainlyFound: ValueID? {
    guard outcome == .ok, kind != .write else { return nil }
    if kind == .compareAndSet, !isMismatch { return expected }
    return hasResult ? value : nil
  }

  /// Whether it is a final read that tells what it found.
  var isFinalResult: Bool { kind == .read && isFinal && outcome == .ok && hasResult }
}
