import Consistency
import History
import KeyValue

/// Words for the operations of one history: who did what, when.
struct Narration {
  let history: History
  private let origin: Int64

  init(_ history: History) {
    self.history = history
    origin = history.operations.first?.invoked ?? 0
  }

  /// "client 3", or the process where the recording names no client.
  func who(_ id: OperationID) -> String {
    let operation = history[id]
    guard let client = operation.client else { return "process \(operation.process)" }
    return "client \(client)"
  }

  /// "read 17 from a on server 2".
  func did(_ id: OperationID) -> String {
    let operation = history[id]
    let value = value(operation.value)
    let key = key(operation.key)
    let server = operation.server.map { " on server \($0)" } ?? ""
    let expected = self.value(operation.expected)
    let attempt = operation.outcome == .unknown ? " (outcome unknown)" : " (which failed)"
    switch (operation.kind, operation.outcome) {
    case (.read, .ok) where operation.hasResult: return "read \(value) from \(key)\(server)"
    case (.read, .ok): return "read \(key)\(server), with what result was not recorded"
    case (.read, _): return "asked to read \(key)\(server)\(attempt)"
    case (.write, .ok): return "wrote \(value) to \(key)\(server)"
    case (.write, _): return "asked to write \(value) to \(key)\(server)\(attempt)"
    case (.compareAndSet, .ok) where operation.isMismatch && operation.hasResult:
      return "found \(value), not \(expected), in \(key)\(server)"
    case (.compareAndSet, .ok) where operation.isMismatch:
      return "found something other than \(expected) in \(key)\(server)"
    case (.compareAndSet, .ok): return "replaced \(expected) by \(value) in \(key)\(server)"
    case (.compareAndSet, _): return "asked to replace \(expected) by \(value) in \(key)\(server)\(attempt)"
    }
  }

  /// "at 10:00:01.234567 (+1.20 ms, took 350 us; line 14)".
  func when(_ id: OperationID) -> String {
    let operation = history[id]
    let line = operation.line == 0 ? nil : "line \(operation.line)"
    guard history.clock != .order else { return line.map { "(\($0))" } ?? "(\(id))" }
    var details = "+" + TimeText.duration(nanoseconds: operation.invoked &- origin)
    if operation.completed != Operation.never {
      details += ", took " + TimeText.duration(nanoseconds: operation.completed &- operation.invoked)
    }
    if let line { details += "; " + line }
    guard let clockTime = clockTime(operation.invoked) else { return "at \(details)" }
    return "at \(clockTime) (\(details))"
  }

  /// "client 3 read 17 from a on server 2 at 10:00:01.234567 (+1.20 ms, took 350 us; line 14)".
  func sentence(_ id: OperationID) -> String {
    "\(who(id)) \(did(id)) \(when(id))"
  }

  /// The operation in the fewest words: "read a 17".
  func brief(_ id: OperationID) -> String {
    brief(id, key: { $0.printable }, value: { $0.printable })
  }

  /// The operation in so many characters: of a long key or value only the ends.
  func brief(_ id: OperationID, within charactersMax: Int) -> String {
    let whole = brief(id)
    guard whole.count > charactersMax else { return whole }
    // As much of each as there is room for. What a short one leaves is the long one's.
    for each in stride(from: charactersMax, to: Self.cutMin, by: -1) {
      let text = brief(id, key: { $0.printable(cutTo: each) }, value: { $0.printable(cutTo: each) })
      if text.count <= charactersMax { return text }
    }
    return whole.cut(to: charactersMax)
  }

  /// Less of a key or value than this many characters tells nothing.
  private static let cutMin = 4

  private func brief(_ id: OperationID, key: (Key) -> String, value text: (Value) -> String) -> String {
    let operation = history[id]
    let key = key(history[operation.key])
    let value = text(history[operation.value])
    let expected = text(history[operation.expected])
    let mark =
      switch operation.outcome {
      case .ok: ""
      case .fail: " failed"
      case .unknown: " ?"
      }
    switch operation.kind {
    case .read: return "read \(key)" + (operation.hasResult ? " \(value)" : "") + mark
    case .write: return "write \(key) \(value)" + mark
    case .compareAndSet where operation.isMismatch:
      return "cas \(key) not \(expected)" + (operation.hasResult ? " but \(value)" : "") + mark
    case .compareAndSet: return "cas \(key) \(expected) to \(value)" + mark
    }
  }

  func key(_ id: KeyID) -> String { history[id].printable }

  func value(_ id: ValueID) -> String { history[id].printable }

  /// The time of day of a time of the history; nil when it has no wall clock.
  func clockTime(_ time: Int64) -> String? {
    guard let offset = history.wallClockOffset else { return nil }
    let (sum, overflowed) = time.addingReportingOverflow(offset)
    return overflowed ? nil : TimeText.timeOfDay(nanosecondsSince1970: sum)
  }
}
