/// Decides causal consistency and causal convergence of a reading by vector clocks: the same as ``BadPatterns``, for
/// histories of few processes in which reads are late everywhere.
///
/// For n operations of k processes in O(n · k · log n): one pass of vector clocks (``CausalClocks``); at each read, only
/// the last write of the key by each process within the read's past can matter most.
struct ClockPatterns {
  private let prepared: PreparedReading
  private let reading: Reading
  private let writes: KeyWrites

  init(_ prepared: PreparedReading, _ budget: Budget) throws(LimitReached) {
    self.prepared = prepared
    reading = prepared.reading
    writes = try KeyWrites(reading, budget)
  }

  /// Decides. The clocks must fit the memory.
  func decide(convergence: Bool, _ budget: Budget) throws(LimitReached) -> ReadingResult {
    var overwritten: (read: Int, write: Int)?
    var conflicts: [OrderGraph.Derived] = []
    let isAcyclic = try CausalClocks.run(reading, try prepared.readers(budget), budget) { operation, clocks in
      let source = reading.source[operation]
      guard source >= 0 || source == Reading.initial else { return true }
      for row in writes.rows[reading.key(operation)] {
        guard let write = writes.last(row, within: clocks.current[row.session]), write != source else {
          continue
        }
        if source == Reading.initial || clocks.isBefore(source, write, in: reading) {
          overwritten = (operation, write)
          return false
        }
        guard convergence, !clocks.isBefore(write, source, in: reading) else { continue }
        conflicts.append(.init(from: write, to: source, rule: .before, through: operation))
      }
      return true
    }
    if let (read, write) = overwritten {
      return .broken(
        budget.tellingContradiction { budget throws(LimitReached) in
          try prepared.graph(budget).overwritten(read, write, budget)
        })
    }
    if !isAcyclic { return .broken(circle(.cyclicCausalOrder, [], budget)) }
    guard convergence else { return .fine(.readsFrom(try reading.sources(budget), along: [])) }
    var predecessors: [Int: [Int]] = [:]
    for conflict in conflicts { predecessors[conflict.to, default: []].append(conflict.from) }
    try budget.ask(for: reading.count * OrderVisits.bytesPerOperation)
    var visits = OrderVisits(reading)
    let goals = reading.happened.indices.filter { reading.happened[$0] }
    if let order = try visits.inOrder(goals, predecessors: predecessors, budget) {
      return .fine(
        .arbitration(order.map { reading.operations.ids[$0] }, readsFrom: try reading.sources(budget)))
    }
    return .broken(circle(.cyclicConflictOrder, conflicts, budget))
  }

  private func circle(
    _ pattern: Cycle.Pattern, _ derived: [OrderGraph.Derived], _ budget: Budget
  ) -> Contradiction {
    budget.tellingContradiction { budget throws(LimitReached) in
      var graph = try prepared.graph(budget)
      for edge in derived { graph.derive(edge) }
      return try graph.circle(pattern, budget)
    }
  }
}
