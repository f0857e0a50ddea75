/// What came of the operations of a load and how long they took, counted as they happen, so that nothing has to be kept of
/// them. Those of several clients, or of several intervals, can be added up.
public struct LoadStatistics: Sendable, Equatable {
  /// The operations of one kind.
  public struct Kind: Sendable, Equatable {
    /// How many took effect, a compare-and-set that found another value among them.
    public var ok = 0
    /// How many certainly had no effect.
    public var failed = 0
    /// How many of these were refused because a bound was reached, so that the same may do later.
    public var busy = 0
    /// How many were not answered in time.
    public var unknown = 0
    /// How long they took, all of them: an operation that was not answered counts with the time after which it was given
    /// up. From the intended start where there is a rate, so that what waits behind a stall is not left out.
    public var latencies: LatencyHistogram

    /// Makes counts of nothing.
    public init(_ precision: LatencyHistogram.Precision = .thousandth) {
      latencies = LatencyHistogram(precision)
    }

    /// How many there were.
    public var count: Int { ok + failed + unknown }

    fileprivate mutating func record(_ outcome: Operation.Outcome, isBusy: Bool, nanoseconds: Int64) {
      switch outcome {
      case .ok: ok += 1
      case .fail: failed += 1
      case .unknown: unknown += 1
      }
      if isBusy { busy += 1 }
      latencies.record(nanoseconds: nanoseconds)
    }

    fileprivate mutating func merge(_ other: Kind) {
      ok += other.ok
      failed += other.failed
      busy += other.busy
      unknown += other.unknown
      latencies.merge(other.latencies)
    }
  }

  /// The operations by their kind.
  public var kinds: [Operation.Kind: Kind] = [:]
  /// How many more ended that had begun before the warm-up was over, which count nowhere else here.
  public var warmingUp = 0
  /// How many were to begin, at the rate that was asked for, before the load ended, but had to wait too long.
  public var notBegun = 0
  /// How long the load has lasted since the warm-up, in nanoseconds.
  public var elapsed: Int64 = 0
  /// How much processor time the clients took, in nanoseconds.
  public var processorTime: Int64 = 0

  private let precision: LatencyHistogram.Precision

  /// Makes empty statistics, which tell latencies apart as finely as they are to.
  public init(_ precision: LatencyHistogram.Precision = .thousandth) {
    self.precision = precision
  }

  /// How many operations were counted.
  public var count: Int { kinds.values.reduce(0) { $0 + $1.count } }
  /// How many of them were not as they should be: refused, or not answered.
  public var errors: Int { kinds.values.reduce(0) { $0 + $1.failed + $1.unknown } }

  /// How many a second; 0 while no time has passed.
  public var rate: Double { elapsed > 0 ? Double(count) * 1e9 / Double(elapsed) : 0 }

  /// The latencies of all kinds together.
  public var latencies: LatencyHistogram {
    kinds.values.reduce(into: LatencyHistogram(precision)) { $0.merge($1.latencies) }
  }

  /// Counts an operation.
  ///
  /// - Parameter isBusy: whether it failed because a bound was reached.
  public mutating func record(
    _ kind: Operation.Kind, _ outcome: Operation.Outcome, isBusy: Bool = false, nanoseconds: Int64
  ) {
    kinds[kind, default: Kind(precision)].record(outcome, isBusy: isBusy, nanoseconds: nanoseconds)
  }

  /// Adds what happened elsewhere, or in another interval, told apart as finely. Clients share the time, so the longest
  /// counts.
  public mutating func merge(_ other: LoadStatistics) {
    for (kind, counts) in other.kinds { kinds[kind, default: Kind(precision)].merge(counts) }
    warmingUp += other.warmingUp
    notBegun += other.notBegun
    elapsed = max(elapsed, other.elapsed)
    processorTime += other.processorTime
  }

  /// The statistics of several loads, one after the other.
  public static func inSequence(_ loads: [LoadStatistics]) -> LoadStatistics {
    var all = LoadStatistics()
    for load in loads { all.merge(load) }
    all.elapsed = loads.reduce(0) { $0 + $1.elapsed }
    return all
  }

  /// Forgets the operations, in the memory that they have.
  public mutating func reset() {
    for kind in kinds.keys {
      kinds[kind]?.ok = 0
      kinds[kind]?.failed = 0
      kinds[kind]?.busy = 0
      kinds[kind]?.unknown = 0
      kinds[kind]?.latencies.reset()
    }
    warmingUp = 0
    notBegun = 0
    processorTime = 0
  }
}
