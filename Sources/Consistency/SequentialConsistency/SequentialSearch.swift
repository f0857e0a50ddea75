import History

/// Decides whether a whole history is sequentially consistent: whether some order of all operations extends the order of
/// each process, such that each operation finds what it says it found.
///
/// Unlike linearizability this cannot be decided key by key, and it is NP-complete even where no value is written twice
/// (Gibbons, Korach, SIAM J. Comput. 26(4), 1997). The search visits at most n^k · v^m configurations, for n operations
/// of k processes on m keys of v values each.
///
/// The states are those of Gibbons and Korach: how far each process is, and what each key holds. How the search goes:
/// 1. Next can come the first operation left of any process.
/// 2. If one of those is a read that its key's value satisfies, place it; a read placed earlier changes nothing for the
///    others.
/// 3. Otherwise place one that writes, unless it overwrites a value that will be missed (see ``Supply``). Try them in
///    order of invocation: a store orders its writes roughly as they come in, so real runs need little going back.
/// 4. A configuration seen before is not entered again.
/// 5. When nothing is left to try, take back the last choice; when there is none, there is no order.
struct SequentialSearch {
  private struct Choice {
    let operation: Int32
    let trailCount: Int
    let slotBefore: Int32
  }

  /// The memory that an operation takes, in bytes, what was prepared of it and the configurations apart: its places in the
  /// queues, while they are made twice, and in two orders, and what is known of a slot of its own.
  static let bytesPerOperation = 48

  private let operations: EffectiveOperations
  /// Each process's operations, first to last, one process after the other.
  private let queue: [Int32]
  /// Where in ``queue`` a process's operations end.
  private let queueEnd: [Int32]
  private let processOf: [Int32]
  /// Where in ``queue`` each process is.
  private var front: [Int32]
  private var slots: [Int32]
  private var supply: Supply
  private var trail = Trail()
  private var missing: Int
  private var hash: UInt64 = 0

  /// Prepares the search. Linear.
  init(_ history: History, _ operations: EffectiveOperations) {
    self.operations = operations
    var index: [ProcessID: Int32] = [:]
    var queues: [[Int32]] = []
    var processOf: [Int32] = []
    for (operation, id) in operations.ids.enumerated() {
      let process = index[history[id].process] ?? Int32(queues.count)
      if process == queues.count {
        index[history[id].process] = process
        queues.append([])
      }
      queues[Int(process)].append(Int32(operation))
      processOf.append(process)
    }
    self.processOf = processOf
    queue = Array(queues.joined())
    var end: Int32 = 0
    front = []
    var queueEnd: [Int32] = []
    for queue in queues {
      front.append(end)
      end += Int32(queue.count)
      queueEnd.append(end)
    }
    self.queueEnd = queueEnd
    slots = operations.initial
    supply = Supply(operations)
    missing = operations.isOptional.count { !$0 }
  }

  /// Searches until there is an order, none, or no budget.
  mutating func run(_ budget: Budget) -> SearchResult {
    // Every write that must be placed is a configuration to remember, on the straightest way to an order. A search that
    // cannot remember that many need not begin.
    let (words, isTooMany) = (front.count + slots.count + 1).multipliedReportingOverflow(
      by: operations.sets.indices.count {
        operations.sets[$0] != EffectiveOperations.none && !operations.isOptional[$0]
      })
    if isTooMany || !budget.hasRoom(for: 4 * min(words, .max / 4)) { return .limit(.memory) }
    var table = ConfigurationTable(
      width: (front.count + slots.count + 1) / 2)
    var choices: [Choice] = []
    var cursor = EffectiveOperations.none
    var isNew = true
    while true {
      if let limit = budget.reached(after: front.count) { return .limit(limit) }
      if isNew {
        placeReads()
        if missing == 0 { return .order(trail.placed.map { operations.ids[Int($0)] }) }
        stage(in: &table)
        switch table.insert(hash: hash, budget) {
        case .new:
          if let limit = budget.spend() { return .limit(limit) }
          cursor = EffectiveOperations.none
        case .seen:
          guard let choice = choices.popLast() else { return noOrder }
          cursor = undo(choice)
        case .full:
          return .limit(.memory)
        }
      }
      if let operation = nextWrite(after: cursor) {
        let key = Int(operations.key[operation])
        choices.append(
          Choice(operation: Int32(operation), trailCount: trail.count, slotBefore: slots[key]))
        place(operation)
        hold(operations.sets[operation], key: key)
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

  private func stage(in table: inout ConfigurationTable) {
    var half: UInt64 = 0
    var isHalf = false
    func add(_ number: Int32, _ table: inout ConfigurationTable) {
      if isHalf { table.stage(half | UInt64(UInt32(bitPattern: number))) }
      half = UInt64(UInt32(bitPattern: number)) << 32
      isHalf.toggle()
    }
    for position in front { add(position, &table) }
    for slot in slots { add(slot, &table) }
    if isHalf { table.stage(half) }
  }

  /// Places every operation that may come next, is satisfied, and changes nothing.
  private mutating func placeReads() {
    // A read changes no key, so it can only make the next one of its own process possible.
    for process in front.indices {
      while front[process] < queueEnd[process] {
        let operation = Int(queue[Int(front[process])])
        guard operations.sets[operation] == EffectiveOperations.none,
          operations.isEnabled(operation, at: slots[Int(operations.key[operation])])
        else { break }
        place(operation)
      }
    }
  }

  /// The first operation, in order of invocation, after a given one that may come next, writes, and does not lead into a
  /// dead end at once.
  private func nextWrite(after cursor: Int32) -> Int? {
    var best = Int32.max
    for process in front.indices where front[process] < queueEnd[process] {
      let operation = queue[Int(front[process])]
      guard operation > cursor, operation < best else { continue }
      let slot = slots[Int(operations.key[Int(operation)])]
      if operations.sets[Int(operation)] != EffectiveOperations.none,
        operations.isEnabled(Int(operation), at: slot), isWorthwhile(Int(operation), at: slot)
      {
        best = operation
      }
    }
    return best == .max ? nil : Int(best)
  }

  private func isWorthwhile(_ operation: Int, at slot: Int32) -> Bool {
    if operations.isOptional[operation], !supply.isUseful(operation, of: operations) { return false }
    return !supply.wouldBeMissed(slot, after: operation, of: operations)
  }

  private mutating func place(_ operation: Int) {
    let process = Int(processOf[operation])
    hash ^= spread(UInt64(operation))
    front[process] &+= 1
    supply.place(operation, of: operations)
    trail.append(operation)
    if !operations.isOptional[operation] { missing &-= 1 }
  }

  private mutating func hold(_ slot: Int32, key: Int) {
    hash ^= spread(~UInt64(slots[key])) ^ spread(~UInt64(slot))
    slots[key] = slot
  }

  /// Takes back a choice and what followed it.
  ///
  /// - Returns: the operation after which to look for another choice.
  private mutating func undo(_ choice: Choice) -> Int32 {
    while trail.count > choice.trailCount {
      let operation = trail.removeLast()
      hash ^= spread(UInt64(operation))
      front[Int(processOf[operation])] &-= 1
      supply.remove(operation, of: operations)
      if !operations.isOptional[operation] { missing &+= 1 }
    }
    hold(choice.slotBefore, key: Int(operations.key[Int(choice.operation)]))
    return choice.operation
  }
}
