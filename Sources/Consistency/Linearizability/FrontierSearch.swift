import History

/// Decides whether the operations of one key have a linearization, for any values, by going through the events in order
/// and keeping every configuration that can have been reached.
///
/// Assumes that real time shows the order of each process. Finding an order is NP-complete when values repeat (Gibbons,
/// Korach, SIAM J. Comput. 26(4), 1997); the cost is exponential in the operations open at once at worst, but linear in
/// the length of the history, and the memory is that of the configurations at one event, plus one order.
///
/// From the just-in-time linearization of Lowe, Concurrency and Computation 29(4), 2017, here with configurations over open
/// operations only. How:
/// 1. An operation is placed no sooner than the completion of some operation makes it necessary; but what changes nothing
///    is placed as soon as the register fits.
/// 2. At a completion, a configuration that has the operation placed goes on without it. From any other all ways are tried
///    to place it: itself, or first a write that an open operation waits for, or a swap that can be placed.
/// 3. A blind write may have been placed right before any later blind write, where nobody sees it. So once one is placed,
///    all others that are open are *free*: they need not be placed any more, but still may be.
/// 4. Of open blind writes of one value the one that completes first is placed first; those of unknown outcome never
///    complete, and are only counted.
/// 5. Of configurations that differ only in that one can do all that the other can, the other is dropped (see
///    ``FrontierLayer``). When no configuration is left, there is no order.
struct FrontierSearch {
  /// The memory that an operation takes before the search begins, in bytes.
  static let bytesPerOperation = 100

  private static let none = EffectiveOperations.none
  private let plan: FrontierPlan
  private let operations: EffectiveOperations
  private let words: Int
  private let isVague: Bool
  /// The slot that stands for all those that nothing needs any more.
  private let anything: UInt64

  // What is open, by the slot that it needs or sets.
  private var observersOfSlot: [[Int32]]
  private var writesOfSlot: [[Int32]]
  private var swapsOfSlot: [[Int32]]
  private var vagueObservers: [Int32] = []
  private var waiting: [Int32] = []
  private var blindMask: [UInt64]
  private var blindClassOfSlot: [Int32]
  private var swapClasses: [Int] = []
  private var invokedOfClass: [Int]
  private var openValues: [Int32] = []

  // What is to come.
  private var futureNeeds: [Int32]
  private var futureWrites: [Int32]
  private var needsLeft: [Int32]

  private var layer: FrontierLayer
  private var nextLayer: FrontierLayer
  private var work: FrontierLayer
  private var trail = FrontierTrail()
  private var row: [UInt64]
  private var child: [UInt64]
  private var stamp: [Int32]
  private var stampNow: Int32 = 0
  private var demanded: [Int32] = []
  /// The memory that was held when it was last looked at.
  private var grownTo = 0

  /// Prepares the search; nil when processes do things at one instant, so that real time does not show their order.
  ///
  /// - Parameter operations: operations of one key, at least one.
  init?(_ history: History, _ operations: EffectiveOperations, _ budget: Budget) throws(LimitReached) {
    try budget.ask(for: operations.count * Self.bytesPerOperation)
    var ended: [ProcessID: Int64] = [:]
    for id in operations.ids {
      try budget.look()
      if let before = ended.updateValue(history[id].completed, forKey: history[id].process),
        before >= history[id].invoked
      {
        return nil
      }
    }
    plan = try FrontierPlan(history, operations, budget)
    self.operations = operations
    words = plan.maskWords
    isVague = operations.hasVagueMismatch[0]
    anything = UInt64(operations.slotCount)
    let slots = operations.slotCount + 1
    observersOfSlot = Array(repeating: [], count: slots)
    writesOfSlot = observersOfSlot
    swapsOfSlot = observersOfSlot
    blindMask = Array(repeating: 0, count: words)
    blindClassOfSlot = Array(repeating: Self.none, count: slots)
    invokedOfClass = Array(repeating: 0, count: plan.classes.count)
    futureNeeds = Array(repeating: 0, count: slots)
    futureWrites = futureNeeds
    needsLeft = futureNeeds
    stamp = futureNeeds
    for operation in operations.ids.indices {
      let needs = operations.needs[operation]
      let sets = operations.sets[operation]
      if needs != Self.none {
        needsLeft[Int(needs)] += 1
        if !operations.isOptional[operation] { futureNeeds[Int(needs)] += 1 }
      }
      if sets != Self.none { futureWrites[Int(sets)] += 1 }
    }
    layer = FrontierLayer(stateWords: 1 + words, debtWords: 2 * words, guards: plan.guards)
    nextLayer = layer
    work = layer
    row = Array(repeating: 0, count: 1 + 3 * words + plan.guards.count)
    child = row
  }

  /// Searches until there is an order, none, or no budget.
  mutating func run(_ budget: Budget) -> SearchResult {
    row[0] = UInt64(operations.initial[0])
    _ = layer.insert(row, trail: FrontierTrail.start)
    for (place, event) in plan.events.enumerated() {
      if let limit = budget.reached(after: 1) { return .limit(limit) }
      if event >= 0 {
        invoke(Int(event))
      } else {
        let last = layer.trail.first { $0 != .min } ?? FrontierTrail.start
        if let limit = complete(Int(~event), at: place, budget) { return .limit(limit) }
        if layer.live == 0 { return .noOrder(longest: plan.order(trail.path(to: last), until: place)) }
        trail.collect(for: &layer)
      }
    }
    let last = layer.trail.first { $0 != .min } ?? FrontierTrail.start
    return .order(plan.order(trail.path(to: last), until: plan.events.count))
  }

  // MARK: Events

  private mutating func invoke(_ operation: Int) {
    let needs = operations.needs[operation]
    let sets = operations.sets[operation]
    let item = Int32(truncatingIfNeeded: operation)
    if needs != Self.none, !operations.isOptional[operation] { futureNeeds[Int(needs)] -= 1 }
    if sets != Self.none { futureWrites[Int(sets)] -= 1 }
    switch plan.roles[operation] {
    case .observer:
      if needs == Self.none { vagueObservers.append(item) } else { observersOfSlot[Int(needs)].append(item) }
      waiting.append(item)
      let (word, bit) = bit(of: item)
      let operations = operations
      layer.set(bit, inWord: 1 + words + word) { slot in
        !operations.isEnabled(operation, at: Int32(truncatingIfNeeded: slot))
      }
    case .blindWrite:
      insert(item, &writesOfSlot[Int(sets)])
      noteValue(sets)
      let (word, bit) = bit(of: item)
      blindMask[word] |= bit
      layer.set(bit, inWord: 1 + words + word) { $0 != UInt64(sets) }
    case .swap:
      insert(item, &swapsOfSlot[Int(needs)])
      waiting.append(item)
    case .optional(let number):
      invokedOfClass[number] += 1
      guard invokedOfClass[number] == 1 else { return }
      if needs == Self.none {
        blindClassOfSlot[Int(sets)] = Int32(truncatingIfNeeded: number)
        noteValue(sets)
      } else {
        swapClasses.append(number)
      }
    }
  }

  /// Keeps a list in order of completion.
  private func insert(_ operation: Int32, _ list: inout [Int32]) {
    let rank = plan.completionRank[Int(operation)]
    let place = list.firstIndex { plan.completionRank[Int($0)] > rank } ?? list.count
    list.insert(operation, at: place)
  }

  /// Only a vague mismatch asks for any value at all.
  private mutating func noteValue(_ slot: Int32) {
    if isVague, !openValues.contains(slot) { openValues.append(slot) }
  }

  private mutating func complete(_ operation: Int, at event: Int, _ budget: Budget) -> Limits.Kind? {
    let item = Int32(truncatingIfNeeded: operation)
    let needs = operations.needs[operation]
    let (word, bit) = bit(of: item)
    let sets = operations.sets[operation]
    if needs != Self.none { needsLeft[Int(needs)] -= 1 }
    if sets == Self.none, layer.live == layer.count, isPlacedEverywhere(word, bit) {
      close(item)
      return nil
    }
    nextLayer.removeAll()
    work.removeAll()
    for number in 0..<layer.count where !layer.isDropped(number) {
      layer.copy(number, to: &child)
      let step = layer.trail[number]
      let isDone = isPlaced(child, item)
      let isFree = sets != Self.none && needs == Self.none && child[1 + words + word] & bit == 0
      if !isDone, !isFree || isVague || needsLeft[Int(sets)] > 0 { _ = work.insert(child, trail: step) }
      if isDone || isFree { pass(item, step) }
    }
    var next = 0
    while next < work.count {
      defer { next += 1 }
      guard !work.isDropped(next) else { continue }
      if let limit = budget.spend() { return limit }
      work.copy(next, to: &row)
      expand(toward: item, at: event, after: work.trail[next])
      // What grows may double.
      let held = layer.bytes + nextLayer.bytes + work.bytes + trail.bytes
      if held > grownTo {
        guard budget.hasRoom(for: held - grownTo + work.bytes + trail.bytes, beside: grownTo) else {
          return .memory
        }
        grownTo = held
      }
    }
    swap(&layer, &nextLayer)
    close(item)
    return nil
  }

  private func isPlacedEverywhere(_ word: Int, _ bit: UInt64) -> Bool {
    var place = 1 + words + word
    while place < layer.words.count {
      if layer.words[place] & bit != 0 { return false }
      place += row.count
    }
    return true
  }

  private mutating func close(_ item: Int32) {
    let operation = Int(item)
    let needs = operations.needs[operation]
    let sets = operations.sets[operation]
    switch plan.roles[operation] {
    case .observer:
      waiting.removeAll { $0 == item }
      if needs == Self.none {
        vagueObservers.removeAll { $0 == item }
      } else {
        observersOfSlot[Int(needs)].removeAll { $0 == item }
      }
    case .blindWrite:
      writesOfSlot[Int(sets)].removeAll { $0 == item }
      let (word, bit) = bit(of: item)
      blindMask[word] &= ~bit
    case .swap:
      waiting.removeAll { $0 == item }
      swapsOfSlot[Int(needs)].removeAll { $0 == item }
    case .optional: break
    }
  }

  // MARK: Configurations

  private func bit(of operation: Int32) -> (word: Int, bit: UInt64) {
    let position = Int(plan.position[Int(operation)])
    return (position >> 6, 1 << UInt64(position & 63))
  }

  private func isPlaced(_ row: [UInt64], _ operation: Int32) -> Bool {
    let (word, bit) = bit(of: operation)
    switch plan.roles[Int(operation)] {
    case .observer: return row[1 + words + word] & bit == 0
    case .blindWrite: return row[1 + 2 * words + word] & bit != 0
    case .swap: return row[1 + word] & bit != 0
    case .optional: return false
    }
  }

  /// Passes the child on, without the bits of the operation that completes.
  private mutating func pass(_ completed: Int32, _ step: Int32) {
    let (word, bit) = bit(of: completed)
    child[1 + word] &= ~bit
    child[1 + words + word] &= ~bit
    child[1 + 2 * words + word] &= ~bit
    if !isVague {
      if needsLeft[Int(child[0])] == 0 { child[0] = anything }
      for number in plan.classes.indices { forgetUse(of: number) }
    }
    _ = nextLayer.insert(child, trail: step)
  }

  /// Forgets how many operations of a class were used if those left are enough for whatever may come: each operation that
  /// needs the value needs it once, and a write that serves none of them can be left out.
  private mutating func forgetUse(of number: Int) {
    let kind = plan.classes[number]
    guard kind.needs == Self.none else { return }
    let used = count(of: number, in: child)
    if used > 0, invokedOfClass[number] - used >= Int(needsLeft[Int(kind.sets)]) {
      child[1 + 3 * words + kind.word] -= UInt64(used) << kind.shift
    }
  }

  private func count(of number: Int, in row: [UInt64]) -> Int {
    let kind = plan.classes[number]
    let bits = Int.bitWidth - kind.members.count.leadingZeroBitCount
    return Int(row[1 + 3 * words + kind.word] >> kind.shift & (1 << UInt64(bits) - 1))
  }

  private func isLeft(_ number: Int, in row: [UInt64]) -> Bool {
    count(of: number, in: row) < invokedOfClass[number]
  }

  /// Tries everything that may have to come next in the row before an operation can be placed.
  private mutating func expand(toward target: Int32, at event: Int, after step: Int32) {
    let slot = row[0]
    findDemanded()
    if operations.isEnabled(Int(target), at: Int32(truncatingIfNeeded: slot)),
      operations.sets[Int(target)] != Self.none
    {
      place(target, toward: target, at: event, after: step)
    }
    for index in demanded.indices {
      let value = demanded[index]
      let first = writesOfSlot[Int(value)].first { !isPlaced(row, $0) }
      if let first {
        if first != target { place(first, toward: target, at: event, after: step) }
      } else if blindClassOfSlot[Int(value)] != Self.none {
        let number = blindClassOfSlot[Int(value)]
        if isLeft(Int(number), in: row) {
          place(~number, toward: target, at: event, after: step)
        }
      }
    }
    var tried: [Int32] = []
    for swap in swapsOfSlot[Int(slot)] where !isPlaced(row, swap) {
      let sets = operations.sets[Int(swap)]
      guard !tried.contains(sets) else { continue }
      tried.append(sets)
      if swap != target { place(swap, toward: target, at: event, after: step) }
    }
    for number in swapClasses where UInt64(plan.classes[number].needs) == slot {
      let sets = plan.classes[number].sets
      if stamp[Int(sets)] == stampNow, !tried.contains(sets), isLeft(number, in: row) {
        place(~Int32(truncatingIfNeeded: number), toward: target, at: event, after: step)
      }
    }
  }

  /// Lists the values that open operations wait for.
  private mutating func findDemanded() {
    stampNow &+= 1
    demanded.removeAll(keepingCapacity: true)
    let slot = row[0]
    for operation in waiting where !isPlaced(row, operation) {
      let needs = operations.needs[Int(operation)]
      if needs != Self.none {
        demand(needs, at: slot)
      } else {
        let avoids = operations.avoids[Int(operation)]
        for value in openValues where value != avoids { demand(value, at: slot) }
        for number in swapClasses where plan.classes[number].sets != avoids {
          demand(plan.classes[number].sets, at: slot)
        }
      }
    }
    // An operation of unknown outcome that would supply a value waits for its own.
    var isSettled = swapClasses.isEmpty
    while !isSettled {
      isSettled = true
      for number in swapClasses where stamp[Int(plan.classes[number].sets)] == stampNow {
        if isLeft(number, in: row), demand(plan.classes[number].needs, at: slot) { isSettled = false }
      }
    }
  }

  @discardableResult
  private mutating func demand(_ value: Int32, at slot: UInt64) -> Bool {
    guard stamp[Int(value)] != stampNow, UInt64(value) != slot else { return false }
    stamp[Int(value)] = stampNow
    demanded.append(value)
    return true
  }

  /// Places a write, or one of a class given by its complement, after the row, with what can follow it at once.
  private mutating func place(_ placed: Int32, toward target: Int32, at event: Int, after step: Int32) {
    let number = placed < 0 ? Int(~placed) : -1
    let needs = placed < 0 ? plan.classes[number].needs : operations.needs[Int(placed)]
    let sets = placed < 0 ? plan.classes[number].sets : operations.sets[Int(placed)]
    if isLoss(placing: placed, sets) { return }
    for offset in row.indices { child[offset] = row[offset] }
    child[0] = UInt64(sets)
    if placed < 0 {
      child[1 + 3 * words + plan.classes[number].word] += 1 << plan.classes[number].shift
    } else {
      let (word, bit) = bit(of: placed)
      child[(needs == Self.none ? 1 + 2 * words : 1) + word] |= bit
    }
    if needs == Self.none {
      for word in 0..<words { child[1 + words + word] &= ~blindMask[word] }
    } else {
      for write in writesOfSlot[Int(sets)] {
        let (word, bit) = bit(of: write)
        child[1 + words + word] &= ~bit
      }
    }
    for observer in observersOfSlot[Int(sets)] where operations.isEnabled(Int(observer), at: sets) {
      let (word, bit) = bit(of: observer)
      child[1 + words + word] &= ~bit
    }
    for observer in vagueObservers where operations.isEnabled(Int(observer), at: sets) {
      let (word, bit) = bit(of: observer)
      child[1 + words + word] &= ~bit
    }
    let next = trail.add(placed, at: event, after: step)
    if isPlaced(child, target) { pass(target, next) } else { _ = work.insert(child, trail: next) }
  }

  /// Whether overwriting a value leaves an operation without it that must find it, since nothing can write it again.
  private func isLoss(placing placed: Int32, _ sets: Int32) -> Bool {
    let slot = row[0]
    guard slot != UInt64(sets), futureWrites[Int(slot)] == 0 else { return false }
    let isNeeded =
      futureNeeds[Int(slot)] > 0
      || swapsOfSlot[Int(slot)].contains { $0 != placed && !isPlaced(row, $0) }
    guard isNeeded else { return false }
    if writesOfSlot[Int(slot)].contains(where: { !isPlaced(row, $0) }) { return false }
    let blind = blindClassOfSlot[Int(slot)]
    if blind != Self.none, isLeft(Int(blind), in: row) { return false }
    if swapClasses.contains(where: { UInt64(plan.classes[$0].sets) == slot && isLeft($0, in: row) }) {
      return false
    }
    return !waiting.contains {
      UInt64(bitPattern: Int64(operations.sets[Int($0)])) == slot && !isPlaced(row, $0)
    }
  }
}
