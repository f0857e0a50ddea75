import History

/// Decides whether a whole history is sequentially consistent, by a SAT solver: what each operation read from and how the
/// writes of a key are ordered are its variables, so that what it learns of a few operations counts for all that is tried
/// afterwards, which no ``SequentialSearch`` over configurations does.
///
/// How, in rounds: the solver proposes values for the variables (``OrderFormula``). If what they say must come before what
/// has circles (``OrderCandidate``), the circles become clauses. If not, an order of all operations is made which extends it
/// (``GuidedOrder``). Where each operation finds there what it did, that is the answer. Otherwise writes lie between an
/// operation and what it read from, and the order of those writes becomes a variable. When there are no values left there is
/// no order. Each round adds a clause or a variable, of which there are finitely many.
///
/// What makes the rounds few: at first it is assumed that all operations keep to real time, which leaves open only how those
/// are ordered that overlap. Where that cannot be, the solver names operations that cannot all keep to it, and it is not
/// assumed of them any more. A store's history has few of them, and where every operation is among them nothing is assumed.
struct SatisfiabilitySearch: ~Copyable {
  /// How often the operations that contradict one another are asked for fewer of them.
  private static let coreRoundsMax = 8
  /// The memory that an operation takes here, in bytes: two literals, and in a round a mark and a place among those left to
  /// settle, which grow by doubling.
  private static let bytesPerOperation = 25

  private let history: History
  private var reading: Reading
  private let mark: Int
  private var formula: OrderFormula
  private var solver: SATSolver
  /// How many of the formula's literals the solver was told.
  private var told = 0
  private var sourceLiterals: [Int32]
  private let realTime: RealTime
  /// For each operation the literal that it keeps to real time; 0 for those of which that is not assumed any more.
  private var keeping: [Int32]

  /// Prepares the search among some operations.
  init(_ history: History, _ ids: [OperationID], _ budget: Budget) throws(LimitReached) {
    let reading = try Reading(history, ids, budget)
    try budget.ask(for: reading.count * Self.bytesPerOperation)
    let realTime = try RealTime(reading, history, budget)
    let formula = try OrderFormula(reading, realTime, budget)
    let solver = try SATSolver(budget)
    self.history = history
    self.reading = reading
    self.realTime = realTime
    keeping = (0..<reading.count).map { formula.keeping($0) }
    mark = reading.mark
    self.formula = formula
    self.solver = solver
    sourceLiterals = Array(repeating: 0, count: reading.count)
  }

  /// An order of all operations that must be placed; nil when there is none.
  mutating func order(_ budget: Budget) throws(LimitReached) -> [OperationID]? {
    var isAnswered = false
    while true {
      if let limit = budget.spend() { throw LimitReached(kind: limit) }
      if !isAnswered || told < formula.clauses.count {
        told = try formula.tell(&solver, from: told, ofPart: false, budget)
        switch solver.solve(assuming: assumptions, budget) {
        case .satisfiable: isAnswered = true
        case .unsatisfiable:
          guard try release(budget) else { return nil }
          isAnswered = false
          continue
        case .limit(let kind): throw LimitReached(kind: kind)
        }
      }
      try settle(budget)
      if let order = try improve(budget) { return try order.ids(reading, budget) }
    }
  }

  /// That operations keep to real time, and that none read from anything else than it could have then.
  private var assumptions: [Int32] {
    keeping.filter { $0 != 0 } + formula.others.filter { $0 != 0 }.map { -$0 }
  }

  /// Does not assume any more what cannot all be: first what operations did not read from, and that those keep to real time
  /// that only read, as these are what lags behind in most stores.
  ///
  /// - Returns: false when it was not for what was assumed that there is no order.
  private mutating func release(_ budget: Budget) throws(LimitReached) -> Bool {
    let late = keeping.indices.filter { keeping[$0] != 0 && solver.hasFailed(keeping[$0]) }
    let astray = formula.others.indices.filter {
      formula.others[$0] != 0 && solver.hasFailed(-formula.others[$0])
    }
    for operation in astray { try formula.expand(operation, reading, budget) }
    let readers = late.filter { !reading.isWrite($0) }
    for operation in readers.isEmpty && astray.isEmpty ? late : readers { keeping[operation] = 0 }
    return !late.isEmpty || !astray.isEmpty
  }

  /// Looks for an order by the solver's values; if there is none, adds to the formula why.
  private mutating func improve(_ budget: Budget) throws(LimitReached) -> GuidedOrder? {
    let readers = try Readers(reading, budget)
    let pairs = formula.pairs.map { pair in
      formula.value(pair.literal, in: solver)
        ? pair : OrderFormula.Pair(first: pair.second, second: pair.first, literal: -pair.literal)
    }
    let candidate = try OrderCandidate(
      reading, readers, sourceLiterals: sourceLiterals, pairs: pairs, realTime, keeping: keeping, budget)
    let circles = try candidate.circles(budget)
    if !circles.isEmpty {
      for circle in circles.sorted(by: { $0.lexicographicallyPrecedes($1) }) { formula.add(circle) }
      return nil
    }
    let order = try GuidedOrder.best(reading, history, readers: readers, derived: candidate.derived, budget)
    guard let order, !order.conflicts.isEmpty else { return order }
    for operation in order.conflicts {
      let source = reading.source[operation]
      for write in reading.writers(ofKeyOf: operation) where write != operation && source >= 0 {
        try budget.look()
        if order.place[write] > order.place[source], order.place[write] < order.place[operation] {
          formula.addPair(source, write)
        }
      }
    }
    return nil
  }

  /// Reads the solver's values: what each operation read from, and with that, which of unknown outcome happened.
  private mutating func settle(_ budget: Budget) throws(LimitReached) {
    reading.undo(to: mark)
    var left = (0..<reading.count).filter { reading.source[$0] != Reading.nothing }
    var isSettled = Array(repeating: false, count: reading.count)
    while let operation = left.popLast() {
      try budget.look()
      if isSettled[operation] || reading.source[operation] == Reading.nothing { continue }
      isSettled[operation] = true
      let sources = formula.sources[operation]
      guard let source = sources.first(where: { formula.value($0.literal, in: solver) }) else { continue }
      sourceLiterals[operation] = source.literal
      if reading.source[operation] == Reading.open { reading.choose(source.write, for: operation) }
      if source.write >= 0, reading.operations.isOptional[source.write] { left.append(source.write) }
    }
  }

  /// Some operations that contradict one another, with all from which they may have read, once there is no order: found by
  /// assuming of each operation that it happened, and seeing which of that was needed.
  func core(_ budget: Budget) throws(LimitReached) -> [OperationID] {
    var solver = try SATSolver(budget)
    _ = try formula.tell(&solver, from: 0, ofPart: true, budget)
    var core = (0..<reading.count).filter { !reading.operations.isOptional[$0] }
    for _ in 0..<Self.coreRoundsMax {
      guard case .unsatisfiable = solver.solve(assuming: core.map { OrderFormula.presence(of: $0) }, budget)
      else { break }
      let smaller = core.filter { solver.hasFailed(OrderFormula.presence(of: $0)) }
      if smaller.count == core.count { break }
      core = smaller
    }
    var members = Set(core)
    while let operation = core.popLast() {
      try budget.look()
      guard reading.isFinder(operation) else { continue }
      for write in reading.candidates(of: operation) where write >= 0 && members.insert(write).inserted {
        core.append(write)
      }
    }
    return members.sorted().map { reading.operations.ids[$0] }
  }
}
