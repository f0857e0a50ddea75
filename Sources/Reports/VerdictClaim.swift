public import Certificate
public import Consistency
import History

extension Claim {
  /// What a verdict says, in the terms of the verifier; nil when it says nothing either way, or has no proof.
  ///
  /// - Parameter follows: the model whose verdict it follows from.
  public init?(_ verdict: Verdict, follows: Model? = nil) {
    let evidence: Evidence
    switch verdict.outcome {
    case .undecided: return nil
    case .holds(let witness): evidence = Evidence(witness)
    case .violated(let counterexample) where counterexample.reason == .untold: return nil
    case .violated(let counterexample): evidence = .core(Core(counterexample))
    }
    guard let follows else {
      self.init(Promise(verdict.model), evidence)
      return
    }
    self.init(Promise(verdict.model), .follows(Promise(follows), holds: verdict.holds))
  }
}

extension Claim {
  /// How many bytes the claim of a verdict takes, beside the verdict.
  static func bytes(_ verdict: Verdict, follows: Model?) -> Int {
    guard follows == nil, case .holds(let witness) = verdict.outcome else { return 0 }
    let numbers =
      switch witness {
      case .readsFrom(let sources, let order), .arbitration(let order, let sources):
        order.count + 2 * sources.count
      case .order, .orderOfEachKey, .orderOfEachProcess, .agreement: witness.size
      }
    return numbers * MemoryLayout<Int32>.stride
  }
}

extension Promise {
  /// The model of the checker, as the verifier knows it.
  public init(_ model: Model) {
    self =
      switch model {
      case .linearizable: .linearizable
      case .sequential: .sequential
      case .causal: .causal
      case .causalMemory: .causalMemory
      case .causalConvergence: .causalConvergence
      case .pram: .pram
      case .readYourWrites: .readYourWrites
      case .monotonicReads: .monotonicReads
      case .monotonicWrites: .monotonicWrites
      case .writesFollowReads: .writesFollowReads
      case .regular: .regular
      case .safe: .safe
      case .eventual: .eventual
      }
  }
}

extension Evidence {
  fileprivate init(_ witness: Witness) {
    self =
      switch witness {
      case .orderOfEachKey(let orders):
        .orderOfEachKey(orders.map { KeyOrder(key: $0.key, operations: $0.operations.map(\.number)) })
      case .order(let operations): .order(operations.map(\.number))
      case .orderOfEachProcess(let orders, let common):
        .orderOfEachProcess(
          orders.map { ProcessOrder(process: $0.process, operations: $0.operations.map(\.number)) },
          common: common.map(\.number))
      case .readsFrom(let sources, let order): .readsFrom(Sources(sources), along: order.map(\.number))
      case .arbitration(let operations, let sources):
        .arbitration(operations.map(\.number), Sources(sources))
      case .agreement(let agreements):
        .agreement(
          agreements.map {
            Agreement(
              key: $0.key, value: $0.value, reads: $0.reads.map(\.number), write: $0.write?.number,
              converged: $0.converged)
          })
      }
  }
}

extension Sources {
  fileprivate init(_ sources: [Witness.Source]) {
    self.init(
      reads: sources.map(\.read.number), writes: sources.map { $0.write?.number ?? Self.initial })
  }
}

extension Core {
  fileprivate init(_ counterexample: Counterexample) {
    var cycle: [Edge] = []
    var named: [OperationID] = []
    switch counterexample.reason {
    case .thinAirRead(let operation), .impossibleMismatch(let operation): named = [operation]
    case .abortedRead(let read, let writes), .futureRead(let read, let writes): named = [read] + writes
    case .noOrder(let placed, let blocked): named = placed + blocked
    case .cycle(let circle): cycle = circle.edges.map { Edge($0) }
    case .everyReadingFails(let ambiguous): named = ambiguous
    case .untold: break
    case .overwrittenValue(let read, let write, let replacement):
      named = [read, replacement] + (write.map { [$0] } ?? [])
    case .disagreement(_, let reads): named = reads
    case .lostWrite(let read, let write): named = [read, write]
    case .replacedValue(let read, let write, let replacement): named = [read, write, replacement]
    }
    self.init(
      operations: counterexample.operations.map(\.number), cycle: cycle, named: named.map(\.number))
  }
}

extension Edge {
  fileprivate init(_ edge: Cycle.Edge) {
    let reason: Edge.Reason =
      switch edge.reason {
      case .processOrder: .processOrder
      case .readsFrom: .readsFrom
      case .foundInitialValue: .foundInitialValue
      case .overwrittenBefore(let operation, let path):
        .overwrittenBefore(operation.number, path: path.map { Edge($0) })
      case .replacedAfter(let operation, let path):
        .replacedAfter(operation.number, path: path.map { Edge($0) })
      }
    self.init(from: edge.from.number, to: edge.to.number, reason: reason)
  }
}

extension OperationID {
  /// The place as the verifier counts it; one that no history has for places beyond 32 bits.
  fileprivate var number: Int32 { Int32(exactly: index) ?? .max }
}
