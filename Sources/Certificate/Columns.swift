import History
import KeyValue

/// A history arranged for verifying: the processes numbered from 0, and each operation's place in its own.
///
/// Linear, and without a dictionary where the numbers of processes are dense.
struct Columns {
  let history: History
  let operations: [Operation]
  let keyCount: Int
  /// The process of each operation, by number, and the operation's place in it.
  let session: [Int32]
  let position: [Int32]
  /// The operations of all processes, one process after the other, and where each begins; one more for the end.
  let bySession: [Int32]
  let sessionStart: [Int]
  /// The name of each process.
  let processes: [ProcessID]
  /// How many operations any run that fits the recording must contain.
  let requiredCount: Int

  /// Is asked on the way whether verifying may go on.
  let pace: Pace

  /// The memory that an operation takes, in bytes.
  static let bytesPerOperation = 16

  var sessionCount: Int { processes.count }

  /// Arranges a history, however long it takes.
  init(_ history: History, _ pace: Pace = Pace()) {
    self.init(history, pace) {}
  }

  /// Arranges a history at the pace that is set.
  init(pacing history: History, _ pace: Pace) throws(Objection) {
    try pace.ask(for: history.operations.count * Self.bytesPerOperation)
    try self.init(history, pace) { () throws(Objection) in try pace.step() }
  }

  private init<Failure: Error>(
    _ history: History, _ pace: Pace, step: () throws(Failure) -> Void
  ) throws(Failure) {
    self.history = history
    self.pace = pace
    let operations = history.operations
    self.operations = operations
    keyCount = history.keys.count
    var numbers = try SessionNumbers(operations, step)
    var session = [Int32](repeating: 0, count: operations.count)
    var position = session
    var counts: [Int32] = []
    var processes: [ProcessID] = []
    var requiredCount = 0
    for index in operations.indices {
      try step()
      let process = operations[index].process
      let number = numbers.number(of: process.number, next: counts.count)
      if number == counts.count {
        counts.append(0)
        processes.append(process)
      }
      session[index] = Int32(truncatingIfNeeded: number)
      position[index] = counts[number]
      counts[number] &+= 1
      if operations[index].isRequired { requiredCount &+= 1 }
    }
    var start = 0
    var sessionStart: [Int] = []
    sessionStart.reserveCapacity(counts.count + 1)
    for count in counts {
      sessionStart.append(start)
      start += Int(count)
    }
    sessionStart.append(start)
    var bySession = [Int32](repeating: 0, count: operations.count)
    for index in operations.indices {
      try step()
      bySession[sessionStart[Int(session[index])] + Int(position[index])] = Int32(truncatingIfNeeded: index)
    }
    self.session = session
    self.position = position
    self.bySession = bySession
    self.sessionStart = sessionStart
    self.processes = processes
    self.requiredCount = requiredCount
  }

  /// The operations of a process in order.
  func operations(of session: Int) -> ArraySlice<Int32> {
    bySession[sessionStart[session]..<sessionStart[session + 1]]
  }

  func initialValue(_ key: KeyID) -> ValueID { history.initialValue(of: key) }

  /// An operation that evidence names.
  func operation(_ index: Int32) throws(Objection) -> Operation {
    guard index >= 0, Int(index) < operations.count else {
      throw Objection("there is no operation #\(index)")
    }
    return operations[Int(index)]
  }

  func objection(_ reason: String, at index: Int32) -> Objection {
    Objection("operation #\(index) \(reason)", key: history[operations[Int(index)].key])
  }

  /// Whether no two operations of one process touch, so that real time contains process order. What had no effect does
  /// not count.
  var showsProcessOrder: Bool {
    var ended = [Int64](repeating: .min, count: sessionCount)
    for index in operations.indices where operations[index].isInPlay {
      let session = Int(session[index])
      if ended[session] != .min, ended[session] >= operations[index].invoked { return false }
      ended[session] = operations[index].completed
    }
    return true
  }

  /// Whether any total order, of one in real time or else of one by process order alone, puts one operation before
  /// another.
  func precedes(_ first: Int32, _ second: Int32, inRealTime: Bool) -> Bool {
    if session[Int(first)] == session[Int(second)] { return first < second }
    return inRealTime && operations[Int(first)].completed < operations[Int(second)].invoked
  }
}

/// The numbers from 0 that stand for those of processes.
private struct SessionNumbers {
  private var dense: [Int32] = []
  private var least: Int32 = 0
  private var sparse: [Int32: Int] = [:]

  init<Failure: Error>(_ operations: [Operation], _ step: () throws(Failure) -> Void) throws(Failure) {
    var least = Int32.max
    var most = Int32.min
    for index in operations.indices {
      try step()
      least = min(least, operations[index].process.number)
      most = max(most, operations[index].process.number)
    }
    guard least <= most else { return }
    let range = Int(most) - Int(least) + 1
    self.least = least
    if range <= 4 * operations.count + 1024 { dense = Array(repeating: -1, count: range) }
  }

  mutating func number(of process: Int32, next: Int) -> Int {
    if dense.isEmpty {
      if let number = sparse[process] { return number }
      sparse[process] = next
      return next
    }
    let place = Int(process) - Int(least)
    if dense[place] >= 0 { return Int(dense[place]) }
    dense[place] = Int32(truncatingIfNeeded: next)
    return next
  }
}

extension Operation {
  /// Whether any run that fits the recording contains the operation and it says or does something.
  var isRequired: Bool { outcome == .ok && (kind != .read || hasResult) }

  /// Whether a run may contain the operation and it says or does something.
  var isInPlay: Bool { isRequired || (outcome == .unknown && kind != .read) }

  /// Whether it changes its key, where it happened.
  var isWrite: Bool { kind != .read && outcome != .fail && !isMismatch }

  /// Whether it tells something about what it found, where it happened.
  var isFinder: Bool { isInPlay && kind != .write }

  /// Whether it can have found a value.
  func fits(_ found: ValueID) -> Bool {
    switch kind {
    case .read: !hasResult || value == found
    case .write: true
    case .compareAndSet where isMismatch: expected != found && (!hasResult || value == found)
    case .compareAndSet: expected == found
    }
  }
}
