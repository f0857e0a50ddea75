import History

/// The clauses that an order of operations has to satisfy, as far as they were needed.
///
/// There is a variable for whether an operation happened, one for each write that an operation may have read from, and one
/// for the order of two writes of a key, for those pairs whose order has mattered. And one for whether an operation keeps to
/// real time, among all that do: nothing says that it has to, but it may be assumed. At first there are only the clauses which
/// say that each operation that happened read from something, and that this happened too. That an order has no circles is
/// said circle by circle, of those that showed (``OrderCandidate``): saying it of all operations at once would take a clause
/// for any three of them.
///
/// Where an operation may have read from several writes, there is at first only a variable for each of those from which it can
/// have read in real time, and one for all others together, of which it may be assumed that it was none (``expand(_:_:_:)``).
///
/// The variables say by their sense what is likely, for a solver that tries true first: each operation read from the most
/// natural source, and writes came in order of invocation.
struct OrderFormula {
  /// Two writes of a key, the first one invoked first, and the literal that says that they came in this order; 0 where
  /// there is no other.
  struct Pair {
    let first: Int
    let second: Int
    let literal: Int32
  }

  /// Something that an operation may have read from, an operation or ``Reading/initial``, and the literal that says so; 0
  /// where there is nothing else.
  struct Source {
    let write: Int
    let literal: Int32
  }

  /// All clauses one after the other, each ended by 0. They name every operation they are about, so that they hold too
  /// of a part of the operations.
  private(set) var clauses: [Int32] = []
  private(set) var pairs: [Pair] = []
  private let isOptional: [Bool]
  private let session: Column
  private let realTime: RealTime
  private var known: Set<UInt64> = []
  private let ownWrite: Column
  /// For each operation what it may have read from, the most natural first.
  private(set) var sources: [[Source]]
  /// For each operation the literal that it read from something else; 0 where there is nothing.
  private(set) var others: [Int32]
  private var sourcesCount = 0
  /// Up to how many sources the memory was asked for.
  private var weighed = 0
  private var variables: Int
  /// Whether a variable is in some clause. Of the others a solver says nothing.
  private var isConstrained: [Bool]

  /// The memory that an operation takes here, in bytes, its sources apart.
  private static let bytesPerOperation = 60
  /// The memory that a source takes here, with its clauses, in bytes.
  private static let bytesPerSource = 64

  /// Makes the clauses that are there at first.
  init(_ reading: Reading, _ realTime: RealTime, _ budget: Budget) throws(LimitReached) {
    try budget.ask(for: reading.count * Self.bytesPerOperation)
    self.realTime = realTime
    isOptional = reading.operations.isOptional
    session = reading.session
    variables = 2 * reading.count
    isConstrained = Array(repeating: false, count: variables + 1)
    ownWrite = Self.lastOwnWrites(reading)
    sources = Array(repeating: [], count: reading.count)
    others = Array(repeating: 0, count: reading.count)
    for operation in 0..<reading.count {
      try budget.look()
      if reading.isFinder(operation) { try addSources(of: operation, reading, budget) }
    }
  }

  /// For each operation the last write of its key that its process certainly made before; -1 for none.
  private static func lastOwnWrites(_ reading: Reading) -> Column {
    var result = Column(repeating: -1, count: reading.count)
    for operations in reading.sessions {
      var last: [Int: Int] = [:]
      for operation in operations {
        if let write = last[reading.key(operation)] { result[operation] = write }
        if reading.isWrite(operation), !reading.operations.isOptional[operation] {
          last[reading.key(operation)] = operation
        }
      }
    }
    return result
  }

  private mutating func addSources(of operation: Int, _ reading: Reading, _ budget: Budget)
    throws(LimitReached)
  {
    if reading.hasSeveralSources(operation), let natural = realTime.sources(of: operation, reading) {
      others[operation] = -newVariable()
      let sources = natural.filter { !isReplaced($0, before: operation) }
      try add(sources, of: operation, unless: [others[operation]], reading, budget)
      return
    }
    let candidates = reading.candidates(of: operation)
    if candidates.count == 1, !isReplaced(candidates[0], before: operation) {
      sources[operation] = [Source(write: candidates[0], literal: 0)]
      if candidates[0] >= 0 { add([-Self.presence(of: operation), Self.presence(of: candidates[0])]) }
      return
    }
    try addAll(candidates, of: operation, unless: [], reading, budget)
  }

  /// Tells what else an operation may have read from.
  mutating func expand(_ operation: Int, _ reading: Reading, _ budget: Budget) throws(LimitReached) {
    let told = Set(sources[operation].map(\.write))
    let candidates = reading.candidates(of: operation).filter { !told.contains($0) }
    try addAll(candidates, of: operation, unless: [-others[operation]], reading, budget)
    others[operation] = 0
  }

  private mutating func addAll(
    _ candidates: [Int], of operation: Int, unless clause: [Int32], _ reading: Reading, _ budget: Budget
  ) throws(LimitReached) {
    let open = candidates.filter { !isReplaced($0, before: operation) }
    let why = open.count < candidates.count ? [-Self.presence(of: ownWrite[operation])] : []
    try add(open, of: operation, unless: clause + why, reading, budget)
  }

  /// Whether its own process wrote over something before an operation, which then did not read it.
  private func isReplaced(_ source: Int, before operation: Int) -> Bool {
    let write = ownWrite[operation]
    return write >= 0 && source < write && (source < 0 || session[source] == session[operation])
  }

  /// Says that an operation that happened read from one of some sources, unless one of some literals holds.
  private mutating func add(
    _ writes: [Int], of operation: Int, unless clause: [Int32], _ reading: Reading, _ budget: Budget
  ) throws(LimitReached) {
    try budget.look(after: 4 * writes.count)
    try weigh(adding: writes.count, budget)
    var clause = clause + [-Self.presence(of: operation)]
    for write in writes {
      let literal = sources[operation].isEmpty ? newVariable() : -newVariable()
      let source = Source(write: write, literal: literal)
      sources[operation].append(source)
      clause.append(literal)
      if write >= 0 { add([-literal, Self.presence(of: write)]) }
      addRealTime(source, of: operation, key: reading.key(operation))
    }
    add(clause)
  }

  /// Asks for memory before the arrays grow.
  private mutating func weigh(adding count: Int, _ budget: Budget) throws(LimitReached) {
    sourcesCount += count
    guard sourcesCount > weighed else { return }
    weighed = 2 * sourcesCount + 1_024
    guard budget.hasRoom(for: weighed * Self.bytesPerSource, beside: sourcesCount * Self.bytesPerSource)
    else {
      throw LimitReached(kind: .memory)
    }
  }

  /// A clause that says of a source that it is none if operations keep to real time, if that is so.
  private mutating func addRealTime(_ source: Source, of operation: Int, key: Int) {
    if source.write >= 0, realTime.precedes(operation, source.write) {
      add([-source.literal, -Self.presence(of: operation)] + [operation, source.write].map { -keeping($0) })
    } else if let write = realTime.write(of: key, after: source.write, before: operation) {
      add(
        [-source.literal, -Self.presence(of: operation), -Self.presence(of: write)]
          + [operation, source.write, write].filter { $0 >= 0 }.map { -keeping($0) })
    }
  }

  /// The literal that says that an operation keeps to real time.
  func keeping(_ operation: Int) -> Int32 { Int32(truncatingIfNeeded: isOptional.count + operation) + 1 }

  /// The literal that says that an operation happened.
  static func presence(of operation: Int) -> Int32 { Int32(truncatingIfNeeded: operation) + 1 }

  /// Whether a literal says, or denies, of an operation that certainly happened that it did.
  private func isCertain(_ literal: Int32) -> Bool {
    let place = Int(literal.magnitude) - 1
    return place < isOptional.count && !isOptional[place]
  }

  /// The value of a literal, given what a solver says.
  func value(_ literal: Int32, in solver: borrowing SATSolver) -> Bool {
    if literal == 0 { return true }
    return isConstrained[Int(literal.magnitude)] ? solver.isTrue(literal) : literal > 0
  }

  /// Lets the order of two writes of a key count, if it did not.
  mutating func addPair(_ one: Int, _ other: Int) {
    let (first, second) = (min(one, other), max(one, other))
    guard known.insert(UInt64(first) << 32 | UInt64(second)).inserted else { return }
    let literal = session[first] == session[second] ? 0 : newVariable()
    pairs.append(Pair(first: first, second: second, literal: literal))
    if literal != 0, realTime.precedes(first, second) { add([literal, -keeping(first), -keeping(second)]) }
  }

  /// Adds a clause.
  mutating func add(_ clause: some Collection<Int32>) {
    for literal in clause { isConstrained[Int(literal.magnitude)] = true }
    clauses += clause
    clauses.append(0)
  }

  /// Tells a solver the clauses from a place on.
  ///
  /// - Parameter ofPart: whether the solver is to think that operations that certainly happened may not have.
  /// - Returns: the place from which to go on another time.
  func tell(
    _ solver: inout SATSolver, from start: Int, ofPart: Bool, _ budget: Budget
  ) throws(LimitReached) -> Int {
    var place = start
    while let end = clauses[place...].firstIndex(of: 0) {
      var clause = clauses[place..<end]
      place = end + 1
      if !ofPart {
        if clause.contains(where: { $0 > 0 && isCertain($0) }) { continue }
        clause.removeAll { isCertain($0) }
      }
      try solver.add(clause, budget)
    }
    return place
  }

  private mutating func newVariable() -> Int32 {
    variables += 1
    isConstrained.append(false)
    return Int32(truncatingIfNeeded: variables)
  }
}
