import Configuration
import KeyValue
import Replication

/// A traced run as a space-time diagram in text: a lane for each client and each server, time running down, and a line for
/// each thing that happened.
///
/// A message is an arrow on the line of its arrival, from its sender's lane to its receiver's; what was lost is marked
/// where it was sent. Acknowledgements, which carry no update, are left out.
public struct Story: Sendable {
  /// One line.
  public struct Line: Sendable, Hashable {
    /// When, in nanoseconds.
    public let time: Int64
    /// The lane that it begins in.
    public let from: Int
    /// The lane that it ends in; the same for what happens in one.
    public let to: Int
    /// What happens.
    public let text: String
    /// Whether the message never arrives.
    public let isLost: Bool
  }

  /// The names of the lanes, clients first.
  public let lanes: [String]
  /// What happened, in order.
  public let lines: [Line]
  /// Why it should not have, each a sentence.
  public let reasons: [String]

  /// Tells the story of a run that was traced.
  ///
  /// - Parameter reasons: why it should not have happened, each a sentence.
  public init(_ judgement: Judgement, reasons: [String]) {
    let run = judgement.run
    let sessions = run.sessions
    let servers = judgement.configuration.servers.count
    let lanes = sessions.map { $0.isFinal ? "end \($0.server)" : "client \($0.stream)" }
    self.lanes = lanes + (0..<servers).map { "server \($0)" }
    self.reasons = reasons
    let first = lanes.count
    lines = run.trace.compactMap { event in
      func line(_ from: Int, _ to: Int, _ text: String, isLost: Bool = false) -> Line {
        Line(time: event.time, from: from, to: to, text: text, isLost: isLost)
      }
      switch event.kind {
      case .invoked(let session, let command): return line(session, session, "begins: \(Self.text(command))")
      case .requested(let session, let server, let command):
        return line(session, first + server, "asks: \(Self.text(command))")
      case .answered(_, let server, let reply):
        return line(first + server, first + server, "answers: \(Self.text(reply))")
      case .completed(let session, let reply):
        return line(first + sessions[session].server, session, Self.text(reply))
      case .expired(let session): return line(session, session, "gives up waiting")
      case .arrived(let from, let to, let input):
        return Self.text(input).map { line(first + from, first + to, $0) }
      case .dropped(let from, let to, let input):
        return Self.text(input).map { line(first + from, first + to, "lost: \($0)", isLost: true) }
      case .stored(let server, let entry):
        return line(first + server, first + server, "holds: \(Self.text(entry))")
      case .forgot(let server): return line(first + server, first + server, "starts anew, without its memory")
      case .fault(let fault, let isStart):
        let lane = first + (fault.servers.first ?? 0)
        return line(lane, lane, Self.text(fault, isStart: isStart))
      case .finished, .sent: return nil
      }
    }
  }

  static func text(_ fault: FaultOccurrence, isStart: Bool) -> String {
    "\(fault.summary) \(isStart ? "begins" : "ends")"
  }

  static func text(_ entry: Account.Entry) -> String {
    "\(entry.key) = \(entry.value)\(text(entry.stamp))"
  }

  static func text(_ command: Command) -> String {
    switch command {
    case .read(let key): "read \(key)"
    case .write(let key, let value): "write \(key) = \(value)"
    case .compareAndSet(let key, let expected, let new): "set \(key) from \(expected) to \(new)"
    }
  }

  static func text(_ reply: Reply) -> String {
    switch reply {
    case .value(let value, let stamp): "\(value)\(text(stamp))"
    case .written(let stamp): "written\(text(stamp))"
    case .mismatch(let value, let stamp): "found \(value)\(text(stamp))"
    case .refused(let reason), .busy(let reason): "refused: \(reason)"
    case .reached: "reached"
    }
  }

  static func text(_ stamp: Stamp?) -> String {
    stamp.map { " @\($0.time).\($0.server)" } ?? " (initial)"
  }

  static func text(_ input: Input) -> String? {
    switch input {
    case .packet(let packet) where !packet.updates.isEmpty:
      packet.updates.map { "\(text($0.command)) @\($0.time).\(packet.sender)" }.joined(separator: ", ")
    case .packet(let packet) where packet.isProbe: "probe"
    case .fetch(let fetch): "fetch \(fetch.range.lowerBound)...\(fetch.range.upperBound)"
    default: nil
    }
  }

  /// The diagram, lines without a break at the end.
  public var text: String {
    let width = (lanes.map(\.count).max() ?? 0) + 2
    var rows = [padded("time (us)", 12) + lanes.map { padded($0, width) }.joined()]
    for line in lines {
      let left = min(line.from, line.to)
      let right = max(line.from, line.to)
      var cells = ""
      for lane in lanes.indices {
        let isInside = left <= lane && lane < right
        let mark: Character =
          if left == right, lane == left { "*" } else if lane == line.to, left != right {
            line.isLost ? "x" : line.to > line.from ? ">" : "<"
          } else if lane == line.from, left != right { "o" } else if left < lane, lane < right { "-" } else {
            "|"
          }
        cells += String(mark) + String(repeating: isInside ? "-" : " ", count: width - 1)
      }
      let thousandths = line.time % 1000
      let fraction = String(repeating: "0", count: 3 - "\(thousandths)".count) + "\(thousandths)"
      rows.append(padded("\(line.time / 1000).\(fraction)", 12) + cells + line.text)
    }
    return (rows + reasons.map { "=> \($0)" }).joined(separator: "\n")
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
