public import History

/// A consistency model: a promise about what the clients of a store can see.
///
/// `docs/models.md` defines each one.
public enum Model: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// One total order of all operations extends real time, and each read returns the latest write of its key.
  case linearizable
  /// One total order of all operations extends each process's order, and each read returns the latest write of its key.
  case sequential
  /// Whatever an operation can have depended on, it sees (CC).
  case causal
  /// Each process has an order of its operations and the writes, and these orders extend causal order (CM).
  case causalMemory = "causal-memory"
  /// All agree on one order of the writes, which extends causal order, and each read returns the latest write among those
  /// causally before it (CCv).
  case causalConvergence = "causal-convergence"
  /// Each process has an order of its operations and the writes, and these orders extend process order.
  case pram
  /// A process does not read something older than what it wrote before.
  case readYourWrites = "read-your-writes"
  /// A process does not read something older than what it read before.
  case monotonicReads = "monotonic-reads"
  /// Whoever has seen a write does not read something older than what its author had written before it.
  case monotonicWrites = "monotonic-writes"
  /// Whoever has seen a write does not read something older than what its author had read before it.
  case writesFollowReads = "writes-follow-reads"
  /// Each read returns the value of a write that overlaps it, or of one that was not overwritten before the read began.
  case regular
  /// Each read that overlaps no write returns the value of a write that was not overwritten before the read began.
  case safe
  /// Once writes have stopped, all replicas agree on a value that was written and that nothing replaced.
  case eventual

  /// The model of that name or alias; nil when there is none.
  public init?(named name: String) {
    switch name.lowercased() {
    case "linearizability", "linearisable", "atomic": self = .linearizable
    case "sequential-consistency", "sc": self = .sequential
    case "cc", "causal-consistency", "causally-consistent": self = .causal
    case "cm": self = .causalMemory
    case "ccv", "causally-convergent": self = .causalConvergence
    case "pipelined-ram", "fifo": self = .pram
    case "ryw", "read-my-writes": self = .readYourWrites
    case "mr": self = .monotonicReads
    case "mw": self = .monotonicWrites
    case "wfr": self = .writesFollowReads
    case "eventual-consistency", "ec": self = .eventual
    case let name: self.init(rawValue: name)
    }
  }

  /// The name of the model.
  public var description: String { rawValue }

  /// The models that hold of every history of which this one does, not counting itself.
  ///
  /// What linearizability implies of models other than the registers needs ``History/History/showsProcessOrder``.
  public var implied: Set<Model> {
    let direct: [Model] =
      switch self {
      case .linearizable: [.sequential, .regular]
      case .sequential: [.causalMemory, .causalConvergence]
      case .causalMemory: [.causal, .pram]
      case .causalConvergence: [.causal, .monotonicReads]
      case .causal: [.readYourWrites, .monotonicWrites, .writesFollowReads]
      case .pram: [.readYourWrites, .monotonicReads, .monotonicWrites]
      case .regular: [.safe, .readYourWrites]
      case .readYourWrites, .monotonicReads, .monotonicWrites, .writesFollowReads, .safe, .eventual: []
      }
    return direct.reduce(into: Set(direct)) { $0.formUnion($1.implied) }
  }
}

extension History {
  /// Whether the clock shows the order of each process: no two operations of one process touch. Only then does
  /// linearizability, which sees process order across keys through real time alone, imply sequential consistency.
  public var showsProcessOrder: Bool {
    var processes = NumberTable()
    var ended: [Int64] = []
    for operation in operations where operation.isEffective {
      let process = Int(processes.number(of: UInt64(UInt32(bitPattern: operation.process.number))))
      if process == ended.count {
        ended.append(operation.completed)
      } else {
        if ended[process] >= operation.invoked { return false }
        ended[process] = operation.completed
      }
    }
    return true
  }
}
