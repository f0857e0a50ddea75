import History

/// Decides causal memory (CM) and PRAM of one reading of a history: whether each process has an order of its operations
/// and the writes in which each of its reads finds the latest write.
///
/// For causal memory (Ahamad et al., Distributed Computing 9(1), 1995) the order extends causal order; it is decided by
/// the bad patterns WriteHBInitRead and CyclicHB of Bouajjani et al., POPL 2017, which grow along a process, so that its
/// last operation is enough. For PRAM (Lipton, Sandberg, 1988) the order extends process order only, and only the
/// process's own reads say what they read from; the same rule then decides.
///
/// How, for each process: if a write comes before one of its reads, and that read returned another write, the first comes
/// before the second. Rounds of vector clocks (``CausalClocks``) add such edges until none is new. A cycle, or a write
/// before a read of the initial value, is a contradiction; otherwise any order that extends the edges and brings in writes
/// no earlier than they are needed fits. For n operations of k processes a round takes O(n · k · log n); there are k
/// processes, and few rounds in practice, at most one for each pair of writes.
struct ProcessView {
  private let reading: Reading
  private let writes: KeyWrites
  /// Whether the reads of other processes count too.
  private let isCausal: Bool

  init(_ reading: Reading, isCausal: Bool) {
    self.reading = reading
    self.isCausal = isCausal
    writes = KeyWrites(reading)
  }

  /// Decides for all processes.
  ///
  /// - Parameter wantsWitness: whether to make the orders. They take as much memory as there are writes, for each process;
  ///   beyond what searches may hold nothing is said, since a pass without its proof is none.
  func decide(_ budget: Budget, wantsWitness: Bool) -> ReadingResult {
    if CausalClocks.bytes(reading) > budget.memoryBytesMax { return .limit(.memory) }
    var orders: [Witness.ProcessOrder] = []
    var bytes = 0
    for session in reading.sessions.indices {
      guard let last = reading.sessions[session].last(where: { reading.happened[$0] }) else { continue }
      switch decide(session, last, budget) {
      case .predecessors(let predecessors):
        guard wantsWitness, let order = order(session, predecessors) else { continue }
        bytes += order.count * MemoryLayout<OperationID>.stride
        if bytes > budget.memoryBytesMax { return .limit(.memory) }
        orders.append(
          Witness.ProcessOrder(
            process: reading.processes[session], operations: order.map { reading.operations.ids[$0] }))
      case .contradiction(let contradiction): return .broken(contradiction)
      case .late: return .limit(.time)
      }
    }
    return .fine(wantsWitness ? .orderOfEachProcess(orders) : reading.witness)
  }

  private enum Result {
    case predecessors([Int: [Int]])
    case contradiction(Contradiction)
    case late
  }

  private func isFollowed(_ session: Int) -> (Int) -> Bool {
    isCausal ? { _ in true } : { reading.session[$0] == session }
  }

  private func decide(_ session: Int, _ last: Int, _ budget: Budget) -> Result {
    let isFollowed = isFollowed(session)
    let past = past(of: last, isFollowed)
    var graph = OrderGraph(reading, isFollowed: isFollowed)
    var predecessors: [Int: [Int]] = [:]
    while true {
      if budget.isLate { return .late }
      var found: [OrderGraph.Derived] = []
      var overwritten: (read: Int, write: Int)?
      let isAcyclic = CausalClocks.run(
        reading, isFollowed: isFollowed, predecessors: predecessors, isIncluded: { past[$0] }
      ) { operation, clocks in
        let source = reading.source[operation]
        guard reading.session[operation] == session, source >= 0 || source == Reading.initial else {
          return true
        }
        for row in writes.rows[reading.key(operation)] {
          guard let write = writes.last(row, within: clocks.current[row.session]), write != source else {
            continue
          }
          if source == Reading.initial || clocks.isBefore(source, write, in: reading) {
            overwritten = (operation, write)
            return false
          }
          if !clocks.isBefore(write, source, in: reading) {
            found.append(.init(from: write, to: source, rule: .before, through: operation))
          }
        }
        return true
      }
      if let (read, write) = overwritten {
        return .contradiction(contradiction(read, write, &graph))
      }
      if !isAcyclic {
        return .contradiction(.cycle(.cyclicOrderOfProcess, graph, graph.cycle() ?? []))
      }
      if found.isEmpty { return .predecessors(predecessors) }
      for edge in found {
        graph.derive(edge)
        predecessors[edge.to, default: []].append(edge.from)
      }
    }
  }

  private func contradiction(_ read: Int, _ write: Int, _ graph: inout OrderGraph) -> Contradiction {
    let source = reading.source[read]
    let known = graph.derived.count
    if source == Reading.initial {
      let edge = graph.derive(.init(from: read, to: write, rule: .initial, through: read))
      let path = graph.path(from: write, to: read, before: known) ?? []
      return .cycle(.initialValueOverwrittenForProcess, graph, path + [.derived(edge)])
    }
    let path = graph.path(from: source, to: write, before: known) ?? []
    let edge = graph.derive(.init(from: write, to: source, rule: .before, through: read))
    return .cycle(.cyclicOrderOfProcess, graph, path + [.derived(edge)])
  }

  /// The operations that come before an operation by process order and reads-from, and itself.
  private func past(of last: Int, _ isFollowed: (Int) -> Bool) -> [Bool] {
    var past = Array(repeating: false, count: reading.count)
    past[last] = true
    var found = [last]
    func add(_ operation: Int) {
      if past[operation] { return }
      past[operation] = true
      found.append(operation)
    }
    while let operation = found.popLast() {
      let position = reading.position[operation]
      if position > 0 { add(reading.sessions[reading.session[operation]][position - 1]) }
      if reading.source[operation] >= 0, isFollowed(operation) { add(reading.source[operation]) }
    }
    return past
  }

  /// The process's operations in order, each write of another process as late as possible. Writes that nothing of it needs
  /// are left out; they may follow at the end.
  private func order(_ session: Int, _ predecessors: [Int: [Int]]) -> [Int]? {
    let goals = reading.sessions[session].filter { reading.happened[$0] }
    let order = Self.inOrder(
      goals, reading, predecessors: predecessors, isFollowed: isFollowed(session))
    return order?.filter { reading.session[$0] == session || reading.isWrite($0) }
  }

  /// Some operations, and all that comes before them, in an order that extends process order, reads-from and further
  /// edges: nothing before the first goal that needs it. nil when there is a cycle. Linear.
  static func inOrder(
    _ goals: [Int], _ reading: Reading, predecessors: [Int: [Int]],
    isFollowed: (Int) -> Bool = { _ in true }
  ) -> [Int]? {
    enum State { case untouched, entered, placed }
    var state = Array(repeating: State.untouched, count: reading.count)
    var order: [Int] = []
    for goal in goals {
      var stack = [goal]
      while let operation = stack.last {
        switch state[operation] {
        case .placed:
          stack.removeLast()
          continue
        case .entered:
          state[operation] = .placed
          order.append(operation)
          stack.removeLast()
          continue
        case .untouched:
          state[operation] = .entered
        }
        var before = predecessors[operation, default: []]
        let position = reading.position[operation]
        if position > 0 { before.append(reading.sessions[reading.session[operation]][position - 1]) }
        if reading.source[operation] >= 0, isFollowed(operation) { before.append(reading.source[operation]) }
        for other in before {
          switch state[other] {
          case .untouched: stack.append(other)
          case .entered: return nil
          case .placed: break
          }
        }
      }
    }
    return order
  }
}
