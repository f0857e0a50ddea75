import History

/// How a workload gets on, for a person who waits for it.
public struct LoadProgress: Sendable {
  /// How long it has lasted.
  public let elapsed: Duration
  /// How many operations ended in a second, of late.
  public let rate: Double
  /// How many operations were refused or not answered, since the beginning.
  public let errors: Int
  /// The latency that 99 of 100 operations did not exceed of late, in nanoseconds; nil when there were none.
  public let p99: Int64?
}

/// Adds up what the clients of a workload report.
struct LoadWatch {
  private static let interval = Duration.milliseconds(500)

  /// What they have reported so far; nil before anything.
  private(set) var total: LoadStatistics?
  /// The servers' processor time while the load lasted.
  private(set) var serversProcessorTime: Int64?
  private var serversAtStart: Int64?
  private var start = ContinuousClock.now
  private var recent = LoadStatistics()
  private var recentSince = ContinuousClock.now

  /// The load begins now.
  mutating func begin(servers processorTime: Int64?) {
    guard total == nil else { return }
    serversAtStart = processorTime
    start = .now
    recentSince = start
  }

  /// The load has ended.
  mutating func end(servers processorTime: Int64?) {
    if let processorTime, let serversAtStart { serversProcessorTime = processorTime - serversAtStart }
  }

  /// Adds a report.
  ///
  /// - Returns: how things are, when it is time to say so.
  mutating func take(_ statistics: LoadStatistics) -> LoadProgress? {
    total = total ?? LoadStatistics()
    total?.merge(statistics)
    recent.merge(statistics)
    let now = ContinuousClock.now
    let elapsed = now - recentSince
    guard elapsed >= Self.interval else { return nil }
    defer {
      recent.reset()
      recentSince = now
    }
    return LoadProgress(
      elapsed: now - start, rate: Double(recent.count + recent.warmingUp) / (elapsed / .seconds(1)),
      errors: total?.errors ?? 0, p99: recent.latencies.nanoseconds(percentile: 99))
  }
}
