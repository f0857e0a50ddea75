public import KeyValue

/// What the clients of a store saw: every operation with its interval, ready to be judged.
///
/// A history is well formed by construction (see ``HistoryBuilder``): a process has one operation open at a time, and an
/// operation with an unknown outcome is its process's last.
public struct History: Sendable {
  /// Which clock orders the operations.
  public enum Clock: Sendable, Hashable {
    /// The monotonic clock of the one host on which all clients ran.
    case monotonic
    /// Wall clocks of several hosts, each interval widened by this many nanoseconds on either side.
    case wall(error: Int64)
    /// No usable times: the order of the events in the file.
    case order
  }

  /// The operations in order of invocation.
  public internal(set) var operations: [Operation] = []
  /// The keys that operations name, in order of first appearance.
  public internal(set) var keys: [Key] = []
  /// The values that occur. The first is `null`.
  public internal(set) var values: [Value] = [.null]
  /// What each key holds before the first operation, by ``KeyID``.
  public internal(set) var initialValues: [ValueID] = []
  /// How the recording describes its run, when it does.
  public internal(set) var run: RunDescription?
  /// How the run ended; nil when the recording stops without saying.
  public internal(set) var end: RunEnd?
  /// The faults that were injected, in order.
  public internal(set) var faults: [Fault] = []
  /// Which clock the intervals are of.
  public internal(set) var clock: Clock = .order
  /// What to add to a time of this history's clock to get nanoseconds since 1970; nil when the recording has no wall
  /// clock.
  public internal(set) var wallClockOffset: Int64?
  /// What a reader of a verdict should know about the recording, each a sentence: it was cut short, it did not end
  /// cleanly.
  public internal(set) var warnings: [String] = []

  /// Makes an empty history.
  public init() {}

  /// The operation of that id.
  @inlinable public subscript(id: OperationID) -> Operation { operations[id.index] }

  /// The key of that id.
  public subscript(id: KeyID) -> Key { keys[Int(id.index)] }

  /// The value of that id.
  public subscript(id: ValueID) -> Value { values[Int(id.index)] }

  /// What a key holds before the first operation.
  public func initialValue(of key: KeyID) -> ValueID { initialValues[Int(key.index)] }

  /// Sets what those keys hold at first of which the run does not say it. Linear in the keys and values.
  mutating func setInitialValue(_ value: Value) {
    let known = run?.initial ?? [:]
    let unknown = keys.indices.filter { known[keys[$0]] == nil }
    guard !unknown.isEmpty else { return }
    let id = values.firstIndex(of: value) ?? values.count
    if id == values.count { values.append(value) }
    var run = run ?? RunDescription(name: "")
    for index in unknown {
      initialValues[index] = ValueID(index: UInt32(id))
      run.initial[keys[index]] = value
    }
    self.run = run
  }

  /// The ids of the operations that satisfy a condition, in order of invocation.
  public func ids(where isIncluded: (Operation) -> Bool) -> [OperationID] {
    var ids: [OperationID] = []
    for index in operations.indices where isIncluded(operations[index]) { ids.append(OperationID(index)) }
    return ids
  }

  /// The ids of all operations.
  public var ids: [OperationID] { operations.indices.map(OperationID.init) }

  /// The same run with only some of its operations: for asking whether a part of a history is already wrong. Linear.
  ///
  /// - Parameter kept: ids of operations of this history.
  public func restricted(to kept: some Sequence<OperationID>) -> History {
    var part = self
    part.operations = kept.sorted().map { self[$0] }
    return part
  }
}

/// What a fault injector reported: an event of the run that is no operation.
public struct Fault: Sendable, Hashable {
  /// When, in nanoseconds of the history's clock.
  public let time: Int64
  /// Who reported it, "nemesis" for the harness's own.
  public let process: String
  /// What happened: "kill", "partition", "heal", ...
  public let name: String
  /// Further details, as recorded.
  public let details: JSON

  /// Makes a fault.
  public init(time: Int64, process: String, name: String, details: JSON) {
    self.time = time
    self.process = process
    self.name = name
    self.details = details
  }
}
