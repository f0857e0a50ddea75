import History

/// Shrinks operations that no order fits to few that no order fits.
///
/// A part of a history is only taken if an order of the whole would contain an order of the part, so that the
/// contradiction shown is one of the history and not of the cutting. Leaving out an operation that changes nothing is
/// always right. Leaving out one that writes is right if each operation kept that finds its value certainly found it
/// from elsewhere: because it came first, or because another write that is kept lies between. Operations of which this
/// cannot be said are left out too (``repaired(_:)``). So are those whose value something wrote, but nothing that is kept
/// did: what is shown should be wrong for the history's reason. That makes no part unsound, since it only leaves out more,
/// and what that takes from others is looked at in turn.
///
/// How: first windows around the point where the search gave up, doubling until one is rejected; then, as in delta
/// debugging (Zeller, Hildebrandt, IEEE TSE 28(2), 2002), ever smaller chunks are left out until no single operation can
/// be. The work is bounded; when the bound is reached, what has been found so far is the answer.
struct Shrinker {
  /// How many operations may be looked at before shrinking stops.
  private static let workMax = 5_000_000
  /// How many configurations one question may cost.
  private static let configurationsPerQuestionMax = 20_000
  /// How many configurations all questions together may cost.
  private static let configurationsMax = 1_000_000

  private struct Register: Hashable {
    let key: KeyID
    let value: ValueID
  }

  private let history: History
  private let all: [OperationID]
  private let order: KnownOrder
  private let search: ([OperationID], Budget) -> SearchResult
  private var writersOfKey: [KeyID: [OperationID]] = [:]
  private var writersOfValue: [Register: [OperationID]] = [:]
  private var work = 0
  private var isSure = true

  /// Prepares to shrink.
  ///
  /// - Parameters:
  ///   - all: effective operations that the search rejects, in order of invocation.
  ///   - search: how to decide a part of them.
  init(
    _ history: History, _ all: [OperationID], order: KnownOrder,
    search: @escaping ([OperationID], Budget) -> SearchResult
  ) {
    self.history = history
    self.all = all
    self.order = order
    self.search = search
  }

  /// The memory that an operation takes, in bytes: a register of its own with its writers, and its place in sets of what is
  /// kept.
  private static let bytesPerOperation = 200

  private mutating func prepare() {
    let writers = all.filter { history[$0].mayWrite }
    writersOfKey = Dictionary(grouping: writers) { history[$0].key }
    writersOfValue = Dictionary(grouping: writers) {
      Register(key: history[$0].key, value: history[$0].value)
    }
  }

  /// Shrinks, and tells how far the operations that are left can be placed.
  ///
  /// - Parameter longest: what the search placed before it gave up on all of them.
  consuming func counterexample(longest: [OperationID], _ budget: Budget) -> Counterexample {
    guard budget.hasRoom(for: all.count * Self.bytesPerOperation) else {
      return Counterexample(
        reason: .noOrder(placed: longest, blocked: []), operations: all, isMinimal: false)
    }
    var shrinker = self
    shrinker.prepare()
    return budget.lend(configurationsMax: Self.configurationsMax) { budget in
      var longest = longest
      let (core, isMinimal) = shrinker.core(around: longest, budget)
      if core.count < shrinker.all.count, case .noOrder(let attempt) = shrinker.search(core, budget) {
        longest = attempt
      } else if core.count < shrinker.all.count {
        longest = []
      }
      let deadEnd = DeadEnd(shrinker.history, core, order: shrinker.order, after: longest, budget)
      return Counterexample(
        reason: .noOrder(placed: deadEnd.placed, blocked: deadEnd.blocked), operations: core,
        isMinimal: isMinimal)
    }
  }

  private mutating func core(
    around longest: [OperationID], _ budget: Budget
  ) -> (operations: [OperationID], isMinimal: Bool) {
    var kept = window(around: longest, budget)
    var chunk = max(1, kept.count / 2)
    while true {
      var isSmaller = false
      var start = 0
      isSure = true
      while start < kept.count {
        if work > Self.workMax || budget.reached(after: kept.count) != nil { return (kept, false) }
        let end = min(start + chunk, kept.count)
        let rest = repaired(Array(kept[..<start] + kept[end...]), budget)
        if isRejected(rest, budget) {
          kept = rest
          isSmaller = true
        } else {
          start = end
        }
      }
      if chunk > 1 {
        chunk /= 2
      } else if !isSmaller {
        return (kept, isSure)
      }
    }
  }

  /// The smallest rejected window, by doubling, around the point up to which the search got; all operations when there
  /// is none.
  private mutating func window(around longest: [OperationID], _ budget: Budget) -> [OperationID] {
    let placed = Set(longest)
    let rest = all.filter { !placed.contains($0) }
    var radius = 8
    while radius < all.count, work <= Self.workMax, budget.reached(after: 2 * radius) == nil {
      let window = repaired((longest.suffix(radius) + rest.prefix(radius)).sorted(), budget)
      if isRejected(window, budget) { return window }
      radius *= 2
    }
    return all
  }

  private mutating func isRejected(_ part: [OperationID], _ budget: Budget) -> Bool {
    if part.isEmpty { return false }
    work += part.count
    let search = search
    let result = budget.lend(configurationsMax: Self.configurationsPerQuestionMax) { search(part, $0) }
    switch result {
    case .noOrder: return true
    case .order: return false
    case .limit:
      isSure = false
      return false
    }
  }

  /// The largest part of some operations of which each finds the right value: see the top of the file. Nothing when a limit
  /// is reached.
  private mutating func repaired(_ part: [OperationID], _ budget: Budget) -> [OperationID] {
    var part = part
    while true {
      work += part.count
      let kept = Set(part)
      let writesOfKey = Dictionary(
        grouping: part.filter { history[$0].mayWrite && history[$0].outcome == .ok }
      ) { history[$0].key }
      let sound = part.filter { reader in
        if budget.reached(after: 8) != nil { return false }
        let sources = sources(of: reader)
        guard isSupplied(reader, by: sources, kept) else { return false }
        return sources.allSatisfy { writer in
          work += 1
          if budget.reached(after: 1) != nil { return false }
          if writer == reader || kept.contains(writer) { return true }
          if order.precedes(reader, writer, in: history) { return true }
          return writesOfKey[history[reader].key, default: []].contains { between in
            work += 1
            return order.precedes(writer, between, in: history)
              && order.precedes(between, reader, in: history)
          }
        }
      }
      if sound.count == part.count { return part }
      part = sound
    }
  }

  /// Whether an operation can find what it needs in the initial value or in what an operation writes that is kept; true
  /// too if there is nothing to keep because nothing at all wrote it.
  private mutating func isSupplied(_ reader: OperationID, by sources: [OperationID], _ kept: Set<OperationID>)
    -> Bool
  {
    let operation = history[reader]
    let initial = history.initialValue(of: operation.key)
    switch operation.kind {
    case .write: return true
    case .read where operation.value == initial: return true
    case .compareAndSet where operation.isMismatch:
      if operation.hasResult ? operation.value == initial : operation.expected != initial { return true }
    case .compareAndSet where operation.expected == initial: return true
    case .read, .compareAndSet: break
    }
    let others = sources.filter { $0 != reader }
    work += others.count
    return others.isEmpty || others.contains(where: kept.contains)
  }

  /// The operations that may have written what an operation found.
  private mutating func sources(of reader: OperationID) -> [OperationID] {
    let operation = history[reader]
    if operation.outcome == .unknown {
      // It may be left out of the order, so nothing is claimed about what it found.
      guard operation.kind == .compareAndSet else { return [] }
      return writersOfValue[Register(key: operation.key, value: operation.expected), default: []]
    }
    if let value = operation.observed {
      return writersOfValue[Register(key: operation.key, value: value), default: []]
    }
    guard operation.isMismatch else { return [] }
    work += writersOfKey[operation.key, default: []].count
    return writersOfKey[operation.key, default: []].filter { history[$0].value != operation.expected }
  }
}
