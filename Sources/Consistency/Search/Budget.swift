/// What one verdict's searches have spent of their limits, and which of them came to the answer. One budget is handed from
/// search to search, so that limits hold for all of them together. It belongs to one thread; a thread of its own gets a
/// ``share()``.
final class Budget {
  /// How long a measurement of the memory is good for.
  private static let weighingInterval = Duration.milliseconds(1)

  let limits: Limits
  private(set) var configurationsExplored = 0
  private var decisions: [Verdict.Decision] = []
  private var untilLook = 0
  private var nextWeighing: ContinuousClock.Instant?

  init(_ limits: Limits) {
    self.limits = limits
  }

  /// How many threads a pass may use. With a limit on configurations there is one, so that it does not depend on the
  /// threads which of them get the configurations.
  var threads: Int { limits.configurationsMax == .max ? limits.threads : 1 }

  /// Accounts for one more configuration, before it is explored.
  ///
  /// - Returns: the limit that forbids it; nil when there is room.
  func spend() -> Limits.Kind? {
    if configurationsExplored >= limits.configurationsMax { return .configurations }
    if let kind = reached(after: 1) { return kind }
    configurationsExplored += 1
    return nil
  }

  /// Accounts for steps of a pass, and looks at clock and memory now and then.
  func look(after steps: Int = 1) throws(LimitReached) {
    if let kind = reached(after: steps) { throw LimitReached(kind: kind) }
  }

  /// Like ``look(after:)``, for passes that do not throw.
  func reached(after steps: Int) -> Limits.Kind? {
    untilLook -= steps
    return untilLook < 0 ? lookNow() : nil
  }

  private func lookNow() -> Limits.Kind? {
    untilLook = limits.stepsPerLook
    guard limits.deadline != nil || limits.memoryInUse != nil else { return nil }
    let now = limits.now()
    if let deadline = limits.deadline, now >= deadline {
      untilLook = 0
      return .time
    }
    guard let memoryInUse = limits.memoryInUse else { return nil }
    if let nextWeighing, now < nextWeighing { return nil }
    nextWeighing = now.advanced(by: Self.weighingInterval)
    if memoryInUse(0) > limits.memoryBytesMax {
      untilLook = 0
      return .memory
    }
    return nil
  }

  /// Whether no configuration is left.
  var isSpent: Bool { configurationsExplored >= limits.configurationsMax }

  /// Whether there is room for more memory.
  ///
  /// - Parameters:
  ///   - bytes: what is about to be made.
  ///   - held: what the asker holds already, which counts when nobody measures the process.
  func hasRoom(for bytes: Int, beside held: Int = 0) -> Bool {
    let used = limits.memoryInUse?(bytes) ?? held
    let (sum, isTooMuch) = used.addingReportingOverflow(bytes)
    return !isTooMuch && sum <= limits.memoryBytesMax
  }

  /// Asks for room for more memory.
  func ask(for bytes: Int) throws(LimitReached) {
    guard hasRoom(for: bytes) else { throw LimitReached(kind: .memory) }
  }

  /// Sorts, accounting for each comparison as a step: sorting millions takes seconds.
  func sort<Element>(
    _ elements: inout [Element], by isBefore: (Element, Element) -> Bool
  ) throws(LimitReached) {
    do {
      try elements.sort { left, right in
        try look()
        return isBefore(left, right)
      }
    } catch let limit as LimitReached {
      throw limit
    } catch {
      preconditionFailure("sorting threw what no look at the limits throws: \(error)")
    }
  }

  /// A budget for another thread under the same limits.
  func share() -> Budget { Budget(limits) }

  /// Adds what another thread explored.
  func add(_ share: Budget) { add(configurations: share.configurationsExplored) }

  func add(configurations: Int) { configurationsExplored += configurations }

  /// Notes what came to an answer about the whole history. What was noted before came to none.
  func note(_ procedure: DecisionProcedure) { decisions = [Verdict.Decision(procedure)] }

  /// Notes what came to the answer about how many keys.
  func note(keys: [DecisionProcedure: Int]) {
    decisions = DecisionProcedure.allCases.compactMap { procedure in
      keys[procedure].flatMap { $0 > 0 ? Verdict.Decision(procedure, keys: $0) : nil }
    }
  }

  /// What came to an outcome: of one that is undecided, what decided keys.
  func decisions(of outcome: Verdict.Outcome) -> [Verdict.Decision] {
    if case .undecided = outcome { decisions.filter { $0.keys != nil } } else { decisions }
  }

  /// Lets a violation that was found be told, with the time that is kept for that.
  func telling<Answer>(_ tell: (Budget) -> Answer) -> Answer {
    var limits = limits
    limits.deadline = limits.tellingDeadline ?? limits.deadline
    if limits.configurationsMax < .max {
      limits.configurationsMax -= min(configurationsExplored, limits.configurationsMax)
    }
    let part = Budget(limits)
    let answer = tell(part)
    add(part)
    return answer
  }

  /// Lets the contradiction be told that was found in a reading. When the time that is kept for that is not enough, or the
  /// memory is not, it stays untold, but found.
  func tellingContradiction(_ tell: (Budget) throws(LimitReached) -> Contradiction) -> Contradiction {
    telling { budget in
      do throws(LimitReached) { return try tell(budget) } catch { return .untold(error) }
    }
  }

  /// Lets a side question spend at most so many configurations of this budget.
  func lend<Answer>(configurationsMax: Int, _ ask: (Budget) -> Answer) -> Answer {
    var limits = limits
    limits.configurationsMax = min(
      configurationsMax, max(0, limits.configurationsMax - configurationsExplored))
    let part = Budget(limits)
    let answer = ask(part)
    add(part)
    return answer
  }
}
