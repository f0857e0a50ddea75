import Consistency
import History
import KeyValue
import TestSupport
import Testing

/// Histories too large for brute force, of which it is known by construction what holds.
@Suite("Large causal histories")
struct LargeCausalTests {
  /// Processes of replicas that apply one another's writes in the order sent: PRAM, and causal if `isCausal`.
  ///
  /// - Parameter tail: operations that follow, in the form of ``HistoryText``.
  private func history(operations: Int, processes: Int, tail: String = "") throws -> History {
    var random = SplitMix64(seed: 7)
    var lines = Array(repeating: "", count: processes)
    /// How many of all writes, which all replicas apply in one order, each process has seen.
    var writes: [(key: Int, value: Int)] = []
    var seen = Array(repeating: 0, count: processes)
    for index in 0..<operations {
      let process = random.below(processes)
      let key = random.below(3)
      if random.percent(50) {
        writes.append((key, index + 1))
        seen[process] = writes.count
        lines[process] += "w(k\(key),\(index + 1))[\(2 * index)..\(2 * index + 1)] "
      } else {
        seen[process] = min(writes.count, seen[process] + random.below(6))
        let value = writes[..<seen[process]].last { $0.key == key }?.value
        lines[process] += "r(k\(key),\(value.map(String.init) ?? "null"))[\(2 * index)..\(2 * index + 1)] "
      }
    }
    return try HistoryText.parse(lines.joined(separator: "\n") + "\n" + tail)
  }

  @Test(
    "lagging copies of one order keep every promise without real time",
    arguments: CausalFamilyTests.models.prefix(8))
  func holds(model: Model) throws {
    let history = try history(operations: 1_500, processes: 6)
    let verdict = check(history, model)
    #expect(verdict.holds && ProofCheck.problems(verdict, of: history).isEmpty)
  }

  @Test("a violation among many operations is told with few", arguments: CausalFamilyTests.models.prefix(8))
  func violated(model: Model) throws {
    // Violates every one: its own write is forgotten, a value comes back, and authors' earlier operations are missed.
    let history = try history(
      operations: 1_500, processes: 6,
      tail: """
        w(x,1)[9000..9001] w(x,2)[9002..9003] w(y,1)[9004..9005] r(x,1)[9006..9007]
        r(y,1)[9010..9011] r(x,2)[9012..9013] r(x,1)[9014..9015] r(x,2)[9016..9017] w(y,2)[9018..9019]
        r(y,2)[9020..9021] r(x,null)[9022..9023]
        """)
    guard case .violated(let counterexample) = check(history, model).outcome else {
      Issue.record("\(model) holds")
      return
    }
    #expect(counterexample.isMinimal && counterexample.operations.count <= 6, "\(counterexample)")
    let core = history.restricted(to: counterexample.operations)
    #expect(BruteForce.answer(core, model) == .violated, "\(HistoryText.text(core))")
  }

  @Test("repeated values are decided, or left open at a limit", arguments: CausalFamilyTests.models.prefix(8))
  func repeatedValues(model: Model) throws {
    // Whatever was read from, some process must go back: it cannot be seen without trying.
    let readers = (0..<6).map { index in
      (0..<6).map { "r(a,\((index + $0) % 2))[\(20 + 2 * $0)..\(21 + 2 * $0)]" }.joined(separator: " ")
    }
    let writers = (0..<6).map { "w(a,\($0 % 2))[0..9] w(b,\($0))[10..11]" }
    let history = try HistoryText.parse((writers + readers).joined(separator: "\n"))
    let verdict = check(history, model, limits: Limits(configurationsMax: 50))
    #expect(verdict.configurationsExplored <= 50)
    if case .undecided(.limitReached(.configurations, _, _, _)) = verdict.outcome { return }
    let free = check(history, model, limits: Limits(configurationsMax: 100_000))
    #expect(verdict.holds == free.holds && verdict.isViolated == free.isViolated)
  }

  @Test("a limit leaves a verdict open or as it is", arguments: CausalFamilyTests.models)
  func limits(model: Model) {
    var isCut = false
    for seed in 0..<UInt64(1_000) {
      var random = RandomHistories(seed: seed)
      let history = random.next()
      let free = check(history, model)
      for limits in [
        Limits(configurationsMax: 0), Limits(configurationsMax: 1), Limits(deadline: .now),
        Limits(memoryBytesMax: 1),
      ] {
        let verdict = check(history, model, limits: limits)
        if case .undecided(.limitReached) = verdict.outcome {
          isCut = true
        } else {
          #expect(verdict.holds == free.holds && verdict.isViolated == free.isViolated, "seed \(seed)")
        }
      }
    }
    #expect(isCut)
  }
}
