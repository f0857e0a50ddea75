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
  /// The faults now in force, each in words.
  public var faults: [String] = []
}

/// Adds up what the clients of a workload report.
struct LoadWatch {
  /// After so long it is said how things are, even if a client has not reported, which has ended or stands still.
  var patience = Duration.seconds(1)

  /// What those that have ended say of all that they did; nil before the first has.
  private(set) var total: LoadStatistics?
  /// The servers' processor time while the load lasted.
  private(set) var serversProcessorTime: Int64?
  private var serversAtStart: [Int32: Int64] = [:]
  private var start = ContinuousClock.now
  private var recent = LoadStatistics(.tenth)
  private var errors = 0
  private var recentSince = ContinuousClock.now
  private var clientCount = 0
  /// How many reports are in `recent`.
  private var reportCount = 0

  /// The load begins now.
  ///
  /// - Parameters:
  ///   - times: the processor time that each server process has taken; -1 where that cannot be told.
  ///   - clients: how many processes report.
  mutating func begin(servers times: [Int32: Int64], clients: Int) {
    guard total == nil, serversAtStart.isEmpty else { return }
    serversAtStart = times
    clientCount = clients
    start = .now
    recentSince = start
  }

  /// The load has ended. Where a server was started anew meanwhile, how long it computed before nobody knows.
  mutating func end(servers times: [Int32: Int64]) {
    guard times.keys == serversAtStart.keys, !times.values.contains(-1), serversProcessorTime == nil else {
      return
    }
    serversProcessorTime = times.reduce(0) { $0 + $1.value - (serversAtStart[$1.key] ?? 0) }
  }

  /// Adds what a client has done in all, or a part of that.
  mutating func take(_ statistics: LoadStatistics) {
    total = total ?? LoadStatistics()
    total?.merge(statistics)
  }

  /// Adds what a client has done of late.
  ///
  /// - Returns: how things are, when it is time to say so.
  mutating func progress(_ statistics: LoadStatistics) -> LoadProgress? {
    errors += statistics.errors
    recent.merge(statistics)
    reportCount += 1
    let now = ContinuousClock.now
    let elapsed = now - recentSince
    // One report of each, so that the rate is that of all.
    guard reportCount >= clientCount || elapsed >= patience else { return nil }
    defer {
      recent.reset()
      reportCount = 0
      recentSince = now
    }
    return LoadProgress(
      elapsed: now - start, rate: Double(recent.count + recent.warmingUp) / (elapsed / .seconds(1)),
      errors: errors, p99: recent.latencies.nanoseconds(percentile: 99))
  }
}
