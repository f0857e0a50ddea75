/// How much a replica keeps at most of what could otherwise grow without end. `protocol.md` says what happens at a bound.
public struct Bounds: Hashable, Sendable {
  /// The most updates of each replica that are kept until everyone has them and they are applied, and the most that are
  /// kept of those that arrived early.
  public var updates = 65_536
  /// The most bytes of keys and values of these, up to one update more.
  public var bytes = 64 << 20
  /// The most bytes of keys and values in a message between replicas, unless a single update or entry has more.
  public var messageBytes = 1 << 20

  /// The usual bounds.
  public init() {}
}
