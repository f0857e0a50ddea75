import Consistency
import History
import Synchronization
import TestSupport
import Testing

/// Limits that are reached at every possible moment: a clock and a meter that jump after so many questions.
@Suite("A limit that is reached at any moment leaves a verdict open or as it is")
struct TrippedLimitTests {
  /// Counts questions.
  private final class Counter: Sendable {
    private let count = Mutex(0)

    /// How many questions there were before this one.
    func next() -> Int {
      count.withLock { count in
        defer { count += 1 }
        return count
      }
    }

    var total: Int { count.withLock { $0 } }
  }

  /// Limits that look at every step, of which one is reached at the k-th question.
  private func limits(_ kind: Limits.Kind, at k: Int) -> (Limits, Counter) {
    let counter = Counter()
    let start = ContinuousClock.now
    var limits = Limits()
    limits.stepsPerLook = 1
    if kind == .time {
      limits.deadline = start.advanced(by: .seconds(1))
      limits.now = { counter.next() < k ? start : start.advanced(by: .seconds(2)) }
    } else {
      let looks = Counter()
      limits.now = { start.advanced(by: .seconds(looks.next())) }
      limits.memoryBytesMax = 1_000_000_000
      limits.memoryInUse = { _ in counter.next() < k ? 0 : 2_000_000_000 }
    }
    return (limits, counter)
  }

  /// Checks with limits reached at ever later moments, until one is not reached.
  ///
  /// - Returns: how often a limit was reached.
  private func trip(
    _ kind: Limits.Kind, _ history: History, _ model: Model, _ engine: Engine = .automatic, step: Int = 1,
    context: Comment
  ) -> Int {
    let free = check(history, model, engine: engine)
    var k = 0
    var cut = 0
    while true {
      let (limits, counter) = limits(kind, at: k)
      let verdict = check(history, model, limits: limits, engine: engine)
      if case .undecided(.limitReached(let reached, let decided, let total, let keys)) = verdict.outcome {
        #expect(reached == kind && decided < total, context)
        #expect(keys.isEmpty ? total == 1 : keys.count == total - decided, context)
        cut += 1
      } else {
        let isSame =
          verdict.holds == free.holds && verdict.isViolated == free.isViolated
        #expect(isSame, "at question \(k), \(context)\n\(verdict)\nwithout limits: \(free)")
        if !isSame { return cut }
      }
      if counter.total <= k { return cut }
      k += k < 20 * step ? step : k / 2
    }
  }

  @Test("of any model, on small histories", arguments: Model.allCases)
  func everyMoment(model: Model) {
    var cut = 0
    for seed in 0..<seedCount(default: 6) {
      var random = RandomHistories(seed: seed, hasFinalReads: model == .eventual)
      var readings = RandomReadings(seed: seed, operationsMax: 8)
      let histories = model == .eventual ? [random.next()] : [random.next(), readings.next()]
      for history in histories {
        for kind in [Limits.Kind.time, .memory] {
          cut += trip(kind, history, model, context: "seed \(seed), \(kind):\n\(HistoryText.text(history))")
        }
      }
    }
    #expect(cut > 0)
  }

  @Test("of any engine", arguments: Engine.allCases)
  func everyEngine(engine: Engine) {
    for seed in 0..<seedCount(default: 6) {
      var random = RandomHistories(seed: seed)
      let history = random.next()
      for kind in [Limits.Kind.time, .memory] {
        let model = engine.model ?? .linearizable
        _ = trip(kind, history, model, engine, context: "seed \(seed), \(engine), \(kind)")
      }
    }
  }

  @Test("of any model, on larger histories that are violated", arguments: Model.allCases.dropLast())
  func larger(model: Model) {
    var large = LargeHistories()
    large.operations = 400
    large.processes = 8
    large.keys = 3
    large.unknownShare = 5
    large.staleReads = 2
    let history = large.history(seed: 5)
    for kind in [Limits.Kind.time, .memory] {
      #expect(trip(kind, history, model, step: 40, context: "\(model), \(kind)") > 0)
    }
  }

  @Test("of the solver, on a history that takes it long")
  func solver() {
    var large = LargeHistories()
    large.operations = 200
    large.processes = 12
    large.values = 10
    large.unknownShare = 5
    large.staleReads = 2
    let history = large.history(seed: 5)
    for kind in [Limits.Kind.time, .memory] {
      let cut = trip(kind, history, .sequential, .satisfiability, step: 40, context: "the solver, \(kind)")
      #expect(cut > 0)
    }
  }

  /// What became of a check whose time ran out at the k-th question.
  private func outcome(
    _ history: History, _ model: Model, at k: Int, after: Duration
  ) -> (verdict: Verdict, questions: Int) {
    let counter = Counter()
    let start = ContinuousClock.now
    var limits = Limits()
    limits.stepsPerLook = 1
    limits.deadline = start.advanced(by: .seconds(9))
    limits.tellingDeadline = start.advanced(by: .seconds(10))
    limits.now = { counter.next() < k ? start : start.advanced(by: after) }
    return (check(history, model, limits: limits), counter.total)
  }

  @Test(
    "a violation that was found is told, in the time kept for that as without limits, and else as one that could not be",
    arguments: Model.allCases.dropLast())
  func told(model: Model) {
    var large = LargeHistories()
    large.operations = 60
    large.processes = 4
    large.keys = 2
    large.staleReads = 1
    var untold = 0
    var violated = 0
    var histories = (0..<seedCount(default: 1)).map { large.history(seed: $0) }
    for seed in 0..<seedCount(default: 12) {
      var random = RandomReadings(seed: seed, operationsMax: 8)
      histories.append(random.next())
    }
    for history in histories {
      let free = check(history, model)
      guard case .violated(let whole) = free.outcome else { continue }
      violated += 1
      var k = 0
      while true {
        // Between the two deadlines only what was found by the first one is still told: that tells what was found.
        let late = outcome(history, model, at: k, after: .milliseconds(9_500))
        let tooLate = outcome(history, model, at: k, after: .seconds(11)).verdict
        #expect(
          late.verdict.isViolated == tooLate.isViolated, "at question \(k)\n\(HistoryText.text(history))")
        if case .violated(let counterexample) = late.verdict.outcome {
          #expect(counterexample.operations.count <= whole.operations.count)
          #expect(counterexample.reason != .untold)
        }
        if case .violated(let counterexample) = tooLate.outcome, counterexample.reason == .untold {
          #expect(counterexample.operations.isEmpty && !counterexample.isMinimal)
          untold += 1
        }
        if late.questions <= k { break }
        k += k < 40 ? 1 : k / 4
      }
    }
    #expect(violated > 0)
    if [.causal, .causalConvergence, .sequential].contains(model) { #expect(untold > 0) }
  }

  @Test("staleness that was cut short is a lower bound")
  func staleness() {
    var large = LargeHistories()
    large.operations = 200
    large.keys = 3
    large.staleReads = 3
    let history = large.history(seed: 2)
    let free = Consistency.staleness(of: history)
    guard case .exactly(let delta) = free.delta else {
      Issue.record("\(free)")
      return
    }
    var isCut = false
    for k in stride(from: 0, to: 4_000, by: 37) {
      let (limits, _) = limits(.time, at: k)
      let found = Consistency.staleness(of: history, limits: limits)
      switch found.delta {
      case .exactly(let bound): #expect(bound == delta && found.unknown.isEmpty)
      case .atLeast(let bound):
        isCut = true
        #expect(bound <= delta && found.unknown.allSatisfy { $0.because == .limit })
        #expect(!found.unknown.isEmpty)
      case .unknown:
        isCut = true
        #expect(!found.unknown.isEmpty && found.unknown.allSatisfy { $0.because == .limit })
      case .unbounded: Issue.record("at \(k): \(found)")
      }
    }
    #expect(isCut)
  }
}
