public import History

/// The operations that a search has to place, as columns: what each demands of its key's register and does to it.
///
/// A *slot* stands for one value under one key, so that what a register holds is one number. Left out is what constrains
/// nothing: operations that certainly failed, reads without a result, and operations of unknown outcome that need not
/// have happened (see ``dropUseless()``).
struct EffectiveOperations {
  /// No slot.
  static let none: Int32 = -1

  /// The operations, in order of invocation.
  private(set) var ids: [OperationID] = []
  /// The operation's key, as an index into ``keys``.
  private(set) var key: [Int32] = []
  /// The slot that the register must hold: a read's result, what a compare-and-set expected, what a mismatch found.
  private(set) var needs: [Int32] = []
  /// The slot that the register must not hold: what a mismatched compare-and-set expected.
  private(set) var avoids: [Int32] = []
  /// The slot that the register holds afterwards; ``none`` when the operation changes nothing.
  private(set) var sets: [Int32] = []
  /// Whether the operation may be left out, since its outcome is unknown.
  private(set) var isOptional: [Bool] = []

  /// The keys that occur.
  private(set) var keys: [KeyID] = []
  /// What each key holds at first.
  private(set) var initial: [Int32] = []
  /// Whether some mismatch of the key does not tell what it found, so that any other value may have served it.
  private(set) var hasVagueMismatch: [Bool] = []
  /// The number of slots.
  private(set) var slotCount = 0

  var count: Int { ids.count }

  /// Prepares operations of a history. Linear.
  ///
  /// - Parameter ids: the operations, in order of invocation.
  init(_ history: History, _ ids: some Collection<OperationID>, _ budget: Budget) throws(LimitReached) {
    try budget.ask(for: ids.count * Self.bytesPerOperation)
    reserveCapacity(ids.count)
    var keyNumbers = NumberTable()
    var slots = NumberTable()
    var roomForSlots = 0
    func slot(_ key: KeyID, _ value: ValueID) -> Int32 {
      slots.number(of: UInt64(key.index) << 32 | UInt64(value.index))
    }
    for id in ids {
      try budget.look()
      let operation = history[id]
      guard operation.isEffective else { continue }
      let growth = slots.growth(adding: Self.slotsPerOperation)
      if growth > roomForSlots {
        try budget.ask(for: growth)
        roomForSlots = growth
      }
      let key = keyNumbers.number(of: UInt64(operation.key.index))
      if key == keys.count {
        keys.append(operation.key)
        initial.append(slot(operation.key, history.initialValue(of: operation.key)))
        hasVagueMismatch.append(false)
      }
      let value = slot(operation.key, operation.value)
      var needs = Self.none
      var avoids = Self.none
      var sets = Self.none
      switch operation.kind {
      case .read:
        needs = value
      case .write:
        sets = value
      case .compareAndSet where operation.isMismatch:
        avoids = slot(operation.key, operation.expected)
        if operation.hasResult {
          needs = value
        } else {
          hasVagueMismatch[Int(key)] = true
        }
      case .compareAndSet:
        needs = slot(operation.key, operation.expected)
        sets = value
      }
      self.ids.append(id)
      self.key.append(key)
      self.needs.append(needs)
      self.avoids.append(avoids)
      self.sets.append(sets)
      isOptional.append(operation.outcome == .unknown)
    }
    slotCount = slots.count
    dropUseless()
  }

  /// The memory that an operation takes, in bytes: the columns. What is left out takes two marks more for a while.
  private static let bytesPerOperation = 24
  /// How many new slots an operation may have: what its key held at first, its value, what it expected.
  private static let slotsPerOperation = 3

  private mutating func reserveCapacity(_ count: Int) {
    ids.reserveCapacity(count)
    key.reserveCapacity(count)
    needs.reserveCapacity(count)
    avoids.reserveCapacity(count)
    sets.reserveCapacity(count)
    isOptional.reserveCapacity(count)
  }

  /// Whether an operation can take effect on a register that holds a slot.
  func isEnabled(_ operation: Int, at slot: Int32) -> Bool {
    (needs[operation] == Self.none || needs[operation] == slot) && avoids[operation] != slot
  }

  /// Leaves out the operations of unknown outcome whose value nobody needs. Exact: take any order that includes some of
  /// them. What follows such an operation, up to the next write that stays, neither reads its value nor expects it, so
  /// all of it is left out too or there is nothing; and a write does not care what it overwrites. A mismatch that does
  /// not tell what it found might be served by any value, hence nothing is left out for its key.
  private mutating func dropUseless() {
    guard isOptional.contains(true) else { return }
    var isNeeded = Array(repeating: false, count: slotCount)
    for operation in ids.indices where !isOptional[operation] && needs[operation] != Self.none {
      isNeeded[Int(needs[operation])] = true
    }
    var kept = isOptional.map { !$0 }
    var undecided = ids.indices.filter { isOptional[$0] }
    var isSettled = false
    while !isSettled {
      isSettled = true
      undecided.removeAll { operation in
        guard hasVagueMismatch[Int(key[operation])] || isNeeded[Int(sets[operation])] else { return false }
        kept[operation] = true
        if needs[operation] != Self.none { isNeeded[Int(needs[operation])] = true }
        isSettled = false
        return true
      }
    }
    guard !undecided.isEmpty else { return }
    var count = 0
    for index in ids.indices where kept[index] {
      ids[count] = ids[index]
      key[count] = key[index]
      needs[count] = needs[index]
      avoids[count] = avoids[index]
      sets[count] = sets[index]
      isOptional[count] = isOptional[index]
      count += 1
    }
    let dropped = ids.count - count
    ids.removeLast(dropped)
    key.removeLast(dropped)
    needs.removeLast(dropped)
    avoids.removeLast(dropped)
    sets.removeLast(dropped)
    isOptional.removeLast(dropped)
  }
}

extension Operation {
  /// Whether the operation constrains an order of the operations or can serve another one.
  var isEffective: Bool {
    switch outcome {
    case .fail: false
    case .unknown: kind != .read
    case .ok: kind != .read || hasResult
    }
  }

  /// The value that the operation certainly found: a read's result, what a compare-and-set expected and found, what a
  /// mismatch reported. nil when it found none that is known.
  public var observed: ValueID? {
    guard outcome == .ok else { return nil }
    switch kind {
    case .write: return nil
    case .read: return hasResult ? value : nil
    case .compareAndSet: return isMismatch ? (hasResult ? value : nil) : expected
    }
  }
}
