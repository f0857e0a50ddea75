public import Consistency
public import History

/// What became of one history file: its verdicts, or why there are none.
public struct CheckedFile: Sendable {
  /// A verdict and what it took.
  public struct Judgement: Sendable {
    /// The verdict.
    public let verdict: Verdict
    /// How long the checker took.
    public let elapsed: Duration
    /// The model whose verdict this one follows from; nil when it was decided by itself.
    public let follows: Model?
    /// Whether somebody asked for the model, so that the verdict counts for the exit status; otherwise it is there for
    /// information.
    public let isAsked: Bool

    /// Makes a judgement.
    public init(verdict: Verdict, elapsed: Duration, follows: Model? = nil, isAsked: Bool = true) {
      self.verdict = verdict
      self.elapsed = elapsed
      self.follows = follows
      self.isAsked = isAsked
    }
  }

  /// What became of it.
  public enum Outcome: Sendable {
    /// It was read and judged by one model or several.
    case judged(History, [Judgement])
    /// It could not be read.
    case unreadable(HistoryError)
    /// Nobody named a model and neither does the file.
    case noModel(String)
    /// The checker contradicts itself: a fault of this program.
    case fault(String)
  }

  /// The file, as it was named; "-" for standard input.
  public let file: String
  /// What became of it.
  public let outcome: Outcome

  /// How stale its reads are; nil when nobody asked, or when it is linearizable.
  public let staleness: Staleness?

  /// Makes a result.
  public init(file: String, outcome: Outcome, staleness: Staleness? = nil) {
    self.file = file
    self.outcome = outcome
    self.staleness = staleness
  }

  /// The status that the file alone would end the program with.
  public var status: CheckStatus {
    switch outcome {
    case .unreadable(let error) where error.isBeyondMemory: .undecided
    case .unreadable(let error): error.isUnreachable ? .noInput : .badData
    case .noModel: .usage
    case .fault: .fault
    case .judged(_, let judgements):
      CheckStatus.worst(judgements.filter(\.isAsked).map { CheckStatus($0.verdict) })
    }
  }
}

extension HistoryError {
  /// A short name of what is wrong that does not change from release to release.
  var kind: String { isBeyondMemory ? "memory-limit" : isUnreachable ? "no-input" : "bad-data" }
}

/// How a check ends, as the status of its process. Continuous integration depends on these numbers.
public enum CheckStatus: Int32, Sendable, Hashable, CaseIterable {
  /// Every asked model holds.
  case holds = 0
  /// A model is violated.
  case violated = 1
  /// Undecided: a limit was reached, or the history proves nothing.
  case undecided = 2
  /// The command line is wrong.
  case usage = 64
  /// A history cannot be understood.
  case badData = 65
  /// A history cannot be reached.
  case noInput = 66
  /// A process that is needed could not start, or ended early.
  case unavailable = 69
  /// A fault of this program.
  case fault = 70
  /// A report cannot be written.
  case cannotCreate = 73

  /// The status of a verdict.
  public init(_ verdict: Verdict) {
    switch verdict.outcome {
    case .holds: self = .holds
    case .violated: self = .violated
    case .undecided: self = .undecided
    }
  }

  /// The worst of several: a fault of ours, then a report that could not be written, a run that failed, input that could
  /// not be judged, a violation, undecided.
  public static func worst(_ statuses: some Sequence<CheckStatus>) -> CheckStatus {
    let order: [CheckStatus] = [
      .fault, .cannotCreate, .unavailable, .noInput, .badData, .usage, .violated, .undecided, .holds,
    ]
    let found = Set(statuses)
    return order.first { found.contains($0) } ?? .holds
  }
}
