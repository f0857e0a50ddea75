public import Configuration
public import History

/// What a simulated run left behind.
public struct SimulatedRun: Sendable {
  /// What the clients saw, with the final reads and the faults.
  public let history: History
  /// What went wrong besides; nil where nothing did.
  public let failure: SimulationFailure?
  /// What it exercised.
  public let statistics: SimulationStatistics
  /// What happened, in order; empty unless it was asked for.
  public let trace: [TraceEvent]
  /// The faults that began.
  public let faults: [FaultOccurrence]
  /// When the load ended, in nanoseconds.
  public let loadEnd: Int64
  /// The sessions, by the numbers that the trace uses.
  public let sessions: [SessionLane]
  /// Writes that were answered and died with their server before anyone else had them.
  public let lostWrites: Set<OperationID>
  /// What was added to clients' wall clocks, and when.
  let clientSkews: [(time: Int64, client: Int32, skew: Int64)]
}

/// A session of a simulated run.
public struct SessionLane: Sendable, Hashable {
  /// By what its random choices are told from those of others; what a scenario numbers its client.
  public let stream: Int
  /// The server that it uses.
  public let server: Int
  /// Whether it made reads of the end.
  public let isFinal: Bool
}
