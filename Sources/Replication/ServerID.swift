/// A replica, by its number: 0 to the number of servers less one.
public struct ServerID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The number.
  public let number: Int

  /// Makes an id of a number.
  public init(_ number: Int) { self.number = number }

  /// The number.
  public var description: String { number.description }

  /// Orders by number.
  public static func < (left: ServerID, right: ServerID) -> Bool { left.number < right.number }
}
