import History

/// The operations of one key, each with the write whose value it found: the reads-from relation, which is a function when
/// no value that was found was written twice.
///
/// Operations that certainly failed and reads without a result are left out. An operation of unknown outcome is left out
/// too unless its value was found, by a completed operation or by one of unknown outcome that is kept for the same
/// reason; what is kept must have happened. Leaving out the rest is exact: nothing found its value, so it may just as well
/// not have happened. A mismatch that says what it found is a read.
///
/// One value of this type serves key after key and keeps its memory. Linear in the operations of the key.
struct Clusters {
  /// No operation.
  static let none: Int32 = -1

  /// Why the relation cannot be had.
  enum Preparation {
    /// The relation is there.
    case ready
    /// A value that was found may have come from several writes, or a mismatch does not say what it found.
    case ambiguous
    /// These operations contradict one another.
    case contradiction([Int32])
  }

  struct Member {
    let id: Int32
    /// The write whose value the operation found, as a place among the members, or ``Clusters/initial``; ``none`` for a
    /// blind write.
    var source = Clusters.none
    /// The value found, until it is replaced by its source; the value written.
    var found: Int32
    let written: Int32
    let isOptional: Bool
    var isKept: Bool
    /// Of an operation of unknown outcome that is kept: an operation that found its value.
    var finder = Clusters.none
    let invoked: Int64
    let completed: Int64
  }

  private struct Value {
    var writer = Clusters.none
    var finder = Clusters.none
    var hasSeveralWriters = false
  }

  /// The operations in order of invocation.
  private(set) var members: [Member] = []
  /// Pairs of operations of one process, the first before the second, whose order real time does not show.
  private(set) var touching: [(before: Int32, after: Int32)] = []

  /// The memory that a value takes, in bytes.
  static let bytesPerValue = MemoryLayout<Value>.stride

  private var values: [Value]
  private var lastOfProcess: [ProcessID: Int32] = [:]

  /// The place that stands for whatever gave the key its initial value.
  var initial: Int32 { Int32(truncatingIfNeeded: members.count) }

  init(_ history: History) {
    values = Array(repeating: Value(), count: history.values.count)
  }

  /// Takes up another key.
  mutating func prepare(
    _ history: History, _ ids: some Collection<Int32>, initialValue: ValueID, _ budget: Budget
  ) throws(LimitReached) -> Preparation {
    if let early = try gather(history, ids, budget) { return early }
    defer {
      values[Int(initialValue.index)] = Value()
      for member in members where member.written != Self.none { values[Int(member.written)] = Value() }
      for member in members where member.found != Self.none { values[Int(member.found)] = Value() }
    }
    values[Int(initialValue.index)].writer = initial
    for (place, member) in members.enumerated() {
      try budget.look()
      let place = Int32(truncatingIfNeeded: place)
      if member.written != Self.none {
        if values[Int(member.written)].writer == Self.none {
          values[Int(member.written)].writer = place
        } else {
          values[Int(member.written)].hasSeveralWriters = true
        }
      }
      if member.found != Self.none, !member.isOptional, values[Int(member.found)].finder == Self.none {
        values[Int(member.found)].finder = place
      }
    }
    try budget.look(after: members.count / 8)
    for place in members.indices where members[place].isOptional { keep(place) }
    return try linkSources(budget)
  }

  /// Adds what some operations need in order to contradict one another on their own: the writes whose values they found,
  /// and for those of unknown outcome an operation that proves that they happened.
  func supported(_ places: [Int32]) -> [Int32] {
    var seen: Set<Int32> = []
    var left = places
    while let place = left.popLast() {
      guard place != Self.none, place != initial, seen.insert(place).inserted else { continue }
      left.append(members[Int(place)].source)
      left.append(members[Int(place)].finder)
    }
    return seen.sorted()
  }

  private mutating func gather(
    _ history: History, _ ids: some Collection<Int32>, _ budget: Budget
  ) throws(LimitReached) -> Preparation? {
    members.removeAll(keepingCapacity: true)
    members.reserveCapacity(ids.count)
    touching.removeAll(keepingCapacity: true)
    lastOfProcess.removeAll(keepingCapacity: true)
    let operations = history.operations
    for id in ids {
      try budget.look()
      let operation = operations[Int(id)]
      guard operation.isEffective else { continue }
      let place = Int32(truncatingIfNeeded: members.count)
      if let before = lastOfProcess.updateValue(place, forKey: operation.process),
        members[Int(before)].completed >= operation.invoked
      {
        touching.append((before, place))
      }
      var found = Self.none
      var written = Self.none
      switch operation.kind {
      case .read:
        found = Int32(bitPattern: operation.value.index)
      case .write:
        written = Int32(bitPattern: operation.value.index)
      case .compareAndSet where operation.isMismatch:
        guard operation.hasResult else { return .ambiguous }
        found = Int32(bitPattern: operation.value.index)
      case .compareAndSet:
        found = Int32(bitPattern: operation.expected.index)
        written = Int32(bitPattern: operation.value.index)
      }
      let isOptional = operation.outcome == .unknown
      members.append(
        Member(
          id: id, found: found, written: written, isOptional: isOptional, isKept: !isOptional,
          invoked: operation.invoked, completed: operation.completed))
      if operation.isMismatch, operation.value == operation.expected {
        // It says that it found what it says it did not find.
        return .contradiction([place])
      }
    }
    return nil
  }

  /// Keeps an operation of unknown outcome if its value was found, then the one whose value it found itself, and so on.
  private mutating func keep(_ place: Int) {
    var place = place
    while members[place].isOptional, !members[place].isKept {
      let finder = values[Int(members[place].written)].finder
      guard finder != Self.none else { return }
      members[place].isKept = true
      members[place].finder = finder
      let found = members[place].found
      guard found != Self.none else { return }
      if values[Int(found)].finder == Self.none {
        values[Int(found)].finder = Int32(truncatingIfNeeded: place)
      }
      let writer = values[Int(found)].writer
      guard writer != Self.none, writer != initial else { return }
      place = Int(writer)
    }
  }

  private mutating func linkSources(_ budget: Budget) throws(LimitReached) -> Preparation {
    var orphan = Self.none
    for place in members.indices where members[place].isKept && members[place].found != Self.none {
      try budget.look()
      let value = values[Int(members[place].found)]
      if value.hasSeveralWriters { return .ambiguous }
      members[place].source = value.writer
      if value.writer == Self.none { orphan = Int32(truncatingIfNeeded: place) }
    }
    return orphan == Self.none ? .ready : .contradiction([orphan])
  }
}
