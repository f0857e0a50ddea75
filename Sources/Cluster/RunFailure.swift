/// Why a run did not go as it should have.
public enum RunFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// A server could not start or go on; the sentence says why.
  case serverFailed(Int, String)
  /// A server ended while it was needed. The log holds its last lines.
  case serverEnded(Int, ChildEnd, log: [String])
  /// A client could not go on; the sentence says why.
  case clientFailed(ChildName, String)
  /// A client ended before its job was done. The log holds its last lines.
  case clientEnded(ChildName, ChildEnd, log: [String])
  /// Something did not happen in the time that it was given; the sentence says what and to whom. The log holds the last
  /// lines of those who are to blame.
  case timedOut(String, log: [String])
  /// The run went to its end, but these things went wrong on the way, each a sentence.
  case incomplete([String])
  /// Somebody asked for the run to stop.
  case interrupted
  /// The ports for what stands on the links cannot be had; the sentence says why.
  case links(String)
  /// A log or a client's recording cannot be written or read; the sentence says why.
  case recording(String)

  /// One line for people, followed by the last lines of a log where there is one.
  public var description: String {
    switch self {
    case .serverFailed(let number, let reason): "server \(number) gave up: \(reason)"
    case .serverEnded(let number, let end, let log):
      "server \(number) ended during the run: \(end)" + Self.tail(log)
    case .clientFailed(let name, let reason): "\(name) gave up: \(reason)"
    case .clientEnded(let name, let end, let log): "\(name) ended during the run: \(end)" + Self.tail(log)
    case .timedOut(let what, let log):
      "\(what); give it longer with --timeout, or look at the servers' logs with --server-logs"
        + Self.tail(log)
    case .incomplete(let problems): problems.joined(separator: "; ")
    case .interrupted: "the run was stopped"
    case .links(let reason), .recording(let reason): reason
    }
  }

  /// The description without the log: one line.
  public var summary: String {
    String(description.prefix { $0 != "\n" })
  }

  private static func tail(_ log: [String]) -> String {
    log.isEmpty ? "" : "\n  the last lines of its log:" + log.map { "\n    \($0)" }.joined()
  }
}
