import History

/// Eventual convergence straight from its definition, by trying every way in which observations may have read from
/// writes.
enum BruteForceConvergence {
  static func answer(_ history: History) -> BruteForce.Answer {
    let isFinal = { (o: Operation) in o.kind == .read && o.isFinal && o.outcome == .ok && o.hasResult }
    let finals = history.operations.filter(isFinal)
    var answers: [BruteForce.Answer] = []
    for index in history.keys.indices {
      let key = KeyID(index: UInt32(index))
      let operations = history.operations.filter { $0.key == key }
      if operations.isEmpty { continue }
      let reads = finals.filter { $0.key == key }
      let writes = operations.filter { $0.kind != .read && !$0.isMismatch && $0.outcome != .fail }
      let initial = history.initialValue(of: key)
      for read in reads where read.value != initial {
        let canHaveWritten = writes.contains { $0.value == read.value && !(read.completed < $0.invoked) }
        if !canHaveWritten { return .violated }
      }
      let isEarly = reads.contains { read in
        writes.contains {
          $0.outcome == .ok && !($0.completed < read.invoked)
            && !($0.process == read.process && indexOf($0, history) < indexOf(read, history))
        }
      }
      if isEarly {
        answers.append(.open)
        continue
      }
      let values = Set(reads.map(\.value))
      if values.count > 1 {
        let unexplained = values.filter { value in
          !writes.contains { $0.value == value && $0.outcome == .unknown }
        }
        answers.append(unexplained.count > 1 ? .violated : .open)
        continue
      }
      if let value = values.first {
        let verdicts = Set(
          assignments(history).map { survives(value, key, initial, writes, history, readsFrom: $0) })
        if verdicts == [false] {
          answers.append(.violated)
          continue
        }
        if verdicts.count > 1 {
          answers.append(.open)
          continue
        }
      }
      let servers =
        history.run?.servers.map { Set((0..<$0).map { Int32($0) }) }
        ?? Set(history.operations.compactMap(\.server))
      let isComplete = !servers.isEmpty && servers.isSubset(of: reads.compactMap(\.server))
      answers.append(isComplete ? .holds : .open)
    }
    if answers.contains(.violated) { return .violated }
    return answers.contains(.open) || finals.isEmpty ? .open : .holds
  }

  private static func indexOf(_ operation: Operation, _ history: History) -> Int {
    history.operations.firstIndex(of: operation) ?? -1
  }

  /// All ways to say, for each operation that observed a value, which operation it read from; nil is the initial value.
  private static func assignments(_ history: History) -> [[Int: Int]] {
    var ways: [[Int: Int]] = [[:]]
    for (index, operation) in history.operations.enumerated() {
      let isUnsure =
        operation.outcome == .unknown && operation.kind == .compareAndSet && !operation.isMismatch
      guard operation.outcome == .ok || isUnsure else { continue }
      let observed: ValueID
      switch operation.kind {
      case .write: continue
      case .compareAndSet where !operation.isMismatch: observed = operation.expected
      case .read, .compareAndSet:
        if !operation.hasResult { continue }
        observed = operation.value
      }
      let sources = history.operations.indices.filter { other in
        let write = history.operations[other]
        return other != index && write.key == operation.key && write.kind != .read && !write.isMismatch
          && write.outcome != .fail && write.value == observed
      }
      let mayBeInitial = history.initialValue(of: operation.key) == observed
      if sources.isEmpty { continue }
      var longer: [[Int: Int]] = []
      for way in ways {
        // One of unknown outcome may also not have taken effect.
        if mayBeInitial || isUnsure { longer.append(way) }
        for source in sources {
          var way = way
          way[index] = source
          longer.append(way)
        }
      }
      ways = longer
    }
    return ways.filter { isPossible($0, history) }
  }

  /// Whether those compare-and-sets of unknown outcome, and no others, have read from something that took effect: what
  /// they wrote was read, in the end by an operation that completed.
  private static func isPossible(_ readsFrom: [Int: Int], _ history: History) -> Bool {
    let operations = history.operations
    let isUnsure = { (index: Int) in
      operations[index].outcome == .unknown && operations[index].kind == .compareAndSet
    }
    var happened = Set(operations.indices.filter { operations[$0].outcome == .ok })
    var size = -1
    while size != happened.count {
      size = happened.count
      for (reader, writer) in readsFrom where happened.contains(reader) { happened.insert(writer) }
    }
    return operations.indices.filter(isUnsure).allSatisfy { index in
      if readsFrom[index] != nil { return happened.contains(index) }
      guard happened.contains(index) else { return true }
      // It happened, so it read something: what the key held at first, or what nothing is known to have written.
      let operation = operations[index]
      return history.initialValue(of: operation.key) == operation.expected
        || !operations.indices.contains { other in
          let write = operations[other]
          return other != index && write.key == operation.key && write.kind != .read && !write.isMismatch
            && write.outcome != .fail && write.value == operation.expected
        }
    }
  }

  /// Whether some effective write of the value is not causally before another effective write of its key.
  private static func survives(
    _ value: ValueID, _ key: KeyID, _ initial: ValueID, _ writes: [Operation], _ history: History,
    readsFrom: [Int: Int]
  ) -> Bool {
    let operations = history.operations
    let count = operations.count
    var before = Array(repeating: Array(repeating: false, count: count), count: count)
    for i in 0..<count {
      for j in i + 1..<max(count, i + 1) where operations[i].process == operations[j].process {
        before[i][j] = true
      }
    }
    for (reader, writer) in readsFrom { before[writer][reader] = true }
    for k in 0..<count {
      for i in 0..<count where before[i][k] {
        for j in 0..<count where before[k][j] { before[i][j] = true }
      }
    }
    let observed = Set(readsFrom.values)
    let effective = operations.indices.filter { index in
      let operation = operations[index]
      return operation.key == key && operation.kind != .read && !operation.isMismatch
        && (operation.outcome == .ok || (operation.outcome == .unknown && observed.contains(index)))
    }
    if effective.isEmpty { return value == initial }
    return effective.contains { write in
      operations[write].value == value && !effective.contains { $0 != write && before[write][$0] }
    }
  }
}
