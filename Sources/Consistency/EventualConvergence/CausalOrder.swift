import History

/// What comes after a write in causal order: the transitive closure of process order and reads-from (Ahamad, Neiger,
/// Burns, Kohli, Hutto, Distributed Computing 9(1), 1995).
///
/// Where several operations wrote the value that one observed, or the key held it at first, the recording leaves open
/// which was read from. The *certain* order counts only observations with one possible writer; the *possible* order
/// counts every writer an observation may have had. What is true of all runs that fit the recording lies between.
///
/// A compare-and-set of unknown outcome observed what it expected if it took effect, and it did if what it wrote was
/// observed by an operation that did.
struct CausalOrder {
  enum Strength {
    case certain
    case possible
  }

  private let history: History
  /// The next operation of the same process; -1 for none.
  private let following: Column
  /// Numbers for what a key can hold.
  private let registers: NumberTable
  private let writers: Rows
  private let observers: Rows
  /// Compare-and-sets of unknown outcome, by what they observed if they took effect.
  private let unsure: Rows
  /// Those of them that took effect in all runs, and those that did in some.
  private var happened: [Strength: Set<OperationID>] = [:]

  /// The memory that an operation takes, in bytes.
  private static let bytesPerOperation = 100

  /// Prepares to answer. Linear.
  init(_ history: History, _ budget: Budget) throws(LimitReached) {
    let count = history.operations.count
    try budget.ask(for: Self.bytesPerOperation * count)
    self.history = history
    var following = Column(repeating: -1, count: count)
    var registers = NumberTable()
    var processes = NumberTable()
    var last = Column()
    var written = Column(repeating: -1, count: count)
    var observed = written
    var expected = written
    for index in history.operations.indices {
      try budget.look(after: 2)
      let operation = history.operations[index]
      let process = Int(processes.number(of: UInt64(UInt32(bitPattern: operation.process.number))))
      if process == last.count {
        last.append(index)
      } else {
        following[last[process]] = index
        last[process] = index
      }
      func register(_ value: ValueID) -> Int {
        Int(registers.number(of: Self.name(operation.key, value)))
      }
      if operation.mayWrite { written[index] = register(operation.value) }
      if let value = operation.observed { observed[index] = register(value) }
      if operation.isUnsure { expected[index] = register(operation.expected) }
    }
    func rows(_ register: Column) throws(LimitReached) -> Rows {
      try Rows(count, into: registers.count, budget) { register[$0] < 0 ? nil : register[$0] }
    }
    writers = try rows(written)
    observers = try rows(observed)
    unsure = try rows(expected)
    self.following = following
    self.registers = registers
    let all = history.ids { $0.isUnsure }
    for strength in [Strength.certain, .possible] {
      happened[strength] = try takingEffect(among: all, strength, budget)
    }
  }

  private static func name(_ key: KeyID, _ value: ValueID) -> UInt64 {
    UInt64(key.index) << 32 | UInt64(value.index)
  }

  /// The operations that did something with a value of a key.
  private func operations(_ rows: Rows, _ key: KeyID, _ value: ValueID) -> [OperationID] {
    registers.known(Self.name(key, value)).map { rows[$0].map { OperationID($0) } } ?? []
  }

  /// Those compare-and-sets of unknown outcome that something observed which took effect. Linear.
  private func takingEffect(
    among all: [OperationID], _ strength: Strength, _ budget: Budget
  ) throws(LimitReached) -> Set<OperationID> {
    var found = Set(all.filter { !completedObservers(of: $0, strength).isEmpty })
    var left = Array(found)
    while let id = left.popLast() {
      try budget.look(after: 4)
      for write in writers(of: history[id].expected, history[id].key)
      where write != id && history[write].isUnsure {
        if mayRead(id, from: write, strength), found.insert(write).inserted { left.append(write) }
      }
    }
    return found
  }

  /// The operations that may have written a value, in order of invocation.
  func writers(of value: ValueID, _ key: KeyID) -> [OperationID] {
    operations(writers, key, value)
  }

  /// A completed operation that may have read from a write, which shows that some write of the value took effect; nil when
  /// there is none.
  func completedObserver(of write: OperationID) -> OperationID? {
    completedObservers(of: write, .possible).first
  }

  /// What shows that a write of unknown outcome took effect for certain: what observed it, as far as something that
  /// completed. Empty for one that completed.
  func evidence(of write: OperationID) -> Set<OperationID> {
    var evidence: Set<OperationID> = []
    var left = [write]
    while let id = left.popLast() {
      guard history[id].outcome == .unknown else { continue }
      let completed = completedObservers(of: id, .certain).prefix(1)
      for observer in completed.isEmpty ? observers(of: id, .certain) : Array(completed)
      where evidence.insert(observer).inserted {
        left.append(observer)
      }
    }
    return evidence
  }

  /// An operation that read from a write; nil when there is none.
  func observer(of write: OperationID, _ strength: Strength) -> OperationID? {
    observers(of: write, strength).first
  }

  /// Whether a write took effect: it completed, or it was read from.
  func isEffective(_ write: OperationID, _ strength: Strength) -> Bool {
    history[write].outcome == .ok || observer(of: write, strength) != nil
  }

  /// The shortest causal path from a write to an effective write of the same key; nil when nothing replaced it. Linear in
  /// what comes after the write.
  func replacement(
    of write: OperationID, _ strength: Strength, _ budget: Budget
  ) throws(LimitReached) -> [OperationID]? {
    var cameFrom: [OperationID: OperationID] = [:]
    var reached = [write]
    var next = 0
    while next < reached.count {
      let operation = reached[next]
      next += 1
      try budget.look(after: 8)
      if operation != write, history[operation].key == history[write].key, history[operation].mayWrite,
        isEffective(operation, strength)
      {
        var path = [operation]
        while let before = cameFrom[path[path.count - 1]] { path.append(before) }
        return withoutDetours(path.reversed())
      }
      var successors = observers(of: operation, strength)
      if following[operation.index] >= 0 { successors.append(OperationID(following[operation.index])) }
      for successor in successors where successor != write && cameFrom[successor] == nil {
        cameFrom[successor] = operation
        reached.append(successor)
      }
    }
    return nil
  }

  /// The path with operations left out that lie between two of one process.
  private func withoutDetours(_ path: [OperationID]) -> [OperationID] {
    var short: [OperationID] = []
    var next = 0
    while next < path.count {
      let operation = path[next]
      short.append(operation)
      let process = history[operation].process
      let last = path[next...].lastIndex { $0 > operation && history[$0].process == process } ?? next
      if last > next { short.append(path[last]) }
      next = last + 1
    }
    return short
  }

  private func observers(of write: OperationID, _ strength: Strength) -> [OperationID] {
    guard history[write].mayWrite else { return [] }
    let happened = happened[strength, default: []]
    return completedObservers(of: write, strength)
      + operations(unsure, history[write].key, history[write].value).filter {
        happened.contains($0) && mayRead($0, from: write, strength)
      }
  }

  private func completedObservers(of write: OperationID, _ strength: Strength) -> [OperationID] {
    guard history[write].mayWrite else { return [] }
    return operations(observers, history[write].key, history[write].value).filter {
      mayRead($0, from: write, strength)
    }
  }

  /// Whether what observed the value of a write did so there, in some run or in all.
  private func mayRead(_ observer: OperationID, from write: OperationID, _ strength: Strength) -> Bool {
    guard observer != write else { return false }
    guard strength == .certain else { return true }
    return history.initialValue(of: history[write].key) != history[write].value
      && writers(of: history[write].value, history[write].key).allSatisfy { $0 == write || $0 == observer }
  }
}

extension Operation {
  /// Whether it is a compare-and-set of which nobody learned whether it took effect.
  fileprivate var isUnsure: Bool { kind == .compareAndSet && outcome == .unknown && mayWrite }
}
