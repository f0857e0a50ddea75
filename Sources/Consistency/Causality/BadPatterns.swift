import History

/// Decides causal consistency (CC) and causal convergence (CCv) of one reading of a history, by bad patterns.
///
/// From Bouajjani, Enea, Guerraoui, Hamza, *On Verifying Causal Consistency*, POPL 2017: CC holds exactly if causal order
/// (process order and reads-from) has no cycle, no write of a key comes causally before a read of the key's initial
/// value, and none comes causally between a write and a read of its value. CCv holds if in addition causal order together
/// with the conflict order has no cycle; two writes of a key are in conflict order if the first comes causally before a
/// read of the second's value. A successful compare-and-set reads, then writes, as one operation.
///
/// For n operations of k processes in O(n · k · log n): one pass of vector clocks (``CausalClocks``); at each read, only
/// the last write of the key by each process within the read's past can matter most.
struct BadPatterns {
  private let reading: Reading
  private let writes: KeyWrites

  init(_ reading: Reading) {
    self.reading = reading
    writes = KeyWrites(reading)
  }

  /// Decides.
  func decide(convergence: Bool, memoryBytesMax: Int) -> ReadingResult {
    if CausalClocks.bytes(reading) > memoryBytesMax { return .limit(.memory) }
    var overwritten: (read: Int, write: Int)?
    var conflicts: [OrderGraph.Derived] = []
    let isAcyclic = CausalClocks.run(reading) { operation, clocks in
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
    var graph = OrderGraph(reading)
    if let (read, write) = overwritten { return .broken(contradiction(read, write, &graph)) }
    if !isAcyclic { return .broken(.cycle(.cyclicCausalOrder, graph, graph.cycle() ?? [])) }
    guard convergence else { return .fine(reading.witness) }
    for conflict in conflicts { graph.derive(conflict) }
    if let order = arbitration(conflicts) {
      return .fine(
        .arbitration(order.map { reading.operations.ids[$0] }, readsFrom: reading.sources))
    }
    return .broken(.cycle(.cyclicConflictOrder, graph, graph.cycle() ?? []))
  }

  private func contradiction(_ read: Int, _ write: Int, _ graph: inout OrderGraph) -> Contradiction {
    let source = reading.source[read]
    if source == Reading.initial {
      let edge = graph.derive(.init(from: read, to: write, rule: .initial, through: read))
      let path = graph.path(from: write, to: read, before: edge) ?? []
      return .cycle(.causallyOverwrittenInitialValue, graph, path + [.derived(edge)])
    }
    let path = graph.path(from: source, to: write) ?? []
    let edge = graph.derive(.init(from: write, to: source, rule: .before, through: read))
    return .cycle(.causallyOverwrittenValue, graph, path + [.derived(edge)])
  }

  /// One order of all operations that extends causal and conflict order; nil when there is none.
  private func arbitration(_ conflicts: [OrderGraph.Derived]) -> [Int]? {
    var predecessors: [Int: [Int]] = [:]
    for conflict in conflicts { predecessors[conflict.to, default: []].append(conflict.from) }
    let order = ProcessView.inOrder(
      reading.happened.indices.filter { reading.happened[$0] }, reading, predecessors: predecessors)
    return order
  }
}

extension Reading {
  /// The reading itself as a witness.
  var witness: Witness { .readsFrom(sources) }

  /// What each operation read from, where that is settled.
  fileprivate var sources: [Witness.Source] {
    source.indices.filter { happened[$0] && source[$0] != Self.nothing }.map { operation in
      Witness.Source(
        read: operations.ids[operation],
        write: source[operation] >= 0 ? operations.ids[source[operation]] : nil)
    }
  }
}
