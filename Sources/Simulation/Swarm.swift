public import Configuration
public import Consistency
public import History
import Synchronization

/// Many simulated runs, each of a seed of its own and different in kind, spread over the cores and judged.
///
/// What is reported does not depend on how the runs were spread: seeds are handed out in order, and of the failures those
/// count that no smaller one outruns.
public struct Swarm: Sendable {
  /// What ran.
  public let configuration: ClusterConfiguration
  /// The model to judge by; nil for that of the level.
  public var model: Model?
  /// How much each verdict may cost.
  public var limits = Limits(configurationsMax: 100_000)
  /// Whether to go on after a failure.
  public var collectsAll = false
  /// How many runs at a time.
  public var jobs = 1
  /// What makes the replicas; nil for those of the configuration's protocol.
  public var makeReplica: ReplicaFactory?

  /// A seed and what became of its run.
  public struct Finding: Sendable {
    /// The seed.
    public let seed: UInt64
    /// What went wrong besides the history; nil where nothing did.
    public let failure: SimulationFailure?
    /// Whether the history violates the model.
    public let isViolation: Bool
  }

  /// What many runs showed.
  public struct Result: Sendable {
    /// The failures in order of their seeds; the first only, unless all are collected.
    public var failures: [Finding] = []
    /// The seeds whose histories were not decided, those that prove nothing left out.
    public var undecided: [UInt64] = []
    /// How many histories proved nothing: nothing was written, or nothing read.
    public var vacuous = 0
    /// What the runs exercised, up to and with the first failure unless all are collected.
    public var statistics = SimulationStatistics()

    /// Makes the result of no run.
    public init() {}

    fileprivate mutating func add(_ part: Result) {
      failures += part.failures
      undecided += part.undecided
      vacuous += part.vacuous
      statistics.add(part.statistics)
    }
  }

  /// Makes a swarm of a configuration.
  public init(_ configuration: ClusterConfiguration) {
    self.configuration = configuration
  }

  /// The run of one seed, judged.
  ///
  /// - Throws: what the history refuses, which would be a fault of this module.
  public func judge(_ seed: UInt64, isTraced: Bool = false) throws(HistoryBuilder.Refusal) -> Judgement {
    try Judgement(
      running: configuration.varied(seed: seed), seed: seed, model: model, limits: limits, isTraced: isTraced,
      showsStores: isTraced, makeReplica: makeReplica)
  }

  /// What the tasks share.
  private final class Board: Sendable {
    let progress: Mutex<Progress>
    init(firstSeed: UInt64) { progress = Mutex(Progress(next: firstSeed)) }
  }

  private struct Progress {
    var next: UInt64?
    /// The smallest seed that failed.
    var firstFailure = UInt64.max
    /// What the runs showed up to the first that is not done yet, or up to the first failure.
    var result = Result()
    /// Of how many runs that is.
    var folded = 0
    /// What later ones showed.
    var waiting: [UInt64: Result] = [:]
    var refusal: HistoryBuilder.Refusal?
  }

  /// Runs the seeds.
  ///
  /// - Parameter report: told now and then how many runs are done, from any task.
  /// - Throws: what a history refuses, which would be a fault of this module.
  public func run(
    _ seeds: ClosedRange<UInt64>, report: @escaping @Sendable (_ done: Int) -> Void = { _ in }
  ) async throws -> Result {
    let board = Board(firstSeed: seeds.lowerBound)
    await withTaskGroup { group in
      for _ in 0..<max(1, jobs) {
        group.addTask { work(seeds, board, report) }
      }
    }
    let (result, refusal) = board.progress.withLock { ($0.result, $0.refusal) }
    if let refusal { throw refusal }
    return result
  }

  private func work(
    _ seeds: ClosedRange<UInt64>, _ board: Board, _ report: @Sendable (Int) -> Void
  ) {
    while !Task.isCancelled {
      let seed: UInt64? = board.progress.withLock { progress in
        guard let next = progress.next, collectsAll || next < progress.firstFailure else { return nil }
        progress.next = next < seeds.upperBound ? next + 1 : nil
        return next
      }
      guard let seed else { return }
      var part = Result()
      do throws(HistoryBuilder.Refusal) {
        let judgement = try judge(seed)
        part.statistics = judgement.run.statistics
        switch judgement.verdict.outcome {
        case .undecided(.provesNothing): part.vacuous = 1
        case .undecided: part.undecided = [seed]
        case .holds, .violated: break
        }
        if judgement.isFailure {
          part.failures = [
            Finding(
              seed: seed, failure: judgement.run.failure, isViolation: judgement.verdict.isViolated)
          ]
        }
      } catch {
        board.progress.withLock { $0.refusal = $0.refusal ?? error }
        return
      }
      let done = board.progress.withLock { progress in
        if !part.failures.isEmpty { progress.firstFailure = min(progress.firstFailure, seed) }
        progress.waiting[seed] = part
        // Every seed up to the first failure is run, whoever runs it; what was run beyond does not count.
        while collectsAll || progress.result.failures.isEmpty,
          let next = progress.waiting.removeValue(forKey: seeds.lowerBound + UInt64(progress.folded))
        {
          progress.folded += 1
          progress.result.add(next)
        }
        return progress.folded
      }
      report(done)
    }
  }
}
