import History
import TestSupport
import Testing

@testable import Consistency

/// Histories of hundreds of processes, as clients leave behind that go on under a new number whenever an operation's
/// outcome is unknown.
@Suite("Histories of many processes")
struct WideHistoryTests {
  /// Writes-follow-reads is not among them: it still takes clocks for the keys on which orders have conflicts.
  private static let models: [Model] = [
    .sequential, .causal, .causalMemory, .causalConvergence, .pram, .readYourWrites, .monotonicReads,
    .monotonicWrites, .regular, .safe,
  ]

  private func history(_ seed: UInt64, staleReads: Int) -> History {
    var large = LargeHistories()
    large.operations = 2_500
    large.processes = 15
    large.keys = 4
    large.unknownShare = 15
    large.staleReads = staleReads
    return large.history(seed: seed)
  }

  @Test("are decided in memory that does not grow with operations times processes", arguments: models)
  func memory(model: Model) {
    let history = history(1, staleReads: 1)
    let processes = Set(history.operations.map(\.process)).count
    let bytes = 800_000
    // A number for each write and process would not fit.
    #expect(processes > 300 && history.operations.count * processes > bytes)
    let verdict = check(history, model, limits: Limits(memoryBytesMax: bytes))
    if case .undecided = verdict.outcome { Issue.record("\(verdict)") }
    if case .violated(let counterexample) = verdict.outcome {
      #expect(counterexample.operations.count <= 12, "\(counterexample)")
    }
    #expect(ProofCheck.problems(verdict, of: history) == [])
  }

  @Test("without an anomaly satisfy every model, and the order found is one of all operations")
  func valid() throws {
    let history = history(2, staleReads: 0)
    let budget = Budget(.none)
    let reading = try Reading(history, history.ids { $0.isEffective }, budget)
    let readers = try Readers(reading, budget)
    for patience in [GuidedOrder.Patience.unlimited, .realTime] {
      let order = try #require(
        try GuidedOrder(reading, history, readers: readers, patience, budget))
      #expect(order.operations.count == reading.happened.count { $0 })
      if order.conflicts.isEmpty {
        let verdict = Verdict(model: .sequential, outcome: .holds(.order(try order.ids(reading, budget))))
        #expect(ProofCheck.problems(verdict, of: history) == [])
      }
    }
    #expect(try GuidedOrder.best(reading, history, readers: readers, budget)?.conflicts == [])
  }

  @Test("vector clocks and the conflicts of orders find the same", arguments: [false, true])
  func clocks(convergence: Bool) throws {
    var seen: [String: Int] = [:]
    for seed in 0..<seedCount(default: 1_000) {
      var random = RandomReadings(seed: seed, operationsMax: 9)
      let history = random.next()
      let budget = Budget(.none)
      let reading = try Reading(history, history.ids { $0.isEffective }, budget)
      guard reading.sourceless == nil, reading.firstOpen == nil else { continue }
      let prepared = PreparedReading(reading, history)
      let byClocks = try ClockPatterns(prepared, budget).decide(convergence: convergence, budget)
      let byOrders = try BadPatterns(prepared).decide(
        convergence: convergence, budget)
      switch (byClocks, byOrders) {
      case (.fine(let first), .fine(let second)):
        seen["fine", default: 0] += 1
        for witness in [first, second] {
          let verdict = Verdict(model: convergence ? .causalConvergence : .causal, outcome: .holds(witness))
          #expect(ProofCheck.problems(verdict, of: history) == [], "seed \(seed)")
        }
      case (.broken, .broken): seen["broken", default: 0] += 1
      default: Issue.record("seed \(seed): \(byClocks), \(byOrders)\n\(HistoryText.text(history))")
      }
    }
    #expect(seen.count == 2, "\(seen)")
  }
}
