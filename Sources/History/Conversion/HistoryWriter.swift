import KeyValue

/// Writes a history that is in memory, or a part of one, as a file of this package's own format that reads back as the
/// same operations: with the same order of invocation, the same intervals, and what keys held at first.
///
/// A clock that was widened by an error is written with the error in its times. Linear, but for sorting completions.
public struct HistoryWriter: Sendable {
  private let history: History
  private let run: RunDescription

  /// Prepares to write.
  ///
  /// - Parameter run: what the first line says. Its initial values, host and number of replicas are the history's.
  public init(_ history: History, run: RunDescription) {
    self.history = history
    var run = run
    run.initial = [:]
    for key in Set(history.operations.map(\.key)) {
      let value = history[history.initialValue(of: key)]
      if value != .null { run.initial[history[key]] = value }
    }
    if run.servers == nil {
      let servers = Set(history.operations.compactMap(\.server))
      if let last = servers.max(), servers.count == Int(last) + 1, last >= 0 { run.servers = servers.count }
    }
    // One host is what makes the monotonic clock count.
    run.host = Self.hasMonotonicTimes(history) ? history.run?.host ?? "one host" : nil
    self.run = run
  }

  /// Whether intervals are written as times of one clock. The order of lines says as much if no two events are at one
  /// instant, as is so in every file that has no times.
  private static func hasMonotonicTimes(_ history: History) -> Bool {
    switch history.clock {
    case .monotonic: return true
    case .wall: return false
    case .order:
      let times = history.operations.flatMap {
        $0.outcome == .unknown ? [$0.invoked] : [$0.invoked, $0.completed]
      }
      return Set(times).count < times.count
    }
  }

  /// The file.
  public var bytes: [UInt8] {
    let events = RestoredEvents(history)
    let ordered = self.ordered
    return events.file(run: run, ordered, end: RunEnd(isClean: true, events: ordered.count)) { event in
      times(events.time(of: event))
    }
  }

  private func times(_ time: Int64) -> (wall: Int64?, monotonic: Int64?) {
    let monotonic = run.host == nil ? nil : time
    guard let offset = history.wallClockOffset else { return (nil, monotonic) }
    let (wall, isTooLarge) = time.addingReportingOverflow(offset)
    return (isTooLarge ? nil : wall, monotonic)
  }

  /// Invocations in their order, each after what ended before it, of its own process above all.
  private var ordered: [RestoredEvents.Event] {
    var ordered: [RestoredEvents.Event] = []
    var open: [OperationID] = []
    for id in history.ids {
      let operation = history[id]
      open.removeAll { other in
        let hasEnded =
          history[other].completed < operation.invoked || history[other].process == operation.process
        if hasEnded { ordered.append(.completion(other)) }
        return hasEnded
      }
      ordered.append(.invocation(id))
      guard operation.outcome != .unknown else { continue }
      let place = open.firstIndex { history[$0].completed > operation.completed } ?? open.count
      open.insert(id, at: place)
    }
    return ordered + open.map { .completion($0) }
  }
}
