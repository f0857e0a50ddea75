public import Consistency
public import History

/// Replays what a verdict gives as proof that a model holds.
public enum WitnessVerifier {
  /// What is wrong with a witness, each a sentence; empty when it proves its verdict.
  public static func problems(_ witness: Witness, of history: History) -> [String] {
    switch witness {
    case .orderOfEachKey(let orders):
      let keys = orders.map(\.key)
      var problems = Set(keys).count == keys.count ? [] : ["a key has two orders"]
      let constrained = Set(history.operations.filter(mustAppear).map(\.key))
      if !constrained.isSubset(of: keys) { problems.append("a key has no order") }
      for order in orders {
        problems += replay(order.operations, of: history, isRealTime: true) { $0.key == order.key }
      }
      return problems
    case .order(let order):
      return replay(order, of: history, isRealTime: false) { _ in true }
    case .agreement(let agreements):
      return agreements.flatMap { check($0, of: history) }
    case .readsFrom(let sources):
      return check(sources, of: history)
    case .orderOfEachProcess(let orders):
      return orders.flatMap { replay($0, of: history) }
    case .arbitration(let order):
      return Set(order).count == order.count ? [] : ["an operation occurs twice"]
    }
  }

  private static func mustAppear(_ operation: Operation) -> Bool {
    operation.outcome == .ok && (operation.kind != .read || operation.hasResult)
  }

  private static func replay(
    _ order: [OperationID], of history: History, isRealTime: Bool, among isAsked: (Operation) -> Bool
  ) -> [String] {
    var problems: [String] = []
    if Set(order).count != order.count { problems.append("an operation occurs twice") }
    for id in history.ids where isAsked(history[id]) && mustAppear(history[id]) && !order.contains(id) {
      problems.append("\(id) is missing")
    }
    var store: [KeyID: ValueID] = [:]
    var latestInvocation = Int64.min
    var latestOfProcess: [ProcessID: OperationID] = [:]
    for id in order {
      let operation = history[id]
      if !isAsked(operation) || operation.outcome == .fail { problems.append("\(id) does not belong here") }
      if isRealTime, operation.completed < latestInvocation {
        problems.append("\(id) ended before one began that was placed before it")
      }
      latestInvocation = max(latestInvocation, operation.invoked)
      if let before = latestOfProcess[operation.process], before > id {
        problems.append("\(id) is out of its process's order")
      }
      latestOfProcess[operation.process] = id
      let holds = store[operation.key] ?? history.initialValue(of: operation.key)
      let finds: Bool
      switch operation.kind {
      case .read: finds = holds == operation.value
      case .write: finds = true
      case .compareAndSet where operation.isMismatch:
        finds = holds != operation.expected && (!operation.hasResult || holds == operation.value)
      case .compareAndSet: finds = holds == operation.expected
      }
      if !finds { problems.append("\(id) finds another value") }
      if operation.kind != .read, !operation.isMismatch { store[operation.key] = operation.value }
    }
    return problems
  }

  /// Every operation that found something has a source that wrote it.
  private static func check(_ sources: [Witness.Source], of history: History) -> [String] {
    let all = history.ids { mustAppear($0) && $0.kind != .write }
    var problems = Set(all).isSubset(of: sources.map(\.read)) ? [] : ["an operation has no source"]
    for source in sources {
      let read = history[source.read]
      if let write = source.write {
        let isWrite = history[write].mayWrite && write != source.read && history[write].key == read.key
        if !isWrite { problems.append("\(source.read) reads from what does not write its key") }
      }
      let value = source.write.map { history[$0].value } ?? history.initialValue(of: read.key)
      if !BruteForceReading.fits(read, value) { problems.append("\(source.read) found another value") }
    }
    return problems
  }

  /// One process's order has all its operations, and each finds its value.
  private static func replay(_ order: Witness.ProcessOrder, of history: History) -> [String] {
    var problems: [String] = []
    let own = history.ids { $0.process == order.process && mustAppear($0) }
    if !Set(own).isSubset(of: order.operations) { problems.append("an operation is missing") }
    var store: [KeyID: ValueID] = [:]
    var latest: [ProcessID: OperationID] = [:]
    for id in order.operations {
      let operation = history[id]
      if let before = latest[operation.process], before >= id {
        problems.append("\(id) is out of its process's order")
      }
      latest[operation.process] = id
      let holds = store[operation.key] ?? history.initialValue(of: operation.key)
      if operation.process == order.process {
        if !BruteForceReading.fits(operation, holds) { problems.append("\(id) finds another value") }
      } else if !operation.mayWrite {
        problems.append("\(id) does not belong here")
      }
      if operation.mayWrite { store[operation.key] = operation.value }
    }
    return problems
  }

  private static func check(_ agreement: Witness.Agreement, of history: History) -> [String] {
    let all = history.ids { $0.isFinal && $0.key == agreement.key && $0.outcome == .ok && $0.hasResult }
    if agreement.reads != all { return ["the final reads of key \(history[agreement.key]) are others"] }
    return all.allSatisfy { history[$0].value == agreement.value }
      ? [] : ["final reads of key \(history[agreement.key]) differ"]
  }
}
