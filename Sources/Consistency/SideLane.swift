import Dispatch
import History
import Synchronization

/// The models that take nothing of what the others share of a history, and how stale its reads are: decided on threads of
/// their own, beside the others.
///
/// Nothing follows from one side for the other until the session guarantees, so no verdict depends on which side was
/// faster. Both share the limits on memory: where it was short beside the other side, what was undecided for that is asked
/// again alone.
final class SideLane: Sendable {
  /// The memory that both sides take for an operation, in bytes; and what this one takes besides, for one of a key.
  private static let bytesPerOperation = 200

  /// The models, in the order in which they are decided: where reads are those of regular registers they are those of safe
  /// ones.
  static let models: [Model] = [.regular, .safe, .eventual]

  /// A verdict, and how long deciding took.
  struct Answer: Sendable {
    let verdict: Verdict
    let elapsed: Duration

    init(_ decide: () -> Verdict) {
      let start = ContinuousClock.now
      verdict = decide()
      elapsed = ContinuousClock.now - start
    }
  }

  private struct State {
    var answers: [Model: Answer] = [:]
    var staleness: Staleness?
  }

  private let state = Mutex(State())
  private let group = DispatchGroup()

  /// Begins; nil where one thread is all there is, or the memory may not be enough for both sides. With a limit on
  /// configurations one comes after the other, too.
  ///
  /// - Parameters:
  ///   - parts: what is prepared already.
  ///   - measuresStaleness: whether how stale the reads are is asked, too.
  init?(
    _ parts: PreparedHistory.Parts, measuresStaleness: Bool, limits: @escaping @Sendable () -> Limits,
    decide: @escaping @Sendable (PreparedHistory, Model, Limits) -> Verdict
  ) {
    let budget = Budget(limits())
    let bytes = Self.bytesPerOperation * (parts.history.operations.count + parts.largestKey)
    guard budget.threads > 1, budget.hasRoom(for: bytes) else { return nil }
    @Sendable func ownLimits() -> Limits {
      var limits = limits()
      limits.threads -= 1
      return limits
    }
    DispatchQueue.global().async(group: group) { [self] in
      let prepared = PreparedHistory(parts)
      for model in Self.models {
        if model == .safe, self[.regular]?.verdict.holds ?? false { continue }
        let answer = Answer { decide(prepared, model, ownLimits()) }
        state.withLock { $0.answers[model] = answer }
      }
      guard measuresStaleness else { return }
      let limits = ownLimits()
      let found = Consistency.staleness(of: parts.history, limits: limits)
      let isLate = limits.deadline.map { limits.now() >= $0 } ?? false
      let isWhole = isLate || found.unknown.allSatisfy { $0.because != .limit }
      state.withLock { $0.staleness = isWhole ? found : nil }
    }
  }

  /// Waits until all is done.
  func finish() { group.wait() }

  /// What a model came to; nil while it is not decided, and where it is to be asked again.
  subscript(model: Model) -> Answer? {
    state.withLock { $0.answers[model] }.flatMap { $0.verdict.isShortOfMemory ? nil : $0 }
  }

  /// How stale the reads are; nil where that was not asked, and where it is to be asked again.
  var staleness: Staleness? { state.withLock { $0.staleness } }
}
