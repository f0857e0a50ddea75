import History

/// Which completed operations found a value, and which operations may have written it. n log n to make; a question costs
/// a binary search.
struct Observations {
  private struct Entry {
    let name: UInt64
    let index: Int32
  }

  private let columns: Columns
  private let finders: [Entry]
  private let writers: [Entry]

  init(_ columns: Columns) {
    self.columns = columns
    var finders: [Entry] = []
    var writers: [Entry] = []
    for index in columns.operations.indices {
      let operation = columns.operations[index]
      let place = Int32(truncatingIfNeeded: index)
      if let value = operation.certainlyFound {
        finders.append(Entry(name: Self.name(operation.key, value), index: place))
      }
      if operation.isWrite {
        writers.append(Entry(name: Self.name(operation.key, operation.value), index: place))
      }
    }
    self.finders = finders.sorted { ($0.name, $0.index) < ($1.name, $1.index) }
    self.writers = writers.sorted { ($0.name, $0.index) < ($1.name, $1.index) }
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

  /// The completed operations that can have read from a write. With `areCertain`, those that can have read from nothing
  /// else.
  func readers(of write: Int32, areCertain: Bool) -> [Int32] {
    let operation = columns.operations[Int(write)]
    guard operation.isWrite else { return [] }
    let name = Self.name(operation.key, operation.value)
    var readers = Self.find(name, in: finders).map(\.index).filter { $0 != write }
    if areCertain, !readers.isEmpty {
      if columns.initialValue(operation.key) == operation.value { return [] }
      let writers = Self.find(name, in: writers)
      readers.removeAll { reader in !writers.allSatisfy { $0.index == write || $0.index == reader } }
    }
    return readers
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
