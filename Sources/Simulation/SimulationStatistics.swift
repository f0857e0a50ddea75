public import Configuration

/// What a simulated run, or many, exercised: an idle run shows here.
public struct SimulationStatistics: Sendable, Hashable {
  /// The number of runs.
  public var runs = 0
  /// The number of events that happened.
  public var events = 0
  /// How long the runs took in virtual time, in nanoseconds.
  public var virtualTime: Int64 = 0
  /// Operations that completed.
  public var answered = 0
  /// Operations that were refused and had no effect.
  public var refused = 0
  /// Those of them that were refused because a bound of the server was reached.
  public var busy = 0
  /// Operations whose outcome nobody learned.
  public var unknown = 0
  /// Reads of the end, made of every server.
  public var finalReads = 0
  /// Messages from server to server that were sent.
  public var sent = 0
  /// Those that arrived, each as often as it did.
  public var delivered = 0
  /// Those that a partition kept back.
  public var cut = 0
  /// Those that were lost at random.
  public var lost = 0
  /// Those that found a queue full.
  public var overflowed = 0
  /// Those that were on the way when a connection was reset or a server killed.
  public var reset = 0
  /// Those that were sent once and delivered twice.
  public var duplicated = 0
  /// Those that were held back so that others overtook them.
  public var reordered = 0
  /// Requests that reached a server that was down.
  public var requestsLost = 0
  /// How often a server was started anew, without its memory.
  public var restarts = 0
  /// How many kills were spared because nobody else had kept what the cluster knew.
  public var killsSpared = 0
  /// Writes that were answered and died with their server before anyone else had them.
  public var writesLost = 0
  /// How many faults of each kind began.
  public var faults: [FaultName: Int] = [:]

  /// Makes the statistics of no run.
  public init() {}

  /// The operations of all outcomes, without the reads of the end.
  public var operations: Int { answered + refused + unknown }

  /// Adds those of other runs.
  public mutating func add(_ other: SimulationStatistics) {
    runs += other.runs
    events += other.events
    virtualTime += other.virtualTime
    answered += other.answered
    refused += other.refused
    busy += other.busy
    unknown += other.unknown
    finalReads += other.finalReads
    sent += other.sent
    delivered += other.delivered
    cut += other.cut
    lost += other.lost
    overflowed += other.overflowed
    reset += other.reset
    duplicated += other.duplicated
    reordered += other.reordered
    requestsLost += other.requestsLost
    restarts += other.restarts
    killsSpared += other.killsSpared
    writesLost += other.writesLost
    faults.merge(other.faults, uniquingKeysWith: +)
  }
}
