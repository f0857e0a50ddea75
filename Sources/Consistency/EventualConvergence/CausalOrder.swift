import History

/// What comes after a write in causal order: the transitive closure of process order and reads-from (Ahamad, Neiger,
/// Burns, Kohli, Hutto, Distributed Computing 9(1), 1995).
///
/// Where several operations wrote the value that one observed, or the key held it at first, the recording leaves open
/// which was read from. The *certain* order counts only observations with one possible writer; the *possible* order
/// counts every writer an observation may have had. What is true of all runs that fit the recording lies between.
struct CausalOrder {
  enum Strength {
    case certain
    case possible
  }

  private struct Register: Hashable {
    let key: KeyID
    let value: ValueID
  }

  private let history: History
  /// The next operation of the same process.
  private let following: [OperationID?]
  private let writers: [Register: [OperationID]]
  private let observers: [Register: [OperationID]]

  /// Prepares to answer. Linear.
  init(_ history: History, _ budget: Budget) throws(LimitReached) {
    try budget.ask(for: 200 * history.operations.count)
    self.history = history
    var following: [OperationID?] = Array(repeating: nil, count: history.operations.count)
    var last: [ProcessID: OperationID] = [:]
    var writers: [Register: [OperationID]] = [:]
    var observers: [Register: [OperationID]] = [:]
    for id in history.ids {
      try budget.look(after: 4)
      let operation = history[id]
      if let before = last.updateValue(id, forKey: operation.process) { following[before.index] = id }
      if operation.mayWrite {
        writers[Register(key: operation.key, value: operation.value), default: []].append(id)
      }
      if let value = operation.observed {
        observers[Register(key: operation.key, value: value), default: []].append(id)
      }
    }
    self.following = following
    self.writers = writers
    self.observers = observers
  }

  /// The operations that may have written a value, in order of invocation.
  func writers(of value: ValueID, _ key: KeyID) -> [OperationID] {
    writers[Register(key: key, value: value), default: []]
  }

  /// An operation that read from a write; nil when there is none.
  func observer(of write: OperationID, _ strength: Strength) -> OperationID? {
    observers(of: write, strength).first
  }

  /// Whether a write took effect: it completed, or it was read from.
  func isEffective(_ write: OperationID, _ strength: Strength) -> Bool {
    history[write].outcome == .ok || observer(of: write, strength) != nil
  }

  /// The shortest causal path from a write to an effective write of the same key; nil when nothing replaced it. Linear in
  /// what comes after the write.
  func replacement(
    of write: OperationID, _ strength: Strength, _ budget: Budget
  ) throws(LimitReached) -> [OperationID]? {
    var cameFrom: [OperationID: OperationID] = [:]
    var reached = [write]
    var next = 0
    while next < reached.count {
      let operation = reached[next]
      next += 1
      try budget.look(after: 8)
      if operation != write, history[operation].key == history[write].key, history[operation].mayWrite,
        isEffective(operation, strength)
      {
        var path = [operation]
        while let before = cameFrom[path[path.count - 1]] { path.append(before) }
        return withoutDetours(path.reversed())
      }
      var successors = observers(of: operation, strength)
      if let following = following[operation.index] { successors.append(following) }
      for successor in successors where successor != write && cameFrom[successor] == nil {
        cameFrom[successor] = operation
        reached.append(successor)
      }
    }
    return nil
  }

  /// The path with operations left out that lie between two of one process.
  private func withoutDetours(_ path: [OperationID]) -> [OperationID] {
    var short: [OperationID] = []
    var next = 0
    while next < path.count {
      let operation = path[next]
      short.append(operation)
      let process = history[operation].process
      let last = path[next...].lastIndex { $0 > operation && history[$0].process == process } ?? next
      if last > next { short.append(path[last]) }
      next = last + 1
    }
    return short
  }

  private func observers(of write: OperationID, _ strength: Strength) -> [OperationID] {
    let operation = history[write]
    guard operation.mayWrite else { return [] }
    let register = Register(key: operation.key, value: operation.value)
    let isInitial = history.initialValue(of: operation.key) == operation.value
    let writers = writers[register, default: []]
    return observers[register, default: []].filter { observer in
      guard observer != write else { return false }
      switch strength {
      case .possible: return true
      case .certain: return !isInitial && writers.allSatisfy { $0 == write || $0 == observer }
      }
    }
  }
}
