import History

/// Decides causal memory (CM) and PRAM of one reading of a history: whether each process has an order of its operations
/// and the writes in which each of its reads finds the latest write.
///
/// For causal memory (Ahamad et al., Distributed Computing 9(1), 1995) the order extends causal order; it is decided by
/// the bad patterns WriteHBInitRead and CyclicHB of Bouajjani et al., POPL 2017, which grow along a process, so that its
/// last operation is enough. For PRAM (Lipton, Sandberg, 1988) the order extends process order only, and only the
/// process's own reads say what they read from; the same rule then decides.
///
/// How: processes without a conflict in a ``GuidedOrder`` have that order in common: its part that is their operations and
/// the writes. So they cost nothing, however many they are. For each of the others, an order is made of its operations with
/// everything before them as late as possible, so that whatever is placed before one of its reads must come before it. If a
/// write lies there between the read and what it found, that write comes before what was found: an edge, with which another
/// order is made. A cycle, or a write before a read of the initial value, is a contradiction; otherwise the last order fits.
/// An order is linear in what comes before the process's last operation; there are few in practice, at most one for each
/// pair of writes.
struct ProcessView {
  private let prepared: PreparedReading
  private let reading: Reading
  /// Whether the reads of other processes count too.
  private let isCausal: Bool

  init(_ prepared: PreparedReading, isCausal: Bool) {
    self.prepared = prepared
    reading = prepared.reading
    self.isCausal = isCausal
  }

  /// Decides for all processes.
  ///
  /// - Parameter wantsWitness: whether to make the orders. They take as much memory as there are writes, for each process
  ///   with a conflict; beyond the limit nothing is said, since a pass without its proof is none.
  func decide(_ budget: Budget, wantsWitness: Bool) throws(LimitReached) -> ReadingResult {
    var orders: [Witness.ProcessOrder] = []
    var bytes = 0
    let guided = try prepared.order(budget)
    if let guided, let order = try prepared.orderOfAll(guided, budget) {
      budget.note(.guidedOrder)
      return .fine(order)
    }
    budget.note(.processOrders)
    let suspects = guided.map { Set($0.conflicts.map { reading.session[$0] }) }
    try budget.ask(for: 16 * reading.count)
    var visits = OrderVisits(reading)
    var shelves = Shelves(keys: reading.operations.keys.count)
    for session in reading.sessions.indices {
      guard suspects?.contains(session) ?? true else { continue }
      let own = reading.sessions[session].filter { reading.happened[$0] }
      if own.isEmpty { continue }
      switch try decide(session, own, &visits, &shelves, budget) {
      case .contradiction(let contradiction): return .broken(contradiction)
      case .order(let order):
        guard wantsWitness else { continue }
        let members = order.filter { reading.session[$0] == session || reading.isWrite($0) }
        bytes += members.count * MemoryLayout<OperationID>.stride
        guard budget.hasRoom(for: members.count * MemoryLayout<OperationID>.stride, beside: bytes) else {
          throw LimitReached(kind: .memory)
        }
        orders.append(
          Witness.ProcessOrder(
            process: reading.processes[session], operations: members.map { reading.operations.ids[$0] }))
      }
    }
    guard wantsWitness else { return .fine(try prepared.witness(budget)) }
    let common = if let guided { try prepared.ids(of: guided, budget) } else { [OperationID]() }
    return .fine(.orderOfEachProcess(orders, common: common))
  }

  private enum Result {
    case order([Int])
    case contradiction(Contradiction)
  }

  /// The writes of each key placed so far in an order that is gone through.
  private struct Shelves {
    private var writes: [[Int]]
    private var used: [Int] = []

    init(keys: Int) { writes = Array(repeating: [], count: keys) }

    subscript(key: Int) -> [Int] { writes[key] }

    mutating func put(_ write: Int, key: Int) {
      if writes[key].isEmpty { used.append(key) }
      writes[key].append(write)
    }

    mutating func clear() {
      for key in used { writes[key].removeAll(keepingCapacity: true) }
      used.removeAll(keepingCapacity: true)
    }
  }

  private func isFollowed(_ session: Int) -> (Int) -> Bool {
    isCausal ? { _ in true } : { reading.session[$0] == session }
  }

  private func decide(
    _ session: Int, _ own: [Int], _ visits: inout OrderVisits, _ shelves: inout Shelves, _ budget: Budget
  ) throws(LimitReached) -> Result {
    let isFollowed = isFollowed(session)
    var derived: [OrderGraph.Derived] = []
    var predecessors: [Int: [Int]] = [:]
    while true {
      guard
        let order = try visits.inOrder(own, predecessors: predecessors, isFollowed: isFollowed, budget)
      else {
        return .contradiction(
          budget.tellingContradiction { budget throws(LimitReached) in
            try graph(session, derived, budget).circle(.cyclicOrderOfProcess, budget)
          })
      }
      let known = derived.count
      shelves.clear()
      for operation in order {
        try budget.look()
        let key = reading.key(operation)
        if reading.session[operation] == session {
          switch reading.source[operation] {
          case Reading.initial:
            guard let write = shelves[key].first else { break }
            return .contradiction(
              budget.tellingContradiction { budget throws(LimitReached) in
                try contradiction(operation, write, graph(session, derived, budget), budget)
              })
          case let source where source >= 0:
            try note(operation, source, shelves[key], &derived, budget)
          default: break
          }
        }
        if reading.isWrite(operation) { shelves.put(operation, key: key) }
      }
      if derived.count == known { return .order(order) }
      for edge in derived[known...] { predecessors[edge.to, default: []].append(edge.from) }
    }
  }

  /// Notes that the writes after a source came before it. Of those of one process the last is enough.
  private func note(
    _ read: Int, _ source: Int, _ writes: [Int], _ derived: inout [OrderGraph.Derived], _ budget: Budget
  ) throws(LimitReached) {
    guard writes.last != source else { return }
    var sessions: Set<Int> = []
    for write in writes.reversed() {
      try budget.look()
      if write == source { return }
      guard sessions.insert(reading.session[write]).inserted else { continue }
      derived.append(.init(from: write, to: source, rule: .before, through: read))
    }
  }

  private func graph(
    _ session: Int, _ derived: [OrderGraph.Derived], _ budget: Budget
  ) throws(LimitReached) -> OrderGraph {
    var graph =
      if isCausal { try prepared.graph(budget) } else {
        OrderGraph(reading, try Readers(reading, isFollowed: isFollowed(session), budget))
      }
    for edge in derived { graph.derive(edge) }
    return graph
  }

  private func contradiction(
    _ read: Int, _ write: Int, _ graph: OrderGraph, _ budget: Budget
  ) throws(LimitReached) -> Contradiction {
    var graph = graph
    let known = graph.derived.count
    let edge = graph.derive(.init(from: read, to: write, rule: .initial, through: read))
    let path = try graph.path(from: write, to: read, before: known, budget) ?? []
    return .cycle(.initialValueOverwrittenForProcess, graph, path + [.derived(edge)])
  }
}
