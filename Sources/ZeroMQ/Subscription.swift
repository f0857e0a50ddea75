/// What an `xpub` socket receives when a peer subscribes or takes a subscription back.
///
/// It is how a publisher knows, without waiting and hoping, that a subscriber is there.
public struct Subscription: Hashable, Sendable {
  /// Whether the topic was subscribed to, rather than unsubscribed from.
  public let isAdded: Bool
  /// The prefix in question; empty for everything.
  public let topic: [UInt8]

  /// Reads a message that an `xpub` socket received; nil if it is none of its own.
  public init?(_ message: borrowing Message) {
    guard message.count == 1, message.size(of: 0) > 0 else { return nil }
    let bytes = message.bytes(of: 0)
    guard bytes[0] <= 1 else { return nil }
    isAdded = bytes[0] == 1
    topic = Array(bytes.dropFirst())
  }
}
