/// How much a checker may spend before it answers "undecided".
///
/// Every pass that can take long looks at the limits on its way, so that they hold within it too, not only between
/// passes.
public struct Limits: Sendable {
  /// What was used up.
  public enum Kind: String, Sendable, Hashable {
    /// The number of configurations.
    case configurations
    /// The time.
    case time
    /// The memory.
    case memory
  }

  /// The most configurations that searches may explore, altogether; each time that the SAT solver asks whether to go on,
  /// about every microsecond, counts as one. Unlike time it gives the same answer on every machine (that has the same
  /// version of the solver); so that it does, keys are then decided one after the other.
  public var configurationsMax: Int
  /// When to give up.
  public var deadline: ContinuousClock.Instant?
  /// When to stop telling a violation that was found by the deadline: shrinking it, finding the path of a cycle. nil for the
  /// deadline itself.
  public var tellingDeadline: ContinuousClock.Instant?
  /// The most memory, in bytes: of the whole process if ``memoryInUse`` tells it, else what a search holds.
  public var memoryBytesMax: Int
  /// How much memory the process holds, in bytes, given how much more is wanted. Asked about once a millisecond, and before
  /// anything large is made; nil when nobody measures.
  public var memoryInUse: (@Sendable (_ wanted: Int) -> Int)?
  /// The clock that the deadline is of.
  public var now: @Sendable () -> ContinuousClock.Instant = { .now }
  /// How many steps pass between two looks at the clock. A step takes some tens of nanoseconds.
  public var stepsPerLook = 1024
  /// How many threads may work at once.
  public var threads = 1

  /// Makes limits.
  public init(
    configurationsMax: Int = .max, deadline: ContinuousClock.Instant? = nil, memoryBytesMax: Int = .max,
    memoryInUse: (@Sendable (_ wanted: Int) -> Int)? = nil
  ) {
    self.configurationsMax = configurationsMax
    self.deadline = deadline
    self.memoryBytesMax = memoryBytesMax
    self.memoryInUse = memoryInUse
  }

  /// No limits.
  public static let none = Limits()
}

/// A limit was reached: thrown where it is noticed, deep inside a pass, and caught where a verdict is made of it.
struct LimitReached: Error {
  let kind: Limits.Kind
}
