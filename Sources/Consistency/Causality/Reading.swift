import History

/// Which operation each operation of a history read from, as far as that is settled.
///
/// Where every observed value has one possible source, everything is settled from the start. Where values repeat, or a
/// compare-and-set does not tell what it found, some sources are *open*, and ``ReadingSearch`` tries them. An operation
/// of unknown outcome happened if something that happened read from it: whatever is not read from may be left out, since
/// an operation less never breaks a promise of the causal family or of a session.
///
/// Making one is linear; choosing a source costs what it settles.
struct Reading {
  /// The source of an operation that finds nothing.
  static let nothing = -1
  /// The source of an operation that found the initial value.
  static let initial = -2
  /// The source of an operation that may have several.
  static let open = -3

  let operations: EffectiveOperations
  /// The processes, in order of appearance.
  let processes: [ProcessID]
  /// The process of each operation, as a place in ``processes``, and the operation's place in the process.
  let session: Column
  let position: Column
  /// The operations of each process in order.
  let sessions: [[Int]]
  /// For each operation what it read from: an operation or one of the constants above.
  private(set) var source: Column
  private(set) var happened: [Bool]
  /// An operation that happened and cannot have read from anything; nil when there is none.
  private(set) var sourceless: Int?

  private let history: History
  private let writersOfSlot: Rows
  private let writersOfKey: Rows
  /// What was settled, in order, so that it can be taken back: an operation whose source was chosen, or the complement
  /// of one that was found to have happened.
  private var log: [Int] = []

  /// The memory that an operation takes, in bytes, ``EffectiveOperations`` and the rows of writers apart.
  private static let bytesPerOperation = 22
  /// The memory that a process takes, in bytes, its operations apart.
  private static let bytesPerProcess = 64

  /// Prepares the reading of some operations, with everything settled that has one possibility only.
  init(_ history: History, _ ids: some Collection<OperationID>, _ budget: Budget) throws(LimitReached) {
    let operations = try EffectiveOperations(history, ids, budget)
    try budget.ask(for: operations.count * Self.bytesPerOperation)
    self.operations = operations
    self.history = history
    var number = NumberTable()
    var processes: [ProcessID] = []
    var lengths = Column()
    var session = Column()
    var position = Column()
    session.reserveCapacity(operations.count)
    position.reserveCapacity(operations.count)
    for id in operations.ids {
      try budget.look()
      let process = history[id].process
      let own = Int(number.number(of: UInt64(UInt32(bitPattern: process.number))))
      if own == processes.count {
        lengths.append(0)
        processes.append(process)
      }
      session.append(own)
      position.append(lengths[own])
      lengths[own] += 1
    }
    try budget.ask(for: processes.count * Self.bytesPerProcess)
    // With the room they need: what grows by doubling takes half as much again, and twice as much on the way.
    var sessions = lengths.indices.map { own in
      var operations: [Int] = []
      operations.reserveCapacity(lengths[own])
      return operations
    }
    for operation in operations.ids.indices {
      try budget.look()
      sessions[session[operation]].append(operation)
    }
    self.processes = processes
    self.session = session
    self.position = position
    self.sessions = sessions
    writersOfSlot = try Rows(operations.count, into: operations.slotCount, budget) { operation in
      let slot = operations.sets[operation]
      return slot == EffectiveOperations.none ? nil : Int(slot)
    }
    writersOfKey = try Rows(operations.count, into: operations.keys.count, budget) { operation in
      operations.sets[operation] == EffectiveOperations.none ? nil : Int(operations.key[operation])
    }
    source = Column(repeating: Self.nothing, count: operations.count)
    happened = Array(repeating: false, count: operations.count)
    for operation in 0..<operations.count where !operations.isOptional[operation] {
      try budget.look()
      happen(operation, isLogged: false)
    }
  }

  var count: Int { operations.count }

  func isWrite(_ operation: Int) -> Bool { operations.sets[operation] != EffectiveOperations.none }

  /// Whether an operation says something of what it found, if it happened.
  func isFinder(_ operation: Int) -> Bool {
    operations.needs[operation] != EffectiveOperations.none
      || operations.avoids[operation] != EffectiveOperations.none
  }

  func key(_ operation: Int) -> Int { Int(operations.key[operation]) }

  /// The writes of an operation's key, whether they happened or not, in order of invocation.
  func writers(ofKeyOf operation: Int) -> Rows.Row { writersOfKey[key(operation)] }

  /// The first operation whose source is open; nil when all is settled.
  var firstOpen: Int? { source.firstIndex(of: Self.open) }

  /// What an operation may have read from: operations, and perhaps ``initial``. Those come first that would be most
  /// natural: the latest begun before the operation ended.
  func candidates(of operation: Int) -> [Int] {
    let found = possibleSources(of: operation, max: .max)
    func time(_ source: Int) -> Int64 {
      source == Self.initial ? .min : history[operations.ids[source]].invoked
    }
    let end = history[operations.ids[operation]].completed
    return found.sorted { left, right in
      let (first, second) = (time(left), time(right))
      if (first <= end) != (second <= end) { return first <= end }
      return first <= end ? first > second : first < second
    }
  }

  /// Whether there is more than one of these.
  func hasSeveralSources(_ operation: Int) -> Bool { possibleSources(of: operation, max: 2).count > 1 }

  /// A point to which choices can be taken back.
  var mark: Int { log.count }

  /// Settles what an operation read from.
  mutating func choose(_ chosen: Int, for operation: Int) {
    source[operation] = chosen
    log.append(operation)
    if chosen >= 0 { happen(chosen) }
  }

  /// Takes back everything since a point.
  mutating func undo(to mark: Int) {
    sourceless = nil
    while log.count > mark {
      let entry = log.removeLast()
      if entry >= 0 {
        source[entry] = Self.open
      } else {
        happened[~entry] = false
        source[~entry] = Self.nothing
      }
    }
  }

  /// Settles that an operation happened, and what follows from it.
  ///
  /// - Parameter isLogged: whether it is to be taken back some time.
  private mutating func happen(_ first: Int, isLogged: Bool = true) {
    var next: Int? = first
    while let operation = next {
      next = nil
      if happened[operation] { return }
      happened[operation] = true
      if isLogged { log.append(~operation) }
      guard isFinder(operation) else { return }
      let sources = possibleSources(of: operation, max: 2)
      switch sources.count {
      case 0: sourceless = sourceless ?? operation
      case 1:
        source[operation] = sources[0]
        if sources[0] >= 0 { next = sources[0] }
      default: source[operation] = Self.open
      }
    }
  }

  /// At most `max` of the operations that may have written what an operation found. Never itself, nor what its process
  /// did after it.
  private func possibleSources(of operation: Int, max: Int) -> [Int] {
    let (needs, avoids) = (operations.needs[operation], operations.avoids[operation])
    if needs == avoids { return [] }
    let initial = operations.initial[key(operation)]
    var found: [Int] = []
    if needs == EffectiveOperations.none ? initial != avoids : initial == needs { found.append(Self.initial) }
    let writers =
      needs == EffectiveOperations.none ? writers(ofKeyOf: operation) : writersOfSlot[Int(needs)]
    for writer in writers {
      if found.count >= max { break }
      if session[writer] == session[operation], writer >= operation { continue }
      if operations.sets[writer] != avoids { found.append(writer) }
    }
    return found
  }
}
