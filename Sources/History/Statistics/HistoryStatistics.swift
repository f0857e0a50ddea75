/// A history in numbers: how much of what, how busy, how fast.
public struct HistoryStatistics: Sendable, Hashable {
  /// The operations of one kind.
  public struct OfKind: Sendable, Hashable {
    /// Those with a result.
    public var ok = 0
    /// Those that certainly had no effect.
    public var failed = 0
    /// Those whose outcome nobody learned.
    public var unknown = 0
    /// How long those with a result took, in nanoseconds; nil when there are none or the history has no times.
    public var latency: Percentiles?

    /// All of them.
    public var count: Int { ok + failed + unknown }
  }

  /// How many operations were open at a time. Those of unknown outcome are left out, since nobody knows how long they were.
  public struct Concurrency: Sendable, Hashable {
    /// The average over time; over the events, where there are no times.
    public var mean: Double
    /// The most at any instant.
    public var max: Int
  }

  /// The operations by kind.
  public var kinds: [Operation.Kind: OfKind] = [:]
  /// How many were open at a time; nil when none completed.
  public var concurrency: Concurrency?
  /// From the first invocation to the last event, in nanoseconds; nil when the history has no times.
  public var nanoseconds: Int64?
  /// The keys that operations name.
  public var keys = 0
  /// The logical threads of control.
  public var processes = 0
  /// The configured clients, where recorded.
  public var clients = 0
  /// The replicas that operations name.
  public var servers = 0
  /// The injected faults.
  public var faults = 0
  /// Compare-and-sets that report a mismatch, which are among the `ok`.
  public var mismatches = 0
  /// How many different values were written, each counted once a key.
  public var writtenValues = 0
  /// How many of these were written more than once: with none, the fast checkers apply.
  public var repeatedValues = 0

  /// The operations.
  public var operations: Int { kinds.values.reduce(0) { $0 + $1.count } }
  /// The operations whose outcome nobody learned.
  public var unknown: Int { kinds.values.reduce(0) { $0 + $1.unknown } }
  /// The operations with a result.
  public var ok: Int { kinds.values.reduce(0) { $0 + $1.ok } }
  /// The operations that certainly had no effect.
  public var failed: Int { kinds.values.reduce(0) { $0 + $1.failed } }
  /// Operations in a second; nil when the history has no times or lasted no time.
  public var rate: Double? {
    nanoseconds.flatMap { $0 > 0 ? Double(operations) * 1e9 / Double($0) : nil }
  }
  /// The part of the operations whose outcome nobody learned, from 0 to 1.
  public var unknownShare: Double { operations == 0 ? 0 : Double(unknown) / Double(operations) }

  /// Counts and measures. n log n in the operations.
  public init(_ history: History) {
    var processes: Set<ProcessID> = []
    var clients: Set<Int32> = []
    var servers: Set<Int32> = []
    var seen = [Bool](repeating: false, count: history.keys.count)
    // By the number of the kind: a look into a dictionary for each operation would cost more than all the rest.
    var rows = Array(repeating: OfKind(), count: Operation.Kind.allCases.count)
    var written: [UInt64] = []
    written.reserveCapacity(history.operations.count { $0.mayWrite })
    // What the reader added to each interval is no part of how long the operation took.
    var widening: Int64 = 0
    if case .wall(let error) = history.clock { widening = 2 * error }
    var last: Int64?
    for operation in history.operations {
      processes.insert(operation.process)
      if let client = operation.client { clients.insert(client) }
      if let server = operation.server { servers.insert(server) }
      seen[Int(operation.key.index)] = true
      if operation.isMismatch { mismatches += 1 }
      if operation.mayWrite {
        written.append(UInt64(operation.key.index) << 32 | UInt64(operation.value.index))
      }
      let isComplete = operation.completed != Operation.never
      last = max(last ?? .min, isComplete ? operation.completed : operation.invoked)
      switch operation.outcome {
      case .ok: rows[Int(operation.kind.rawValue)].ok += 1
      case .fail: rows[Int(operation.kind.rawValue)].failed += 1
      case .unknown: rows[Int(operation.kind.rawValue)].unknown += 1
      }
    }
    for kind in Operation.Kind.allCases where rows[Int(kind.rawValue)].count > 0 {
      kinds[kind] = rows[Int(kind.rawValue)]
    }
    self.processes = processes.count
    self.clients = clients.count
    self.servers = servers.count
    keys = seen.count { $0 }
    faults = history.faults.count { !$0.isEnd }
    (writtenValues, repeatedValues) = Self.distinct(&written)
    written = []
    concurrency = Self.concurrency(history)
    guard history.clock != .order, let first = history.operations.first?.invoked, let last else { return }
    nanoseconds = max(0, last - first - widening)
    // One kind after the other, so that no more latencies are held than one has.
    for kind in kinds.keys {
      var latencies: [Int64] = []
      latencies.reserveCapacity(kinds[kind]?.ok ?? 0)
      for operation in history.operations where operation.kind == kind && operation.outcome == .ok {
        latencies.append(max(0, operation.completed - operation.invoked - widening))
      }
      kinds[kind]?.latency = Percentiles(consume latencies)
    }
  }

  /// The memory that an operation takes while it is counted, in bytes: a number for each, sorted.
  public static let bytesPerOperation = 12

  /// How many different numbers there are, and how many of them occur more than once.
  private static func distinct(_ numbers: inout [UInt64]) -> (all: Int, repeated: Int) {
    numbers.sort()
    var (all, repeated) = (0, 0)
    for index in numbers.indices {
      let isFirst = index == 0 || numbers[index] != numbers[index - 1]
      let isSecond = !isFirst && (index == 1 || numbers[index] != numbers[index - 2])
      if isFirst { all += 1 }
      if isSecond { repeated += 1 }
    }
    return (all, repeated)
  }

  private static func concurrency(_ history: History) -> Concurrency? {
    func isComplete(_ operation: Operation) -> Bool { operation.completed != Operation.never }
    guard let first = history.operations.first(where: isComplete) else { return nil }
    var ends: [Int64] = []
    ends.reserveCapacity(history.operations.count(where: isComplete))
    for operation in history.operations where isComplete(operation) { ends.append(operation.completed) }
    ends.sort()
    var (open, most, ended) = (0, 0, 0)
    var busy = 0.0
    for operation in history.operations where isComplete(operation) {
      while ends[ended] < operation.invoked {
        ended += 1
        open -= 1
      }
      open += 1
      most = max(most, open)
      busy += Double(operation.completed - operation.invoked)
    }
    let span = Double((ends.last ?? first.completed) - first.invoked)
    return Concurrency(mean: span > 0 ? busy / span : Double(most), max: most)
  }
}

/// How a quantity is distributed, in nanoseconds: the value that so much of a hundred does not exceed.
public struct Percentiles: Sendable, Hashable {
  /// Half lie at or below it.
  public let p50: Int64
  /// Nine in ten lie at or below it.
  public let p90: Int64
  /// 99 in a hundred lie at or below it.
  public let p99: Int64
  /// 999 in a thousand lie at or below it.
  public let p999: Int64
  /// The largest.
  public let max: Int64
  /// The average.
  public let mean: Double

  /// Takes the percentiles by nearest rank; nil of nothing. n log n.
  public init?(_ values: consuming [Int64]) {
    values.sort()
    guard let largest = values.last else { return nil }
    func rank(_ perThousand: Int) -> Int64 {
      values[Swift.max(0, (values.count * perThousand + 999) / 1000 - 1)]
    }
    (p50, p90, p99, p999, max) = (rank(500), rank(900), rank(990), rank(999), largest)
    mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
  }
}
