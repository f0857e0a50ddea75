import History

/// What the frontier search knows before it begins: the events of a key in order, and where in the words of a
/// configuration each operation has its bits.
///
/// Operations that complete share bit positions: an operation takes a free one when it is invoked and gives it back when
/// it completes, so there are as many as operations are open at once. Operations of unknown outcome never complete; all
/// that expect and write the same are alike, and form a class with a counter.
struct FrontierPlan {
  /// What an operation is to the search.
  enum Role {
    /// Must be placed and changes nothing.
    case observer
    /// Must be placed, writes, and finds nothing.
    case blindWrite
    /// Must be placed, and writes if it finds what it expects.
    case swap
    /// May be placed, of the class of this number.
    case optional(Int)
  }

  /// Operations of unknown outcome that are alike.
  struct Class {
    /// The slot that they need; ``EffectiveOperations/none`` for blind writes.
    let needs: Int32
    /// The slot that they write.
    let sets: Int32
    /// Where a configuration counts how many it used: the word among the counters, and the lowest bit.
    var word = 0
    var shift: UInt64 = 0
    /// The operations, in order of invocation.
    var members: [Int32] = []
  }

  static let none = EffectiveOperations.none

  let operations: EffectiveOperations
  /// The events in order of time, at one instant invocations before completions: an operation for its invocation, its
  /// complement for its completion.
  private(set) var events: [Int32] = []
  private(set) var roles: [Role] = []
  /// The bit position of each operation that must be placed.
  private(set) var position: [Int32]
  /// For each operation its place in the order of completions.
  private(set) var completionRank: [Int32]
  private(set) var classes: [Class] = []
  /// The number of words that hold a bit of every position.
  private(set) var maskWords = 1
  /// For each word of counters a bit above each counter, for comparing all at once.
  private(set) var guards: [UInt64] = []

  /// Plans. n log n.
  init(_ history: History, _ operations: EffectiveOperations, _ budget: Budget) throws(LimitReached) {
    self.operations = operations
    position = Array(repeating: Self.none, count: operations.count)
    completionRank = Array(repeating: .max, count: operations.count)
    try order(history, budget)
    assignRoles()
    try budget.look(after: operations.count / 4)
    assignPositions()
  }

  private mutating func order(_ history: History, _ budget: Budget) throws(LimitReached) {
    var ending = operations.ids.indices.filter { !operations.isOptional[$0] }
      .map { (completed: history[operations.ids[$0]].completed, operation: Int32($0)) }
    try budget.sort(&ending) { ($0.completed, $0.operation) < ($1.completed, $1.operation) }
    events.reserveCapacity(operations.count + ending.count)
    var beginning = 0
    for (rank, end) in ending.enumerated() {
      try budget.look()
      while beginning < operations.count, history[operations.ids[beginning]].invoked <= end.completed {
        events.append(Int32(beginning))
        beginning += 1
      }
      events.append(~end.operation)
      completionRank[Int(end.operation)] = Int32(rank)
    }
    // What is invoked after the last completion may be left out.
  }

  private mutating func assignRoles() {
    var numberOfClass: [UInt64: Int] = [:]
    roles.reserveCapacity(operations.count)
    for operation in operations.ids.indices {
      let needs = operations.needs[operation]
      let sets = operations.sets[operation]
      if sets == Self.none {
        roles.append(.observer)
      } else if !operations.isOptional[operation] {
        roles.append(needs == Self.none ? .blindWrite : .swap)
      } else {
        let name = UInt64(UInt32(bitPattern: needs)) << 32 | UInt64(UInt32(bitPattern: sets))
        let number = numberOfClass[name] ?? classes.count
        if number == classes.count {
          numberOfClass[name] = number
          classes.append(Class(needs: needs, sets: sets))
        }
        classes[number].members.append(Int32(operation))
        roles.append(.optional(number))
      }
    }
    var used = 0
    for number in classes.indices {
      let bits = Int.bitWidth - classes[number].members.count.leadingZeroBitCount
      if guards.isEmpty || used + bits + 1 > 64 {
        guards.append(0)
        used = 0
      }
      classes[number].word = guards.count - 1
      classes[number].shift = UInt64(used)
      guards[guards.count - 1] |= 1 << UInt64(used + bits)
      used += bits + 1
    }
  }

  private mutating func assignPositions() {
    var free: [Int32] = []
    var count: Int32 = 0
    for event in events {
      if event < 0 {
        free.append(position[Int(~event)])
      } else if !operations.isOptional[Int(event)] {
        if let recycled = free.popLast() {
          position[Int(event)] = recycled
        } else {
          position[Int(event)] = count
          count += 1
        }
      }
    }
    maskWords = max(1, (Int(count) + 63) / 64)
  }
}
