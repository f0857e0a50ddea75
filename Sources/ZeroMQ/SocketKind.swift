import CZeroMQ

/// What a socket does with messages: the two ends of a conversation must be of kinds that match.
public enum SocketKind: Sendable, CaseIterable {
  /// Asks and awaits one answer, in strict turns. Talks to `rep` or `router`.
  case req
  /// Answers each question, in strict turns.
  case rep
  /// Asks any number of questions without waiting; deals them out to its peers in turn.
  case dealer
  /// Knows its peers by identity: the first part of a message says whom it came from or goes to.
  case router
  /// Sends to all who subscribed; drops what a slow subscriber has no room for.
  case pub
  /// Receives what it subscribed to.
  case sub
  /// Publishes, and receives the subscriptions as messages.
  case xpub
  /// Subscribes by sending messages.
  case xsub
  /// Deals messages out to `pull` sockets in turn.
  case push
  /// Collects messages from `push` sockets.
  case pull
  /// Talks to exactly one other `pair` socket.
  case pair

  var code: Int32 {
    switch self {
    case .req: ZMQ_REQ
    case .rep: ZMQ_REP
    case .dealer: ZMQ_DEALER
    case .router: ZMQ_ROUTER
    case .pub: ZMQ_PUB
    case .sub: ZMQ_SUB
    case .xpub: ZMQ_XPUB
    case .xsub: ZMQ_XSUB
    case .push: ZMQ_PUSH
    case .pull: ZMQ_PULL
    case .pair: ZMQ_PAIR
    }
  }
}
