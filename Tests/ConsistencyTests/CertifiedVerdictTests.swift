import Consistency
import History
import TestSupport
import Testing

/// Histories too large for brute force. Every verdict proves itself: a pass by an order that is replayed, a violation by
/// operations so few that brute force can reject them.
@Suite("Verdicts about larger histories are certified by their proofs")
struct CertifiedVerdictTests {
  @Test("passes replay, and cores are rejected by brute force", arguments: [Model.linearizable, .sequential])
  func proofs(model: Model) {
    var passes = 0
    var cores = 0
    for seed in 0..<UInt64(150) {
      var random = RandomHistories(seed: seed, operationsMax: 150)
      let history = random.next()
      let verdict = check(history, model, limits: Limits(configurationsMax: 5_000))
      let problems = ProofCheck.problems(verdict, of: history)
      #expect(problems.isEmpty, "seed \(seed), \(model): \(problems)")
      switch verdict.outcome {
      case .holds: passes += 1
      case .violated(let counterexample):
        guard counterexample.operations.count <= 8 else { continue }
        cores += 1
        let core = history.restricted(to: counterexample.operations)
        #expect(
          BruteForce.answer(core, model) == .violated,
          "seed \(seed), \(model):\n\(HistoryText.text(core))")
      case .undecided:
        continue
      }
    }
    #expect(passes > 20 && cores > 20, "\(passes) passes and \(cores) cores")
  }

  @Test("a history of one copy is linearizable however many operations are open or lost")
  func manyOpen() throws {
    // A reader sees, one by one, all of a hundred writes that were open at once; half of them never completed.
    let writes = (1...100).map { "w(a,\($0))[0..\($0 % 2 == 0 ? "?" : "999")]" }.joined(separator: "\n")
    let reads = (1...100).reversed().map { "r(a,\($0))[\(1000 - 3 * $0)..\(1001 - 3 * $0)]" }.joined(
      separator: " ")
    let history = try HistoryText.parse("\(writes)\n\(reads)")
    for model in [Model.linearizable, .sequential] {
      let verdict = check(history, model, limits: Limits(configurationsMax: 100_000))
      #expect(verdict.holds && ProofCheck.problems(verdict, of: history).isEmpty, "\(model)")
    }
  }

  @Test("a contradiction in a long history shrinks to the operations that make it")
  func shrinking() throws {
    let before = (1...300).map {
      "w(a,\($0))[\(4 * $0)..\(4 * $0 + 1)] r(a,\($0))[\(4 * $0 + 2)..\(4 * $0 + 3)]"
    }
    let history = try HistoryText.parse(
      "\(before.joined(separator: " "))\nr(a,149)[605..606]\nw(b,1)[0..2000]")
    guard case .violated(let counterexample) = check(history, .linearizable).outcome else {
      Issue.record("a stale read is accepted")
      return
    }
    #expect(counterexample.isMinimal)
    let core = HistoryText.text(history.restricted(to: counterexample.operations))
    #expect(counterexample.operations.count <= 3, "\(core)")
    #expect(core.contains("r(a,149)[605..606]"), "\(core)")
  }
}
