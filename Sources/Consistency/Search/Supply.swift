/// For each slot, how many of the operations not yet placed need it and how many could still supply it.
///
/// Two exact prunings of a search rest on it. A value must not be overwritten while an operation still needs it that
/// nothing will write again: no way on from there can place that operation. And an operation of unknown outcome whose
/// value nothing needs any more need not be placed, for the reason given in ``EffectiveOperations``.
struct Supply {
  private var needed: [Int32]
  private var certainlyNeeded: [Int32]
  private var writers: [Int32]

  init(_ operations: EffectiveOperations) {
    needed = Array(repeating: 0, count: operations.slotCount)
    certainlyNeeded = needed
    writers = needed
    for operation in 0..<operations.count { count(operation, of: operations, by: 1) }
  }

  mutating func place(_ operation: Int, of operations: EffectiveOperations) {
    count(operation, of: operations, by: -1)
  }

  mutating func remove(_ operation: Int, of operations: EffectiveOperations) {
    count(operation, of: operations, by: 1)
  }

  /// Whether an operation that must be placed needs the slot and nothing could write it again, once an operation has
  /// overwritten it.
  func wouldBeMissed(_ slot: Int32, after operation: Int, of operations: EffectiveOperations) -> Bool {
    if operations.sets[operation] == slot { return false }
    let isServed = operations.needs[operation] == slot && !operations.isOptional[operation]
    return certainlyNeeded[Int(slot)] > (isServed ? 1 : 0) && writers[Int(slot)] == 0
  }

  /// Whether placing the operation, whose outcome is unknown, could help another one.
  func isUseful(_ operation: Int, of operations: EffectiveOperations) -> Bool {
    operations.hasVagueMismatch[Int(operations.key[operation])]
      || needed[Int(operations.sets[operation])]
        > (operations.needs[operation] == operations.sets[operation] ? 1 : 0)
  }

  private mutating func count(_ operation: Int, of operations: EffectiveOperations, by change: Int32) {
    let needs = operations.needs[operation]
    if needs != EffectiveOperations.none {
      needed[Int(needs)] &+= change
      if !operations.isOptional[operation] { certainlyNeeded[Int(needs)] &+= change }
    }
    let sets = operations.sets[operation]
    if sets != EffectiveOperations.none { writers[Int(sets)] &+= change }
  }
}
