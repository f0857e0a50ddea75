/// What searches have spent of their limits. One budget is handed from search to search, so that limits hold for all of
/// them together.
struct Budget {
  /// How many configurations pass between two looks at the clock.
  private static let configurationsPerLook = 1024

  private let limits: Limits
  private(set) var configurationsExplored = 0
  private var untilLook = 0

  init(_ limits: Limits) {
    self.limits = limits
  }

  var memoryBytesMax: Int { limits.memoryBytesMax }

  /// Accounts for one more configuration, before it is explored.
  ///
  /// - Returns: the limit that forbids it; nil when there is room.
  mutating func spend() -> Limits.Kind? {
    if configurationsExplored >= limits.configurationsMax { return .configurations }
    if untilLook == 0 {
      if isLate { return .time }
      untilLook = Self.configurationsPerLook
    }
    untilLook -= 1
    configurationsExplored += 1
    return nil
  }

  /// Whether the deadline has passed.
  var isLate: Bool {
    guard let deadline = limits.deadline else { return false }
    return ContinuousClock.now >= deadline
  }

  /// Whether no configuration is left.
  var isSpent: Bool { configurationsExplored >= limits.configurationsMax }

  /// Lets a side question spend at most so many configurations of this budget.
  mutating func lend<Answer>(configurationsMax: Int, _ ask: (inout Budget) -> Answer) -> Answer {
    var limits = limits
    limits.configurationsMax = min(
      configurationsMax, max(0, limits.configurationsMax - configurationsExplored))
    var part = Budget(limits)
    let answer = ask(&part)
    configurationsExplored += part.configurationsExplored
    return answer
  }
}
