public import History

/// What a checker decided about a history and a model, with what proves it.
public struct Verdict: Sendable {
  /// The three answers.
  public enum Outcome: Sendable {
    /// The history satisfies the model; the witness shows how.
    case holds(Witness)
    /// No run of a store that keeps the promise can produce the history; the counterexample shows why.
    case violated(Counterexample)
    /// Neither was proved.
    case undecided(Undecided)
  }

  /// The model asked about.
  public let model: Model
  /// The answer.
  public let outcome: Outcome
  /// What a reader should know although the answer is right without it, each a sentence: the writes and reads never
  /// overlapped, the recording was cut short.
  public let warnings: [String]
  /// The number of configurations that searches explored: a measure of work that does not depend on the machine.
  public let configurationsExplored: Int
  /// What came to the answer. Where keys are decided by themselves: of a history that satisfies the model how many each
  /// procedure decided, of one that violates it the one key, of an undecided one the keys that were decided. Empty where
  /// nothing was, and where the verdict follows from another.
  public let decisions: [Decision]

  /// Makes a verdict.
  public init(
    model: Model, outcome: Outcome, warnings: [String] = [], configurationsExplored: Int = 0,
    decisions: [Decision] = []
  ) {
    self.model = model
    self.outcome = outcome
    self.warnings = warnings
    self.configurationsExplored = configurationsExplored
    self.decisions = decisions
  }

  /// Whether the model holds.
  public var holds: Bool {
    if case .holds = outcome { true } else { false }
  }

  /// Whether the model is violated.
  public var isViolated: Bool {
    if case .violated = outcome { true } else { false }
  }
}

/// What shows that a history satisfies a model.
public enum Witness: Sendable, Hashable {
  /// For each key an order of its operations that a single copy could have executed. Operations of unknown outcome that
  /// need not have happened are left out.
  case orderOfEachKey([KeyOrder])
  /// One order of all operations that a single copy of the store could have executed.
  case order([OperationID])
  /// For each key the value that all replicas ended with.
  case agreement([Agreement])
  /// What each operation that found a value read it from. With that nothing forbidden by the model occurs, which is
  /// checked by going through it: along an order of all operations that extends process order and reads-from, where there
  /// is one (it may be empty).
  case readsFrom([Source], along: [OperationID])
  /// For each process an order of its operations and of the writes that come before them, which a single copy could have
  /// executed, were it not for what other processes found. The processes that have none of their own have the `common` one,
  /// an order of all operations: its part that is their operations and the writes.
  case orderOfEachProcess([ProcessOrder], common: [OperationID])
  /// One order of all operations in which each finds the latest write among those causally before it, and what each
  /// operation that found a value read it from, which says what is causally before what.
  case arbitration([OperationID], readsFrom: [Source])

  /// The order of one key's operations.
  public struct KeyOrder: Sendable, Hashable {
    /// The key.
    public let key: KeyID
    /// Its operations, first to last.
    public let operations: [OperationID]

    /// Makes an order.
    public init(key: KeyID, operations: [OperationID]) {
      self.key = key
      self.operations = operations
    }
  }

  /// Where an operation found its value.
  public struct Source: Sendable, Hashable {
    /// The operation that found it.
    public let read: OperationID
    /// The place that stands for the initial value: an optional would take half as much again.
    private static let initial = OperationID(.max)
    private let place: OperationID

    /// The operation that wrote it; nil for the initial value.
    public var write: OperationID? { place == Self.initial ? nil : place }

    /// Makes a source.
    public init(read: OperationID, write: OperationID?) {
      self.read = read
      place = write ?? Self.initial
    }
  }

  /// The order in which one process can have seen its operations and the writes of others.
  public struct ProcessOrder: Sendable, Hashable {
    /// The process.
    public let process: ProcessID
    /// Its operations and writes, first to last.
    public let operations: [OperationID]

    /// Makes an order.
    public init(process: ProcessID, operations: [OperationID]) {
      self.process = process
      self.operations = operations
    }
  }

  /// What all replicas answered for one key in the end.
  public struct Agreement: Sendable, Hashable {
    /// The key.
    public let key: KeyID
    /// The value agreed on.
    public let value: ValueID
    /// The final reads, one or more of each replica.
    public let reads: [OperationID]
    /// A write of the value that certainly took effect and that nothing can have replaced; nil when nothing was written.
    public let write: OperationID?
    /// How long after the last completed write of the key the last final read returned, in nanoseconds: an upper bound
    /// on the time to converge. nil when no write of the key completed.
    public let converged: Int64?

    /// Makes an agreement.
    public init(
      key: KeyID, value: ValueID, reads: [OperationID], write: OperationID? = nil, converged: Int64?
    ) {
      self.key = key
      self.value = value
      self.reads = reads
      self.write = write
      self.converged = converged
    }
  }
}

/// What shows that a history violates a model: few operations, and the reason why they cannot go together.
public struct Counterexample: Sendable, Hashable {
  /// Why the operations cannot go together.
  public enum Reason: Sendable, Hashable {
    /// The read returns a value that nothing wrote and that the key did not hold at first.
    case thinAirRead(OperationID)
    /// The read returns a value that only operations wrote that certainly had no effect.
    case abortedRead(OperationID, writes: [OperationID])
    /// The read ended before anything that wrote its value began.
    case futureRead(OperationID, writes: [OperationID])
    /// However the counterexample's operations are ordered, a point is reached where none of the remaining ones can come
    /// next. The best attempt placed `placed` in this order and then had only `blocked` to choose from.
    case noOrder(placed: [OperationID], blocked: [OperationID])
    /// Each of some operations would have to come before the next, and the last before the first.
    case cycle(Cycle)
    /// Some operations may have found their values in several places, and none of the possibilities is allowed.
    case everyReadingFails(ambiguous: [OperationID])
    /// The read returned the value of `write` (nil: the initial value) although `replacement` had begun after that ended
    /// and had itself ended before the read began.
    case overwrittenValue(read: OperationID, write: OperationID?, replacement: OperationID)
    /// A compare-and-set reports that the value differed from the expected one, and that the two were equal.
    case impossibleMismatch(OperationID)
    /// A limit was reached after a contradiction had been found, before it could be told which operations make it: none is
    /// named, and there is no proof to validate.
    case untold
    /// Replicas ended with different values for the key.
    case disagreement(KeyID, reads: [OperationID])
    /// Replicas ended with a value that the key held at first although a write succeeded.
    case lostWrite(read: OperationID, write: OperationID)
    /// Replicas ended with the value of `write` although `replacement`, causally later, had replaced it.
    case replacedValue(read: OperationID, write: OperationID, replacement: OperationID)
  }

  /// Why they cannot go together.
  public let reason: Reason
  /// The operations that contradict one another, in order of invocation.
  public let operations: [OperationID]
  /// Whether the operations are a smallest part of the history: without any one of them (and, for a write, the
  /// operations that can have found its value) the rest would be fine. False when shrinking was cut short.
  public let isMinimal: Bool

  /// Makes a counterexample.
  public init(reason: Reason, operations: [OperationID], isMinimal: Bool) {
    self.reason = reason
    self.operations = operations
    self.isMinimal = isMinimal
  }
}

/// Why nothing was proved.
public enum Undecided: Sendable, Hashable {
  /// The history would satisfy the model whatever the store did: it proves nothing. The sentence says what is missing.
  case provesNothing(String)
  /// A limit was reached first. `decided` of `total` keys were decided, all in favour; `keys` are the others. For a model
  /// that is not decided key by key that is 0 of 1, without a key.
  case limitReached(Limits.Kind, decided: Int, total: Int, keys: [KeyID])
  /// The recording leaves open what the answer depends on. The sentence says what.
  case ambiguous(String)
}
