public import History
public import KeyValue

/// What a checker says about a history and a model, with the evidence for it. Operations are named by their places in
/// the order of invocation.
public struct Claim: Sendable, Hashable {
  /// The model.
  public var model: Promise
  /// What shows that the history satisfies the model, or violates it.
  public var evidence: Evidence

  /// Makes a claim.
  public init(_ model: Promise, _ evidence: Evidence) {
    self.model = model
    self.evidence = evidence
  }

  /// Whether the claim is that the model holds; otherwise it is that the model is violated.
  public var holds: Bool {
    switch evidence {
    case .core: false
    case .follows(_, let holds): holds
    case .order, .orderOfEachKey, .orderOfEachProcess, .readsFrom, .arbitration, .agreement: true
    }
  }
}

/// What shows that a claim is true.
public enum Evidence: Sendable, Hashable {
  /// For each key an order of its operations that a single copy could have executed.
  case orderOfEachKey([KeyOrder])
  /// One order of all operations that a single copy could have executed.
  case order([Int32])
  /// For each process an order of its operations and of writes in which it finds what it found: its own, or for those that
  /// have none its part of a common order of all operations, which may be empty.
  case orderOfEachProcess([ProcessOrder], common: [Int32])
  /// Which write each operation read from, and an order of all operations, which may be empty, that extends process order and
  /// reads-from: along it less has to be looked at.
  case readsFrom(Sources, along: [Int32])
  /// The same, and an order of all operations in which each found the latest write among those causally before it.
  case arbitration([Int32], Sources)
  /// For each key what all replicas ended with.
  case agreement([Agreement])
  /// Operations that contradict the model by themselves.
  case core(Core)
  /// It follows from the claim, of the same history, that another model holds (or is violated).
  case follows(Promise, holds: Bool)
}

/// The order of one key's operations.
public struct KeyOrder: Sendable, Hashable {
  /// The key.
  public var key: KeyID
  /// Its operations, first to last.
  public var operations: [Int32]

  /// Makes an order.
  public init(key: KeyID, operations: [Int32]) {
    self.key = key
    self.operations = operations
  }
}

/// The order in which one process can have seen its operations and the writes of others.
public struct ProcessOrder: Sendable, Hashable {
  /// The process.
  public var process: ProcessID
  /// Its operations and writes, first to last.
  public var operations: [Int32]

  /// Makes an order.
  public init(process: ProcessID, operations: [Int32]) {
    self.process = process
    self.operations = operations
  }
}

/// What operations read from: two columns of the same length.
public struct Sources: Sendable, Hashable {
  /// Stands for the initial value of the key among the writes.
  public static let initial: Int32 = -1

  /// The operations that found something.
  public var reads: [Int32]
  /// The write whose value each found, or ``initial``.
  public var writes: [Int32]

  /// Makes the columns.
  public init(reads: [Int32], writes: [Int32]) {
    self.reads = reads
    self.writes = writes
  }
}

/// What all replicas answered for one key in the end.
public struct Agreement: Sendable, Hashable {
  /// The key.
  public var key: KeyID
  /// The value agreed on.
  public var value: ValueID
  /// All final reads of the key.
  public var reads: [Int32]
  /// The write that nothing replaced and whose value was read; nil when no write took effect.
  public var write: Int32?
  /// How long after the last completed write the last final read returned, in nanoseconds; nil when no write completed.
  public var converged: Int64?

  /// Makes an agreement.
  public init(key: KeyID, value: ValueID, reads: [Int32], write: Int32?, converged: Int64?) {
    self.key = key
    self.value = value
    self.reads = reads
    self.write = write
    self.converged = converged
  }
}

/// Operations that contradict a model by themselves, and what is told about them.
public struct Core: Sendable, Hashable {
  /// The operations, in order of invocation.
  public var operations: [Int32]
  /// A circle of operations each of which must come before the next, where that is how the contradiction is told.
  public var cycle: [Edge]
  /// Operations that the explanation names besides; they are to be among the others.
  public var named: [Int32]

  /// Makes a core.
  public init(operations: [Int32], cycle: [Edge] = [], named: [Int32] = []) {
    self.operations = operations
    self.cycle = cycle
    self.named = named
  }
}

/// Why one operation must come before another.
public struct Edge: Sendable, Hashable {
  /// The reasons.
  public enum Reason: Sendable, Hashable {
    /// One process made both, in this order.
    case processOrder
    /// The second found the value that the first wrote.
    case readsFrom
    /// The first found the initial value of the key that the second writes.
    case foundInitialValue
    /// The operation found the value of the second, and the first, of the same key, came before it by this path.
    case overwrittenBefore(Int32, path: [Edge])
    /// The first found the value of the operation, which the second replaced after this path.
    case replacedAfter(Int32, path: [Edge])
  }

  /// What comes first.
  public var from: Int32
  /// What comes second.
  public var to: Int32
  /// Why.
  public var reason: Reason

  /// Makes an edge.
  public init(from: Int32, to: Int32, reason: Reason) {
    self.from = from
    self.to = to
    self.reason = reason
  }
}

/// Why a claim is not proved by its evidence.
public struct Objection: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong, a clause without a full stop.
  public let reason: String
  /// The key at which it showed; nil when it is not about one.
  public let key: Key?

  /// Whether nothing is known to be wrong, but verifying may not go on.
  let isGivingUp: Bool

  init(_ reason: String, key: Key? = nil) {
    self.reason = reason
    self.key = key
    isGivingUp = false
  }

  /// Stands for a limit that was reached, until the verifier makes a ``Finding`` of it.
  init(givingUp reason: String) {
    self.reason = reason
    key = nil
    isGivingUp = true
  }

  /// The reason, with the key.
  public var description: String { key.map { "key \($0): \(reason)" } ?? reason }
}

/// What became of verifying a claim that was not refuted.
public enum Finding: Sendable, Hashable {
  /// The evidence proves the claim.
  case proved
  /// Verifying would have cost more than the verifier may spend. The sentence says what was too large.
  case beyondReach(String)
}
