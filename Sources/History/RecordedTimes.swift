import KeyValue

/// What the two clocks read at each event of a file, and which of them to believe.
///
/// While a file is read, the times of its operations are the numbers of their events; at the end these are replaced by
/// what the chosen clock read. One host and a monotonic clock everywhere: that clock. A wall clock everywhere: that
/// one, each interval widened by the declared error on either side, so that clocks that disagree can hide a violation
/// but cannot invent one. Otherwise the order of the file.
struct RecordedTimes {
  /// What each clock read at each event, as long as every operation has it.
  private var monos: [Int64] = []
  private var walls: [Int64] = []
  private var hasMono = true
  private var hasWall = true
  private var offset: Int64?
  /// The number of events so far.
  private(set) var count = 0
  /// The lines of the events: where there is a leap, the event behind it and its line.
  private var leaps: [(event: Int, line: UInt32)] = []
  private var lastLine: UInt32 = 0

  /// Makes room for so many events.
  mutating func reserve(_ count: Int) {
    monos.reserveCapacity(count)
    walls.reserveCapacity(count)
  }

  /// The most memory, in bytes, that so many more events may take in one go.
  func growth(_ count: Int) -> Int { max(monos.growth(adding: count), walls.growth(adding: count)) }

  /// Notes an event. A fault that lacks a time gets that of the event before it.
  mutating func append(mono: Int64?, wall: Int64?, isOperation: Bool, line: UInt32) {
    if isOperation {
      if hasMono, mono == nil {
        hasMono = false
        monos = []
      }
      if hasWall, wall == nil {
        hasWall = false
        walls = []
      }
    }
    if offset == nil, let mono, let wall { offset = wall - mono }
    if hasMono { monos.append(mono ?? monos.last ?? 0) }
    if hasWall { walls.append(wall ?? walls.last ?? 0) }
    if count == 0 || line != lastLine + 1 { leaps.append((count, line)) }
    lastLine = line
    count += 1
  }

  /// The line of an event.
  private func line(of event: Int) -> Int {
    guard let leap = leaps.last(where: { $0.event <= event }) else { return 0 }
    return Int(leap.line) + event - leap.event
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
      count == 0 ? .order : isOneHost && hasMono ? .monotonic : hasWall ? .wall(error: error) : .order
    builder.setClock(clock)
    let error = clock == .wall(error: error) ? error : 0
    let readings: [Int64]? =
      switch clock {
      case .monotonic: monos
      case .wall: walls
      case .order: nil
      }
    // The other clock's are as large, and have served.
    (monos, walls) = ([], [])
    func time(_ event: Int) -> Int64 { readings.map { $0[event] } ?? Int64(event) }
    // No process's clock goes back in a file that is in order of time, as recordings are.
    let isInOrder =
      readings.map { times in times.indices.dropFirst().allSatisfy { times[$0 - 1] <= times[$0] } } ?? true
    var begun: [ProcessID: Int64] = [:]
    for id in (0..<builder.count).lazy.map({ OperationID($0) }) where clock != .order {
      let operation = builder[id]
      // No further than the times that are read reach: before and after those there is nothing to be unsure about, and
      // the difference of any two still fits.
      var invoked = max(time(Int(operation.invoked)) - error, -EventLine.timeMax)
      if !isInOrder {
        // An operation begins no sooner than its process's one before. A wall clock that says otherwise was set; a
        // monotonic one is not one clock, and says nothing of other processes either.
        if let before = begun[operation.process], invoked < before {
          guard case .wall = clock else {
            throw HistoryError(
              file: file, line: Int(operation.line),
              reason:
                "process \(operation.process) invokes an operation \(before - invoked) ns before the one before it, by the monotonic clock of one host; if the events come from several hosts, or from before and after a restart, leave \"host\" out of the run line"
            )
          }
          invoked = before
        }
        begun[operation.process] = invoked
      }
      let isOpen = operation.completed == Operation.never
      let completed =
        isOpen ? Operation.never : min(time(Int(operation.completed)) + error, EventLine.timeMax)
      guard builder.setTimes(of: id, invoked: invoked, completed: completed) else {
        let refusal = HistoryBuilder.Refusal.endsBeforeItBegins(
          operation.process, line: operation.line, by: invoked - completed)
        throw HistoryError(file: file, line: line(of: Int(operation.completed)), reason: refusal.description)
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
