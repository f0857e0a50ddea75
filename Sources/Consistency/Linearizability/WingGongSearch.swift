import History

/// Decides whether the operations of one key have a linearization: an order that extends real time, and the order of each
/// process, in which each operation finds what it says it found.
///
/// Assumes nothing about values: they may repeat. Finding an order is NP-complete then (Gibbons, Korach, SIAM J. Comput.
/// 26(4), 1997); the search visits at most n · 2^c · v configurations, for n operations of which c are open at once
/// (those of unknown outcome stay open to the end) and v values.
///
/// From Wing, Gong, JPDC 17, 1993, with the memory of visited configurations of Lowe, Concurrency and Computation 29(4),
/// 2017. How it goes:
/// 1. Next can come any operation that was invoked before the first completion still outstanding.
/// 2. If one of those is a read that the register's value satisfies, place it; trying anything else instead is needless,
///    since a read placed earlier changes nothing for the others.
/// 3. Otherwise place one that writes, in order of invocation, unless it overwrites a value that will be missed
///    (see ``Supply``).
/// 4. A configuration is the set of placed operations and the register's value. One seen before is not entered again.
/// 5. When nothing is left to try, take back the last choice; when there is none, there is no order.
struct WingGongSearch {
  /// The memory that an operation takes before the search begins, in bytes.
  private static let bytesPerOperation = 80

  private struct Choice {
    let operation: Int32
    let trailCount: Int
    let slotBefore: Int32
  }

  private let operations: EffectiveOperations
  /// The operation of the same process that must come first although real time does not say so; -1 for none.
  private let predecessor: [Int32]
  private let hash: [UInt64]
  private var events: EventList
  private var placed: PlacedSet
  private var supply: Supply
  private var trail = Trail()
  private var slot: Int32
  private var missing: Int
  private var setHash: UInt64 = 0

  /// Prepares the search.
  ///
  /// - Parameter operations: operations of one key, at least one.
  init(
    _ history: History, _ operations: EffectiveOperations, _ budget: Budget
  ) throws(LimitReached) {
    try budget.ask(for: operations.count * Self.bytesPerOperation)
    self.operations = operations
    let invoked = operations.ids.map { history[$0].invoked }
    let completed = operations.ids.map { history[$0].completed }
    var last: [ProcessID: Int32] = [:]
    var predecessor = Array(repeating: EffectiveOperations.none, count: operations.count)
    for (index, id) in operations.ids.enumerated() {
      try budget.look()
      let process = history[id].process
      if let before = last[process], completed[Int(before)] >= invoked[index] { predecessor[index] = before }
      last[process] = Int32(index)
    }
    self.predecessor = predecessor
    hash = operations.ids.indices.map { spread(UInt64($0)) }
    events = try EventList(invoked: invoked, completed: completed, budget)
    placed = try PlacedSet(
      invoked: invoked, completed: completed, isOptional: operations.isOptional, budget)
    supply = Supply(operations)
    slot = operations.initial[0]
    missing = operations.isOptional.count { !$0 }
  }

  /// Searches until there is an order, none, or no budget.
  mutating func run(_ budget: Budget) -> SearchResult {
    var table = ConfigurationTable(width: placed.keyWidth)
    var choices: [Choice] = []
    var cursor = events.end
    var isNew = true
    while true {
      if isNew {
        if let limit = placeReads(budget) { return .limit(limit) }
        if missing == 0 { return .order(trail.placed.map { operations.ids[Int($0)] }) }
        placed.stage(slot, in: &table)
        switch table.insert(hash: setHash ^ spread(~UInt64(UInt32(bitPattern: slot))), budget) {
        case .new:
          if let limit = budget.spend() { return .limit(limit) }
          cursor = events.end
        case .seen:
          guard let choice = choices.popLast() else { return noOrder }
          cursor = undo(choice)
        case .full:
          return .limit(.memory)
        }
      }
      if let operation = nextWrite(after: cursor) {
        choices.append(Choice(operation: Int32(operation), trailCount: trail.count, slotBefore: slot))
        place(operation)
        slot = operations.sets[operation]
        isNew = true
      } else {
        trail.noteDeadEnd()
        guard let choice = choices.popLast() else { return noOrder }
        cursor = undo(choice)
        isNew = false
      }
    }
  }

  private var noOrder: SearchResult { .noOrder(longest: trail.longest.map { operations.ids[Int($0)] }) }

  /// Places every operation that may come next, is satisfied, and changes nothing.
  private mutating func placeReads(_ budget: Budget) -> Limits.Kind? {
    var event = events.event(after: events.end)
    while let operation = events.invocation(event) {
      if let limit = budget.reached(after: 1) { return limit }
      if operations.sets[operation] == EffectiveOperations.none, isNext(operation) { place(operation) }
      event = events.event(after: event)
    }
    return nil
  }

  /// The first operation after an event that may come next, writes, and does not lead into a dead end at once.
  private func nextWrite(after event: Int32) -> Int? {
    var event = events.event(after: event)
    while let operation = events.invocation(event) {
      event = events.event(after: event)
      if operations.sets[operation] != EffectiveOperations.none, isNext(operation), isWorthwhile(operation) {
        return operation
      }
    }
    return nil
  }

  private func isNext(_ operation: Int) -> Bool {
    guard operations.isEnabled(operation, at: slot) else { return false }
    let before = predecessor[operation]
    return before == EffectiveOperations.none || placed.contains(Int(before))
  }

  private func isWorthwhile(_ operation: Int) -> Bool {
    if operations.isOptional[operation], !supply.isUseful(operation, of: operations) { return false }
    return !supply.wouldBeMissed(slot, after: operation, of: operations)
  }

  private mutating func place(_ operation: Int) {
    let isOptional = operations.isOptional[operation]
    events.remove(operation, hasCompletion: !isOptional)
    placed.insert(operation)
    supply.place(operation, of: operations)
    trail.append(operation)
    setHash ^= hash[operation]
    if !isOptional { missing &-= 1 }
  }

  /// Takes back a choice and what followed it.
  ///
  /// - Returns: the event after which to look for another choice.
  private mutating func undo(_ choice: Choice) -> Int32 {
    while trail.count > choice.trailCount {
      let operation = trail.removeLast()
      let isOptional = operations.isOptional[operation]
      setHash ^= hash[operation]
      supply.remove(operation, of: operations)
      placed.remove(operation)
      events.restore(operation, hasCompletion: !isOptional)
      if !isOptional { missing &+= 1 }
    }
    slot = choice.slotBefore
    return choice.operation
  }
}
