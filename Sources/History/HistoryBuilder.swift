public import KeyValue

/// Assembles a history from events and refuses those that no run can produce.
///
/// The same rules hold for a file, a generator and a test: a completion needs an open invocation of its process, a
/// process has one operation open at a time, and an operation of unknown outcome is its process's last.
public struct HistoryBuilder: Sendable {
  /// Why an event does not fit the events before it.
  public enum Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The process has an operation open already, invoked at that line.
    case alreadyOpen(ProcessID, line: UInt32)
    /// The process's last operation, invoked at that line, has an unknown outcome.
    case afterUnknown(ProcessID, line: UInt32)
    /// The process has no operation open.
    case notOpen(ProcessID)
    /// The operation would end before it began.
    case endsBeforeItBegins(ProcessID, line: UInt32, by: Int64)

    /// What is wrong, in a sentence.
    public var description: String {
      switch self {
      case .alreadyOpen(let process, let line):
        "process \(process) invokes an operation while the one it invoked on line \(line) is open"
      case .afterUnknown(let process, let line):
        "process \(process) goes on after its operation of line \(line), whose outcome is unknown; a client must go on under a new process number"
      case .notOpen(let process):
        "process \(process) completes an operation that it never invoked"
      case .endsBeforeItBegins(let process, let line, let nanoseconds):
        "process \(process) completes the operation of line \(line) \(nanoseconds) ns before it was invoked; if its clock was set back meanwhile, declare by how much with --clock-error"
      }
    }
  }

  var history = History()
  var keyIDs = InternTable()
  var valueIDs = InternTable()
  private var states = ProcessStates()

  /// Starts an empty history.
  ///
  /// - Parameter run: what was run; its initial values become the history's.
  public init(run: RunDescription? = nil, clock: History.Clock = .order) {
    history.run = run
    history.clock = clock
  }

  /// Begins an operation. Its completion is ``Operation/never`` and its outcome unknown until ``complete`` says
  /// otherwise.
  ///
  /// - Throws: ``Refusal`` when the process is not free to begin one.
  @discardableResult
  public mutating func invoke(
    _ kind: Operation.Kind, process: ProcessID, key: Key, value: Value = .null, expected: Value = .null,
    at time: Int64, client: Int32? = nil, server: Int32? = nil, isFinal: Bool = false, line: UInt32 = 0
  ) throws(Refusal) -> OperationID {
    try invoke(
      kind, process: process, key: id(of: key), value: id(of: value), expected: id(of: expected), at: time,
      client: client, server: server, isFinal: isFinal, line: line)
  }

  /// Begins an operation of a key and values that are the history's already.
  ///
  /// - Throws: ``Refusal`` when the process is not free to begin one.
  @discardableResult
  public mutating func invoke(
    _ kind: Operation.Kind, process: ProcessID, key: KeyID, value: ValueID, expected: ValueID,
    at time: Int64, client: Int32? = nil, server: Int32? = nil, isFinal: Bool = false, line: UInt32 = 0
  ) throws(Refusal) -> OperationID {
    switch states[process] {
    case .open(let index):
      throw .alreadyOpen(process, line: history.operations[index].line)
    case .unknown(let index):
      throw .afterUnknown(process, line: history.operations[index].line)
    case .idle:
      break
    }
    let index = history.operations.count
    history.operations.append(
      Operation(
        kind: kind, outcome: .unknown, process: process, client: client, server: server, isFinal: isFinal,
        key: key, value: value, expected: expected, invoked: time, completed: Operation.never, line: line))
    states[process] = .open(index)
    return OperationID(index)
  }

  /// The open operation of a process.
  ///
  /// - Throws: ``Refusal/notOpen(_:)`` when there is none.
  public func open(_ process: ProcessID) throws(Refusal) -> OperationID {
    guard case .open(let index) = states[process] else { throw .notOpen(process) }
    return OperationID(index)
  }

  /// Ends the open operation of a process.
  ///
  /// - Parameters:
  ///   - result: what a read returned, or a mismatched compare-and-set found; nil when the recording does not say.
  ///   - isMismatch: whether a compare-and-set found another value than it expected.
  /// - Throws: ``Refusal`` when no operation is open or when it would end before it began.
  public mutating func complete(
    _ process: ProcessID, _ outcome: Operation.Outcome, result: Value? = nil, isMismatch: Bool = false,
    server: Int32? = nil, isFinal: Bool = false, at time: Int64
  ) throws(Refusal) {
    let result = result.map { id(of: $0) }
    try complete(
      process, outcome, resultID: result, isMismatch: isMismatch, server: server, isFinal: isFinal, at: time)
  }

  /// Ends the open operation of a process with a value that is the history's already.
  ///
  /// - Throws: ``Refusal`` when no operation is open or when it would end before it began.
  public mutating func complete(
    _ process: ProcessID, _ outcome: Operation.Outcome, resultID: ValueID?, isMismatch: Bool = false,
    server: Int32? = nil, isFinal: Bool = false, at time: Int64
  ) throws(Refusal) {
    let index = try open(process).index
    var operation = history.operations[index]
    operation.outcome = outcome
    operation.isFinal = operation.isFinal || isFinal
    operation.server = server ?? operation.server
    if outcome == .unknown {
      states[process] = .unknown(index)
    } else {
      guard time >= operation.invoked else {
        throw .endsBeforeItBegins(process, line: operation.line, by: operation.invoked &- time)
      }
      operation.completed = time
      states[process] = .idle
    }
    if outcome == .ok {
      operation.isMismatch = isMismatch
      if operation.kind == .read || isMismatch {
        operation.hasResult = resultID != nil
        operation.value = resultID ?? .null
      } else {
        operation.hasResult = true
      }
    }
    history.operations[index] = operation
  }

  /// The keys named so far, in order of first appearance.
  public var keys: [Key] { history.keys }

  /// The key of an id.
  public func key(_ id: KeyID) -> Key { history[id] }

  /// An operation that was begun.
  subscript(id: OperationID) -> Operation { history.operations[id.index] }

  /// Makes room for so many operations.
  mutating func reserve(operations count: Int) {
    history.operations.reserveCapacity(count)
  }

  /// The most memory, in bytes, that so many more operations, each with a new value, may take in one go.
  func growth(operations count: Int) -> Int {
    [
      history.operations.growth(adding: count), history.values.growth(adding: count),
      valueIDs.growth(adding: count), keyIDs.growth(adding: count),
    ].max() ?? 0
  }

  /// The number of operations that were begun.
  var count: Int { history.operations.count }

  /// Replaces the times of an operation, and says whether it still ends no sooner than it begins.
  mutating func setTimes(of id: OperationID, invoked: Int64, completed: Int64) -> Bool {
    history.operations[id.index].invoked = invoked
    history.operations[id.index].completed = completed
    return invoked <= completed
  }

  /// Sets which clock the times are of.
  mutating func setClock(_ clock: History.Clock) {
    history.clock = clock
  }

  /// Notes a fault.
  public mutating func add(_ fault: Fault) {
    history.faults.append(fault)
  }

  /// Adds a sentence that a reader of a verdict should know.
  public mutating func warn(_ sentence: String) {
    history.warnings.append(sentence)
  }

  /// Sets how the run ended.
  public mutating func end(_ end: RunEnd) {
    history.end = end
  }

  /// The finished history. Operations that were not completed have an unknown outcome. n log n in the operations if
  /// they were not added in order of invocation.
  ///
  /// - Parameter wallClockOffset: what to add to times for nanoseconds since 1970.
  public consuming func history(wallClockOffset: Int64? = nil) -> History {
    var history = History()
    swap(&history, &self.history)
    history.wallClockOffset = wallClockOffset
    history.sortByInvocation()
    return history
  }
}

extension History {
  /// Puts the operations into the order of their invocation; those of one instant keep theirs, as a process may begin
  /// several. In place but for a number for each, since a second copy of the operations would be the largest thing there is.
  fileprivate mutating func sortByInvocation() {
    let isSorted = operations.indices.dropFirst().allSatisfy {
      operations[$0 - 1].invoked <= operations[$0].invoked
    }
    guard !isSorted else { return }
    /// For each place the operation that belongs there.
    var origin = operations.indices.map { UInt32(truncatingIfNeeded: $0) }
    origin.sort { (operations[Int($0)].invoked, $0) < (operations[Int($1)].invoked, $1) }
    for start in origin.indices where Int(origin[start]) != start {
      let first = operations[start]
      var place = start
      while true {
        let next = Int(origin[place])
        origin[place] = UInt32(truncatingIfNeeded: place)
        if next == start { break }
        operations[place] = operations[next]
        place = next
      }
      operations[place] = first
    }
  }
}
