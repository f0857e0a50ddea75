public import KeyValue

/// The three TCP ports of one server, in the order in which a configuration lists them. 0 stands for a free port that
/// the system picks.
public struct ServerPorts: Sendable, Hashable {
  /// Where peers ask for broadcasts that they missed.
  public var peer: UInt16
  /// Where the server publishes its broadcasts.
  public var publish: UInt16
  /// Where clients send their requests.
  public var client: UInt16

  /// Three free ports.
  public static let free = ServerPorts(peer: 0, publish: 0, client: 0)

  /// Makes the ports of a server.
  public init(peer: UInt16, publish: UInt16, client: UInt16) {
    self.peer = peer
    self.publish = publish
    self.client = client
  }

  /// The ports as a configuration lists them.
  public var json: JSON { [JSON(peer), JSON(publish), JSON(client)] }
}
