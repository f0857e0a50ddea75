/// How much a checker may spend before it answers "undecided".
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

  /// The most configurations that searches may explore, altogether. Unlike time it gives the same answer on every
  /// machine.
  public var configurationsMax: Int
  /// When to give up.
  public var deadline: ContinuousClock.Instant?
  /// The most memory that searches may hold, in bytes.
  public var memoryBytesMax: Int

  /// Makes limits.
  public init(
    configurationsMax: Int = .max, deadline: ContinuousClock.Instant? = nil, memoryBytesMax: Int = .max
  ) {
    self.configurationsMax = configurationsMax
    self.deadline = deadline
    self.memoryBytesMax = memoryBytesMax
  }

  /// No limits.
  public static let none = Limits()
}
