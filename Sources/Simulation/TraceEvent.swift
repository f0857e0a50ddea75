public import Configuration
import History
public import Replication

/// Something that happened in a simulated run, for telling its story.
public struct TraceEvent: Sendable {
  /// What happened.
  public enum Kind: Sendable {
    /// A session began an operation.
    case invoked(session: Int, Command)
    /// A session's request reached its server.
    case requested(session: Int, server: Int, Command)
    /// A server answered a session.
    case answered(session: Int, server: Int, Reply)
    /// A session had its answer.
    case completed(session: Int, Reply)
    /// A session gave up waiting.
    case expired(session: Int)
    /// A session had nothing more to do.
    case finished(session: Int)
    /// A server sent another a message, which arrives then unless it is lost on the way.
    case sent(from: Int, to: Int, arrival: Int64, Input)
    /// A message reached a server.
    case arrived(from: Int, to: Int, Input)
    /// A message was lost when it was sent.
    case dropped(from: Int, to: Int, Input)
    /// A server's own copy of a key changed: what it holds now. Told only where it was asked for.
    case stored(server: Int, Account.Entry)
    /// A server forgot what it held.
    case forgot(server: Int)
    /// A fault began or ended.
    case fault(FaultOccurrence, isStart: Bool)
  }

  /// When, in nanoseconds since the run began.
  public let time: Int64
  /// What happened.
  public let kind: Kind
}

extension Simulation {
  /// Tells which keys a server's copy holds otherwise than when this was told last.
  mutating func traceStore(_ server: Int) {
    for (place, key) in builder.keys.enumerated() {
      let copy = servers[server].replica.copy(of: key)
      if servers[server].copies.count == place { servers[server].copies.append(nil) }
      guard copy != servers[server].copies[place] else { continue }
      servers[server].copies[place] = copy
      // What a key held at first needs no telling.
      if let copy, copy.stamp != nil {
        trace.append(TraceEvent(time: time, kind: .stored(server: server, copy)))
      }
    }
  }

  mutating func traceSending(_ message: Int, from: Int, to: Int, arrival: Int64) {
    guard let input = inputs[message] else { return }
    trace.append(TraceEvent(time: time, kind: .sent(from: from, to: to, arrival: arrival, input)))
  }

  mutating func traceArrival(_ input: Input, from: Int, to: Int) {
    trace.append(TraceEvent(time: time, kind: .arrived(from: from, to: to, input)))
  }

  mutating func traceDrop(_ input: Input, from: Int, to: Int) {
    trace.append(TraceEvent(time: time, kind: .dropped(from: from, to: to, input)))
  }
}
