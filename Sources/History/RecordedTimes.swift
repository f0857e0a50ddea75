import KeyValue

/// What the two clocks read at each event of a file, and which of them to believe.
///
/// While a file is read, the times of its operations are the numbers of their events; at the end these are replaced by
/// what the chosen clock read. One host and a monotonic clock everywhere: that clock. A wall clock everywhere: that
/// one, each interval widened by the declared error on either side, so that clocks that disagree can hide a violation
/// but cannot invent one. Otherwise the order of the file.
struct RecordedTimes {
  private struct Reading {
    var mono: Int64
    var wall: Int64
    var line: UInt32
  }

  private var readings: [Reading] = []
  private var hasMono = true
  private var hasWall = true
  private var offset: Int64?

  /// The number of events so far.
  var count: Int { readings.count }

  /// Notes an event. A fault that lacks a time gets that of the event before it.
  mutating func append(mono: Int64?, wall: Int64?, isOperation: Bool, line: UInt32) {
    if isOperation {
      hasMono = hasMono && mono != nil
      hasWall = hasWall && wall != nil
    }
    if offset == nil, let mono, let wall { offset = wall - mono }
    readings.append(
      Reading(mono: mono ?? readings.last?.mono ?? 0, wall: wall ?? readings.last?.wall ?? 0, line: line))
  }

  /// Chooses the clock, gives the operations and faults its times, and finishes the history.
  ///
  /// - Parameter isOneHost: whether all events are known to come from one host.
  /// - Throws: ``HistoryError`` when an operation ends before it begins.
  consuming func finish(
    _ builder: consuming HistoryBuilder, faults: [(event: Int, fault: Fault)], isOneHost: Bool, error: Int64,
    file: String
  ) throws(HistoryError) -> History {
    let clock: History.Clock =
      readings.isEmpty ? .order : isOneHost && hasMono ? .monotonic : hasWall ? .wall(error: error) : .order
    builder.setClock(clock)
    let error = clock == .wall(error: error) ? error : 0
    let time = { [readings] (event: Int) -> Int64 in
      switch clock {
      case .monotonic: readings[event].mono
      case .wall: readings[event].wall
      case .order: Int64(event)
      }
    }
    // The process's last invocation. Clocks apart, an operation begins no sooner than the one before it began.
    var begun: [ProcessID: Int64] = [:]
    for id in (0..<builder.count).map(OperationID.init) where clock != .order {
      let operation = builder[id]
      var invoked = time(Int(operation.invoked)) - error
      if case .wall = clock {
        invoked = max(invoked, begun[operation.process] ?? invoked)
        begun[operation.process] = invoked
      }
      let isOpen = operation.completed == Operation.never
      let completed = isOpen ? Operation.never : time(Int(operation.completed)) + error
      guard builder.setTimes(of: id, invoked: invoked, completed: completed) else {
        let refusal = HistoryBuilder.Refusal.endsBeforeItBegins(
          operation.process, line: operation.line, by: invoked - completed)
        let line = Int(readings[Int(operation.completed)].line)
        throw HistoryError(file: file, line: line, reason: refusal.description)
      }
    }
    for (event, fault) in faults {
      builder.add(Fault(time: time(event), process: fault.process, name: fault.name, details: fault.details))
    }
    let wallClockOffset: Int64? =
      switch clock {
      case .monotonic: offset
      case .wall: 0
      case .order: nil
      }
    return builder.history(wallClockOffset: wallClockOffset)
  }
}
