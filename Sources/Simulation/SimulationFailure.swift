/// What a simulated run showed to be wrong with the replicas, apart from what its history shows.
public enum SimulationFailure: Sendable, Hashable, CustomStringConvertible {
  /// After the faults had ended the servers did not come to an end. The sentence says of what.
  case stuck(String)
  /// A request was answered twice.
  case answeredTwice(server: Int)
  /// A server gave a write a stamp that is not its own, or not greater than that of the write before.
  case stampOutOfOrder(server: Int)
  /// A server showed a key with an older stamp than it had shown before.
  case wentBack(server: Int, key: String)
  /// When all had everything, a key was not as the latest acknowledged write or a later one had left it.
  case lostWrite(server: Int, key: String)
  /// When all had everything, two servers held different values or stamps for a key.
  case diverged(key: String)
  /// A server still kept updates for its peers long after all had everything.
  case neverQuiet(server: Int)

  /// A short name that does not change.
  public var code: String {
    switch self {
    case .stuck: "stuck"
    case .answeredTwice: "answered-twice"
    case .stampOutOfOrder: "stamp-out-of-order"
    case .wentBack: "went-back"
    case .lostWrite: "lost-write"
    case .diverged: "diverged"
    case .neverQuiet: "never-quiet"
    }
  }

  /// A sentence.
  public var description: String {
    switch self {
    case .stuck(let what): "after the faults had ended, \(what)"
    case .answeredTwice(let server): "server \(server) answered a request twice"
    case .stampOutOfOrder(let server): "server \(server) gave a write a stamp that is not the next of its own"
    case .wentBack(let server, let key): "server \(server) showed \(key) older than it had shown it before"
    case .lostWrite(let server, let key):
      "server \(server) ended with \(key) older than a write that had been acknowledged"
    case .diverged(let key): "servers that had everything ended with different values of \(key)"
    case .neverQuiet(let server):
      "server \(server) still waits for its peers long after all have everything"
    }
  }
}
