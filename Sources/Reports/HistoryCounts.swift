public import History

/// How much a history has of what.
public struct HistoryCounts: Sendable, Hashable {
  /// The operations.
  public var operations = 0
  /// The operations that completed with a result.
  public var ok = 0
  /// The operations that certainly had no effect.
  public var failed = 0
  /// The operations whose outcome nobody learned.
  public var unknown = 0
  /// The reads.
  public var reads = 0
  /// The writes.
  public var writes = 0
  /// The compare-and-sets.
  public var compareAndSets = 0
  /// The logical threads of control.
  public var processes = 0
  /// The keys that operations name.
  public var keys = 0
  /// The replicas that operations name.
  public var servers = 0
  /// The injected faults.
  public var faults = 0
  /// From the first invocation to the last event, in nanoseconds; nil when the history has no times.
  public var nanoseconds: Int64?

  /// Counts. Linear.
  public init(_ history: History) {
    var processes: Set<ProcessID> = []
    var isNamed = Array(repeating: false, count: history.keys.count)
    var servers: Set<Int32> = []
    var server: Int32?
    var last: Int64?
    for operation in history.operations {
      operations += 1
      switch operation.outcome {
      case .ok: ok += 1
      case .fail: failed += 1
      case .unknown: unknown += 1
      }
      switch operation.kind {
      case .read: reads += 1
      case .write: writes += 1
      case .compareAndSet: compareAndSets += 1
      }
      processes.insert(operation.process)
      isNamed[Int(operation.key.index)] = true
      if let other = operation.server, other != server {
        servers.insert(other)
        server = other
      }
      let end = operation.completed == Operation.never ? operation.invoked : operation.completed
      last = max(last ?? end, end)
    }
    self.processes = processes.count
    keys = isNamed.count { $0 }
    self.servers = servers.count
    faults = history.faults.count { !$0.isEnd }
    if history.clock != .order, let first = history.operations.first?.invoked, let last {
      nanoseconds = last &- first
    }
  }
}
