import Consistency
import History
import TestSupport
import Testing

/// The causal models, PRAM, the session guarantees and the registers against their definitions, on random small
/// histories. `RANDOM_HISTORIES` sets how many a model.
@Suite("The causal family agrees with brute force")
struct CausalFamilyTests {
  static let models: [Model] = [
    .causal, .causalMemory, .causalConvergence, .pram, .readYourWrites, .monotonicReads, .monotonicWrites,
    .writesFollowReads, .regular, .safe,
  ]

  /// Stores that more or less work, and readings that nothing ties to a store, by turns.
  private static func history(_ seed: UInt64, operationsMax: Int = 9) -> History {
    if seed.isMultiple(of: 3) {
      var random = RandomHistories(seed: seed, operationsMax: min(7, operationsMax))
      return random.next()
    }
    var random = RandomReadings(seed: seed, operationsMax: operationsMax)
    return random.next()
  }

  @Test(
    "verdicts are those of the definitions, with proofs that stand, and what a model implies holds wherever it holds",
    arguments: 0..<BruteForceTests.partsCount)
  func definitions(part: UInt64) {
    var seen: [Model: Set<String>] = [:]
    for seed in BruteForceTests.seeds(part: part) {
      let history = Self.history(seed)
      // Each model alone, and by what was prepared for others, by turns.
      let prepared = (seed / BruteForceTests.partsCount).isMultiple(of: 2) ? PreparedHistory(history) : nil
      var holding: Set<Model> = []
      for model in Model.allCases where model != .eventual {
        let verdict = check(prepared ?? PreparedHistory(history), model)
        if verdict.holds { holding.insert(model) }
        // Brute force has its say on the others in a suite of their own.
        guard Self.models.contains(model) else { continue }
        func context() -> Comment { "seed \(seed), \(model):\n\(HistoryText.text(history))\n\(verdict)" }
        let answer = BruteForce.answer(history, model)
        let name = BruteForceTests.expect(verdict, is: answer, of: history, context()) {
          if $0.isMinimal { seen[model, default: []].insert("minimal") }
          expectContradiction($0, in: history, model, context())
        }
        seen[model, default: []].insert(name)
      }
      for model in holding {
        seen[model, default: []].insert("holds")
        var missing = model.implied.subtracting(holding)
        // Process order that the clock does not show is unknown to linearizability.
        if model == .linearizable, !history.showsProcessOrder {
          missing = missing.intersection([.regular, .safe])
        }
        #expect(missing.isEmpty, "seed \(seed), \(model) without \(missing):\n\(HistoryText.text(history))")
      }
    }
    for model in Model.allCases where model != .eventual {
      let names: Set = Self.models.contains(model) ? ["holds", "violated", "vacuous", "minimal"] : ["holds"]
      #expect(seen[model] == names, "the supply is one-sided: \(model)")
    }
  }

  private func expectContradiction(
    _ counterexample: Counterexample, in history: History, _ model: Model,
    _ context: @autoclosure () -> Comment
  ) {
    let operations = counterexample.operations
    let core = history.restricted(to: operations)
    #expect(BruteForce.answer(core, model) == .violated, "\(HistoryText.text(core))\nof \(context())")
    #expect(check(core, model).isViolated, "\(HistoryText.text(core))\nof \(context())")
    if case .cycle(let cycle) = counterexample.reason {
      #expect(Set(cycle.operations).isSubset(of: operations), context())
    }
    switch counterexample.reason {
    case .thinAirRead, .abortedRead, .futureRead: return
    default: guard counterexample.isMinimal else { return }
    }
    for operation in operations where history[operation].kind == .read {
      let rest = history.restricted(to: operations.filter { $0 != operation })
      #expect(BruteForce.answer(rest, model) == .holds, "without \(operation):\n\(context())")
    }
  }

  @Test("the smallest causal orders decide like all causal orders", arguments: models.prefix(3))
  func allCausalOrders(model: Model) {
    var violated = 0
    for seed in 0..<UInt64(BruteForceTests.count / 20) {
      let history = Self.history(seed, operationsMax: 4)
      let answer = BruteForce.answer(history, model)
      violated += answer == .violated ? 1 : 0
      #expect(
        BruteForce.answerByAllCausalOrders(history, model) == answer,
        "seed \(seed), \(HistoryText.text(history))")
    }
    #expect(violated > BruteForceTests.count / 400)
  }

  @Test(
    "what replaced a value may have ended before another write that did not",
    arguments: [Model.regular, .safe])
  func longWrite(model: Model) throws {
    let history = try HistoryText.parse("w(a,1)[0..1]\nw(a,2)[2..3]\nw(a,3)[0..4]\nr(a,1)[5..6]")
    #expect(check(history, model).isViolated)
    #expect(BruteForce.answer(history, model) == .violated)
  }

  @Test("no model implies another than those that are named")
  func noOtherImplications() throws {
    var open: Set<[Model]> = []
    let models = Model.allCases.filter { $0 != .eventual }
    for model in models {
      for other in models where other != model && !model.implied.contains(other) {
        open.insert([model, other])
      }
    }
    let named = try NamedVerdictTests.all.map { try $0.history() }
    for history in named + (0..<UInt64(4_000)).map({ Self.history($0) }) where !open.isEmpty {
      let verdicts = Dictionary(uniqueKeysWithValues: models.map { ($0, check(history, $0)) })
      open = open.filter { pair in !(verdicts[pair[0]]!.holds && verdicts[pair[1]]!.isViolated) }
    }
    #expect(open.isEmpty, "nothing tells apart \(open)")
  }
}
