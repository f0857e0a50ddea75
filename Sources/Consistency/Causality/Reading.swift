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
  let session: [Int]
  let position: [Int]
  /// The operations of each process in order.
  let sessions: [[Int]]
  /// For each operation what it read from: an operation or one of the constants above.
  private(set) var source: [Int]
  private(set) var happened: [Bool]
  /// An operation that happened and cannot have read from anything; nil when there is none.
  private(set) var sourceless: Int?

  private let completed: [Int64]
  private let invoked: [Int64]
  private let writersOfSlot: [[Int]]
  private let writersOfKey: [[Int]]
  /// What was settled, in order, so that it can be taken back: an operation whose source was chosen, or the complement
  /// of one that was found to have happened.
  private var log: [Int] = []

  /// Prepares the reading of some operations, with everything settled that has one possibility only.
  init(_ history: History, _ ids: some Collection<OperationID>) {
    let operations = EffectiveOperations(history, ids)
    self.operations = operations
    var number: [ProcessID: Int] = [:]
    var processes: [ProcessID] = []
    var sessions: [[Int]] = []
    var session: [Int] = []
    var position: [Int] = []
    for (operation, id) in operations.ids.enumerated() {
      let own = number[history[id].process] ?? sessions.count
      if own == sessions.count {
        number[history[id].process] = own
        sessions.append([])
        processes.append(history[id].process)
      }
      session.append(own)
      position.append(sessions[own].count)
      sessions[own].append(operation)
    }
    self.processes = processes
    self.session = session
    self.position = position
    self.sessions = sessions
    invoked = operations.ids.map { history[$0].invoked }
    completed = operations.ids.map { history[$0].completed }
    var writersOfSlot: [[Int]] = Array(repeating: [], count: operations.slotCount)
    var writersOfKey: [[Int]] = Array(repeating: [], count: operations.keys.count)
    for operation in 0..<operations.count where operations.sets[operation] != EffectiveOperations.none {
      writersOfSlot[Int(operations.sets[operation])].append(operation)
      writersOfKey[Int(operations.key[operation])].append(operation)
    }
    self.writersOfSlot = writersOfSlot
    self.writersOfKey = writersOfKey
    source = Array(repeating: Self.nothing, count: operations.count)
    happened = Array(repeating: false, count: operations.count)
    for operation in 0..<operations.count where !operations.isOptional[operation] {
      happen(operation)
    }
    log = []
  }

  var count: Int { operations.count }

  func isWrite(_ operation: Int) -> Bool { operations.sets[operation] != EffectiveOperations.none }

  func key(_ operation: Int) -> Int { Int(operations.key[operation]) }

  /// The first operation whose source is open; nil when all is settled.
  var firstOpen: Int? { source.firstIndex(of: Self.open) }

  /// What an operation may have read from: operations, and perhaps ``initial``. Those come first that would be most
  /// natural: the latest begun before the operation ended.
  func candidates(of operation: Int) -> [Int] {
    let found = possibleSources(of: operation, max: .max)
    func time(_ source: Int) -> Int64 { source == Self.initial ? .min : invoked[source] }
    let end = completed[operation]
    return found.sorted { left, right in
      let (first, second) = (time(left), time(right))
      if (first <= end) != (second <= end) { return first <= end }
      return first <= end ? first > second : first < second
    }
  }

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
  private mutating func happen(_ first: Int) {
    var found = [first]
    while let operation = found.popLast() {
      if happened[operation] { continue }
      happened[operation] = true
      log.append(~operation)
      guard
        operations.needs[operation] != EffectiveOperations.none
          || operations.avoids[operation] != EffectiveOperations.none
      else { continue }
      let sources = possibleSources(of: operation, max: 2)
      switch sources.count {
      case 0: sourceless = sourceless ?? operation
      case 1:
        source[operation] = sources[0]
        if sources[0] >= 0 { found.append(sources[0]) }
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
      needs == EffectiveOperations.none ? writersOfKey[key(operation)] : writersOfSlot[Int(needs)]
    for writer in writers {
      if found.count >= max { break }
      if session[writer] == session[operation], writer >= operation { continue }
      if operations.sets[writer] != avoids { found.append(writer) }
    }
    return found
  }
}
