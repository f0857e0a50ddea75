public import Foundation
public import History

extension ClusterRun {
  /// How to run.
  public struct Options: Sendable {
    /// Where every random choice comes from.
    public var seed: UInt64
    /// How long an operation may go unanswered before its outcome counts as unknown, and how long starting may take.
    public var timeout: Duration
    /// The folder with the `kvserver` and `kvclient` programs.
    public var programs: URL
    /// An empty folder for the recordings of the clients and of the run itself. It has to stay until the history is
    /// written: ``Outcome/history``.
    public var parts: URL
    /// A folder for a log file of each server; nil to keep only the last lines of each.
    public var serverLogs: URL?
    /// Whether the operations of a workload are recorded, and not only counted. Those of scripts and the final reads always
    /// are.
    public var recordsLoad = true
    /// Which processor core each process stays on; nil to leave that to the system.
    public var placement: Placement?
    /// Told how a workload gets on, a few times a second.
    public var onProgress: (@Sendable (LoadProgress) -> Void)?

    /// Makes options.
    public init(seed: UInt64, timeout: Duration, programs: URL, parts: URL, serverLogs: URL? = nil) {
      self.seed = seed
      self.timeout = timeout
      self.programs = programs
      self.parts = parts
      self.serverLogs = serverLogs
    }
  }

  /// What a run left behind.
  public struct Outcome: Sendable {
    /// The history, which still has to be written.
    public let history: PartedHistory
    /// Whether everything that the clients recorded is in the history. Where it is not, a verdict on it would mean nothing:
    /// reads of a write that is missing look like violations.
    public let isComplete: Bool
    /// Why the run did not go as it should have; nil when it did.
    public let failure: RunFailure?
    /// What else went wrong, each a sentence.
    public let warnings: [String]
    /// What the workload came to; nil where there is none, or it had not begun.
    public let load: LoadStatistics?
    /// How much processor time the servers took while the load lasted, in nanoseconds; nil where that cannot be told.
    public let serversProcessorTime: Int64?
  }
}
