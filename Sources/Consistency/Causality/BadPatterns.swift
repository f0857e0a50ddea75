import History

/// Decides causal consistency (CC) and causal convergence (CCv) of one reading of a history, by bad patterns.
///
/// From Bouajjani, Enea, Guerraoui, Hamza, *On Verifying Causal Consistency*, POPL 2017: CC holds exactly if causal order
/// (process order and reads-from) has no cycle, no write of a key comes causally before a read of the key's initial
/// value, and none comes causally between a write and a read of its value. CCv holds if in addition causal order together
/// with the conflict order has no cycle; two writes of a key are in conflict order if the first comes causally before a
/// read of the second's value. A successful compare-and-set reads, then writes, as one operation.
///
/// How: the first two patterns occur only at the conflicts of a ``GuidedOrder``, and conflicts are looked into by
/// ``PastSearch``. An order of all operations in which no read has a write of its key causally before it that is placed
/// after what it found is one for CCv; otherwise the edges of conflict order that say so are added, and another order is
/// made. n log n for each order, and for each conflict what lies between a read and what it found.
///
/// Where conflicts are so many that this would take longer, and vector clocks fit the memory, those decide: see
/// ``ClockPatterns``.
struct BadPatterns {
  /// How many steps an operation may take, all conflicts together, before vector clocks are preferred.
  private static let stepsPerOperation = 64

  private let prepared: PreparedReading
  private let reading: Reading

  init(_ prepared: PreparedReading) {
    self.prepared = prepared
    reading = prepared.reading
  }

  /// Decides.
  func decide(convergence: Bool, _ budget: Budget) throws(LimitReached) -> ReadingResult {
    var derived: [OrderGraph.Derived] = []
    while true {
      budget.note(.badPatterns)
      guard let order = try prepared.order(derived, budget) else { return .broken(cycle(derived, budget)) }
      if let whole = try prepared.orderOfAll(order, budget) {
        if derived.isEmpty { budget.note(.guidedOrder) }
        return .fine(whole)
      }
      var past = try PastSearch(reading, order, budget)
      let known = derived.count
      for read in order.conflicts {
        if isLong(past), budget.hasRoom(for: CausalClocks.bytes(reading)) {
          budget.note(.vectorClocks)
          return try ClockPatterns(prepared, budget).decide(convergence: convergence, budget)
        }
        let source = reading.source[read]
        let stretch = try stretch(read, order, &past, budget)
        let writes = stretch.filter { isWrite($0, of: read) && $0 != source }
        if source == Reading.initial {
          guard let write = writes.first else { continue }
          return .broken(contradiction(read, write, order, budget))
        }
        if known == 0 {
          let after = try past.followers(of: source, among: stretch, budget)
          if let write = after.first(where: { isWrite($0, of: read) && $0 != source }) {
            return .broken(contradiction(read, write, order, budget))
          }
        }
        guard convergence else { continue }
        var sessions: Set<Int> = []
        // Of the writes of one process the last is enough.
        for write in writes.reversed() where sessions.insert(reading.session[write]).inserted {
          derived.append(.init(from: write, to: source, rule: .before, through: read))
        }
      }
      guard !convergence || derived.count == known else { continue }
      let (sources, ids) = (try prepared.sources(budget), try prepared.ids(of: order, budget))
      return .fine(convergence ? .arbitration(ids, readsFrom: sources) : .readsFrom(sources, along: ids))
    }
  }

  private func isLong(_ past: PastSearch) -> Bool {
    past.work > Self.stepsPerOperation * (reading.count + 1_000)
  }

  private func isWrite(_ operation: Int, of read: Int) -> Bool {
    operation != read && reading.isWrite(operation) && reading.key(operation) == reading.key(read)
  }

  /// What comes causally before a read and is placed after what it found.
  private func stretch(
    _ read: Int, _ order: GuidedOrder, _ past: inout PastSearch, _ budget: Budget
  ) throws(LimitReached) -> [Int] {
    let source = reading.source[read]
    if source >= 0 { return try past.past(of: read, from: order.place[source] + 1, budget) }
    let first = reading.writers(ofKeyOf: read).lazy.map { order.place[$0] }.filter { $0 >= 0 }.min()
    return try past.past(of: read, from: first ?? order.operations.count, budget)
  }

  private func cycle(_ derived: [OrderGraph.Derived], _ budget: Budget) -> Contradiction {
    budget.tellingContradiction { budget throws(LimitReached) in
      var graph = try prepared.graph(budget)
      if let steps = try graph.cycle(budget) { return .cycle(.cyclicCausalOrder, graph, steps) }
      for edge in derived { graph.derive(edge) }
      return .cycle(.cyclicConflictOrder, graph, try graph.cycle(budget) ?? [])
    }
  }

  private func contradiction(
    _ read: Int, _ write: Int, _ order: GuidedOrder, _ budget: Budget
  ) -> Contradiction {
    budget.tellingContradiction { budget throws(LimitReached) in
      try prepared.graph(order: order, budget).overwritten(read, write, budget)
    }
  }
}

extension OrderGraph {
  /// The circle of a read that did not find a write that came causally after what it found and before itself.
  func overwritten(_ read: Int, _ write: Int, _ budget: Budget) throws(LimitReached) -> Contradiction {
    var graph = self
    let source = reading.source[read]
    if source == Reading.initial {
      let edge = graph.derive(.init(from: read, to: write, rule: .initial, through: read))
      let path = try graph.path(from: write, to: read, before: edge, budget) ?? []
      return .cycle(.causallyOverwrittenInitialValue, graph, path + [.derived(edge)])
    }
    let path = try path(from: source, to: write, budget) ?? []
    let premise = try self.path(from: write, to: read, budget)
    let edge = graph.derive(
      .init(from: write, to: source, rule: .before, through: read, premise: premise))
    return .cycle(.causallyOverwrittenValue, graph, path + [.derived(edge)])
  }
}

extension GuidedOrder {
  /// The order as operations of the history.
  func ids(_ reading: Reading, _ budget: Budget) throws(LimitReached) -> [OperationID] {
    try budget.ask(for: operations.count * MemoryLayout<OperationID>.stride)
    return operations.indices.map { reading.operations.ids[operations[$0]] }
  }
}

extension Reading {
  /// What each operation read from, where that is settled.
  func sources(_ budget: Budget) throws(LimitReached) -> [Witness.Source] {
    func isSettled(_ operation: Int) -> Bool { happened[operation] && source[operation] != Self.nothing }
    let count = source.indices.count(where: isSettled)
    try budget.ask(for: count * MemoryLayout<Witness.Source>.stride)
    var sources: [Witness.Source] = []
    sources.reserveCapacity(count)
    for operation in source.indices where isSettled(operation) {
      let write = source[operation] >= 0 ? operations.ids[source[operation]] : nil
      sources.append(Witness.Source(read: operations.ids[operation], write: write))
    }
    return sources
  }
}
