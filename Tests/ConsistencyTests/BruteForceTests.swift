import Consistency
import History
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The checkers against the definitions, on random small histories. `RANDOM_HISTORIES` sets how many a model.
@Suite("Every verdict agrees with brute force")
struct BruteForceTests {
  static let count = ProcessInfo.processInfo.environment["RANDOM_HISTORIES"].flatMap { Int($0) } ?? 20_000

  /// The seeds of one of some parts, which are judged side by side.
  static func seeds(part: UInt64) -> StrideTo<UInt64> {
    stride(from: part, to: UInt64(count), by: Int(partsCount))
  }

  static let partsCount: UInt64 = 4

  @Test(
    "verdicts are those of the definitions, with proofs that stand; where process order shows in real time, a linearizable history is sequentially consistent",
    arguments: 0..<partsCount)
  func orders(part: UInt64) {
    var seen: [Model: Set<String>] = [:]
    var implications = 0
    for seed in Self.seeds(part: part) {
      var random = RandomHistories(seed: seed)
      let history = random.next()
      let models = [Model.linearizable, .sequential]
      let verdicts = models.map { check(history, $0) }
      for (model, verdict) in zip(models, verdicts) {
        func context() -> Comment { "seed \(seed), \(model):\n\(HistoryText.text(history))\n\(verdict)" }
        let answer = BruteForce.answer(history, model)
        let name = Self.expect(verdict, is: answer, of: history, context()) {
          expectContradiction($0, in: history, model, context())
        }
        seen[model, default: []].insert(name)
      }
      guard isProcessOrderInRealTime(history) else { continue }
      #expect(
        verdicts[0].holds == BruteForce.isLinearizableAsAWhole(history) || isVacuous(verdicts[0]),
        "seed \(seed)")
      guard verdicts[0].holds else { continue }
      implications += 1
      #expect(verdicts[1].holds, "seed \(seed):\n\(HistoryText.text(history))")
    }
    #expect(seen.count == 2 && implications > Self.count / Int(Self.partsCount) / 20, "\(implications)")
    for (model, names) in seen {
      #expect(
        names == ["holds", "violated", "vacuous"], "the supply of histories is one-sided: \(model), \(names)")
    }
  }

  @Test("convergence is judged as the definition does, or left open")
  func convergence() {
    var seen: [String: Int] = [:]
    for seed in 0..<UInt64(Self.count) {
      var random = RandomHistories(seed: seed, hasFinalReads: true, operationsMax: 6)
      let history = random.next()
      let answer = BruteForce.answer(history, .eventual)
      let verdict = check(history, .eventual)
      func context() -> Comment { "seed \(seed):\n\(HistoryText.text(history))\n\(answer) \(verdict)" }
      let problems = ProofCheck.problems(verdict, of: history)
      #expect(problems.isEmpty, "\(problems)\n\(context())")
      switch verdict.outcome {
      case .holds:
        seen["holds", default: 0] += 1
        #expect(answer == .holds, context())
      case .violated(let counterexample):
        seen["violated \(name(counterexample.reason))", default: 0] += 1
        #expect(answer == .violated, context())
        let core = history.restricted(to: counterexample.operations)
        #expect(BruteForce.answer(core, .eventual) == .violated, "\(HistoryText.text(core))\nof \(context())")
      case .undecided(let undecided):
        seen["open", default: 0] += 1
        // With repeated values the checker may leave open what every reading of the history would settle.
        if case .ambiguous = undecided, !hasUniqueValues(history) { continue }
        #expect(answer == .open, context())
      }
    }
    let expected: Set = [
      "holds", "open", "violated thinAirRead", "violated futureRead", "violated abortedRead",
      "violated disagreement", "violated lostWrite", "violated replacedValue",
    ]
    #expect(Set(seen.keys) == expected, "the supply of histories is one-sided: \(seen)")
  }

  @Test("swaps of unknown outcome took effect where the last of a chain was observed, and only there")
  func chains() throws {
    let swaps = "w(a,1)[0..1]\ncas(a,1,2)[2..?]\ncas(a,2,3)[4..?]"
    for read in ["", "r(a,3)[6..7]"] {
      let history = try HistoryText.parse(
        "\(swaps)\n\(read)\nr(a,1)[20..21]@0* r(a,1)[22..23]@1*", servers: 2)
      let verdict = check(history, .eventual)
      #expect(verdict.holds == read.isEmpty && verdict.isViolated != read.isEmpty, "\(verdict)")
      #expect(BruteForce.answer(history, .eventual) == (read.isEmpty ? .holds : .violated))
    }
  }

  /// Expects a verdict that no limit cut short to be brute force's answer, with a proof that stands.
  ///
  /// - Returns: what it is, in a word.
  static func expect(
    _ verdict: Verdict, is answer: BruteForce.Answer, of history: History,
    _ context: @autoclosure () -> Comment,
    violated: (Counterexample) -> Void
  ) -> String {
    let problems = ProofCheck.problems(verdict, of: history)
    #expect(problems.isEmpty, "\(problems)\n\(context())")
    switch verdict.outcome {
    case .holds:
      #expect(answer == .holds, context())
      return "holds"
    case .violated(let counterexample):
      #expect(answer == .violated, context())
      violated(counterexample)
      return "violated"
    case .undecided(.provesNothing):
      // A vacuous history is one that could not have failed.
      #expect(answer == .holds, context())
      return "vacuous"
    case .undecided:
      Issue.record("undecided without limits: \(context())")
      return "undecided"
    }
  }

  /// The operations must be rejected by brute force too, and if they are called minimal, every smaller part that does not
  /// cut a read from its write must be fine.
  private func expectContradiction(
    _ counterexample: Counterexample, in history: History, _ model: Model,
    _ context: @autoclosure () -> Comment
  ) {
    let operations = counterexample.operations
    let core = history.restricted(to: operations)
    #expect(BruteForce.answer(core, model) == .violated, "\(HistoryText.text(core))\nof \(context())")
    #expect(check(core, model).isViolated, "\(HistoryText.text(core))\nof \(context())")
    guard case .noOrder(let placed, let blocked) = counterexample.reason else { return }
    #expect(!blocked.isEmpty, context())
    #expect(Set(placed + blocked).isSubset(of: operations), context())
    #expect(counterexample.isMinimal, context())
    for operation in operations where history[operation].kind == .read {
      let rest = history.restricted(to: operations.filter { $0 != operation })
      #expect(BruteForce.answer(rest, model) == .holds, "without \(operation):\n\(context())")
    }
  }

  private func name(_ reason: Counterexample.Reason) -> String {
    String("\(reason)".prefix { $0 != "(" })
  }

  private func isVacuous(_ verdict: Verdict) -> Bool {
    if case .undecided(.provesNothing) = verdict.outcome { true } else { false }
  }

  private func hasUniqueValues(_ history: History) -> Bool {
    var seen: Set<[UInt32]> = []
    for index in history.keys.indices {
      let key = KeyID(index: UInt32(index))
      seen.insert([key.index, history.initialValue(of: key).index])
    }
    return history.operations.allSatisfy {
      !$0.mayWrite || seen.insert([$0.key.index, $0.value.index]).inserted
    }
  }

  private func isProcessOrderInRealTime(_ history: History) -> Bool {
    var ended: [ProcessID: Int64] = [:]
    for operation in history.operations {
      if let before = ended[operation.process], before >= operation.invoked { return false }
      ended[operation.process] = operation.completed
    }
    return true
  }
}
