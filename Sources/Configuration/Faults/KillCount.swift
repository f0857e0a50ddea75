/// The kills of one server that are in force. Several may overlap: the first to begin ends the server, and the last to end
/// lets it be started anew.
public struct KillCount: Sendable, Hashable {
  private var inForce = 0
  private var spared = 0

  /// Makes a count of none.
  public init() {}

  /// Whether the server is down.
  public var isDown: Bool { inForce > 0 }

  /// A kill begins.
  ///
  /// - Parameter isSpared: whether no other server has kept what the cluster knows, so that it must not be.
  /// - Returns: whether the server is to be killed now.
  public mutating func begin(isSpared: Bool) -> Bool {
    if inForce == 0, isSpared {
      spared += 1
      return false
    }
    inForce += 1
    return inForce == 1
  }

  /// A kill ends, spared ones first.
  ///
  /// - Returns: whether the server is to be started anew now.
  public mutating func end() -> Bool {
    if spared > 0 {
      spared -= 1
      return false
    }
    inForce -= 1
    return inForce == 0
  }
}
