import Consistency
import History
import KeyValue
import TestSupport
import Testing

/// The engines for linearizability against brute force and one another.
@Suite("The engines for linearizability agree")
struct EngineTests {
  @Test(
    "on random small histories all give the answer of brute force", arguments: 0..<BruteForceTests.partsCount)
  func small(part: UInt64) {
    var seen: [Engine: Set<String>] = [:]
    for seed in BruteForceTests.seeds(part: part) {
      var random = RandomHistories(seed: seed)
      let history = random.next()
      let isLinearizable = BruteForce.isLinearizable(history)
      for engine in [Engine.zones, .frontier, .wingGong] {
        let verdict = check(history, .linearizable, engine: engine)
        func context() -> Comment { "seed \(seed), \(engine):\n\(HistoryText.text(history))\n\(verdict)" }
        if engine == .zones, case .undecided(.ambiguous) = verdict.outcome {
          seen[engine, default: []].insert("not taken")
          continue
        }
        let name = BruteForceTests.expect(
          verdict, is: isLinearizable ? .holds : .violated, of: history, context()
        ) { counterexample in
          let core = history.restricted(to: counterexample.operations)
          #expect(!BruteForce.isLinearizable(core), "\(HistoryText.text(core))\nof \(context())")
          expectSources(counterexample, in: history, context())
          if case .noOrder(_, let blocked) = counterexample.reason { #expect(!blocked.isEmpty, context()) }
        }
        seen[engine, default: []].insert(name)
      }
    }
    for engine in [Engine.zones, .frontier, .wingGong] {
      let names: Set = ["holds", "violated", "vacuous"]
      #expect(
        seen[engine] == (engine == .zones ? names.union(["not taken"]) : names),
        "the supply of histories is one-sided: \(engine)")
    }
  }

  @Test("named histories have their verdicts by every engine that takes them")
  func named() throws {
    for example in NamedVerdictTests.registers + NamedVerdictTests.swaps {
      let history = try HistoryText.parse(example.text, initial: example.initial, servers: example.servers)
      for engine in Engine.allCases {
        let verdict = check(history, .linearizable, engine: engine)
        if engine == .zones, case .undecided = verdict.outcome { continue }
        #expect(verdict.holds == (example.linearizable == .holds), "\(engine): \(example)")
        #expect(verdict.isViolated == (example.linearizable == .violated), "\(engine): \(example)")
      }
    }
  }

  @Test("on larger histories the verdicts are the same, and proved", arguments: [nil, 5])
  func larger(values: Int?) {
    var violations = 0
    var openFrontiers = 0
    for seed in 0..<UInt64(100) {
      let random = supply(seed: seed, values: values)
      let history = random.history(seed: seed)
      func context() -> Comment { "seed \(seed), \(values.map(String.init) ?? "unique") values" }
      var answers: [Engine: Bool] = [:]
      for engine in Engine.allCases {
        let limits = Limits(configurationsMax: 5_000)
        let verdict = check(history, .linearizable, limits: limits, engine: engine)
        let problems = ProofCheck.problems(verdict, of: history)
        #expect(problems.isEmpty, "\(engine), \(context()): \(problems)")
        switch verdict.outcome {
        case .holds:
          answers[engine] = true
        case .violated(let counterexample):
          answers[engine] = false
          if counterexample.operations.count <= 9 {
            let core = history.restricted(to: counterexample.operations)
            #expect(!BruteForce.isLinearizable(core), "\(engine), \(context()):\n\(HistoryText.text(core))")
          }
          if counterexample.isMinimal { expectSources(counterexample, in: history, context()) }
        case .undecided(.ambiguous):
          #expect(engine == .zones, context())
        case .undecided:
          #expect(engine != .zones && (engine != .automatic || values != nil), "\(engine), \(context())")
          if engine == .frontier { openFrontiers += 1 }
        }
      }
      #expect(Set(answers.values).count <= 1, "\(context()): \(answers)")
      #expect(!answers.values.contains(false) || random.staleReads > 0, context())
      if answers[.automatic] == false { violations += 1 }
    }
    #expect(violations > 10 && openFrontiers < 10, "\(violations), \(openFrontiers)")
  }

  @Test("a read that returns what was replaced long before is found in a large history")
  func injected() {
    var large = LargeHistories()
    large.operations = 20_000
    large.processes = 10
    large.keys = 3
    large.unknownShare = 5
    large.swapShare = 10
    #expect(check(large.history(seed: 1), .linearizable).holds)
    large.staleReads = 1
    let history = large.history(seed: 1)
    guard case .violated(let counterexample) = check(history, .linearizable).outcome else {
      Issue.record("the stale read is accepted")
      return
    }
    #expect(counterexample.isMinimal)
    let core = history.restricted(to: counterexample.operations)
    #expect(core.operations.count <= 9, "\(HistoryText.text(core))")
    #expect(!BruteForce.isLinearizable(core), "\(HistoryText.text(core))")
  }

  @Test(
    "a mismatch is served by a write of any value but the one it did not find",
    arguments: [Engine.automatic, .frontier, .wingGong])
  func vagueMismatch(engine: Engine) throws {
    for (value, isServed) in [(1, false), (3, true)] {
      let history = try HistoryText.parse(
        "w(a,2)[0..1] w(a,1)[2..3]\nw(a,\(value))[4..7]\ncas(a,1,9):_[5..8]")
      let verdict = check(history, .linearizable, engine: engine)
      #expect(verdict.holds == isServed && verdict.isViolated == !isServed, "\(value): \(verdict)")
    }
  }

  @Test("more operations may be open at once than a word has bits")
  func manyOpen() {
    for (values, engine) in [(nil, Engine.zones), (3, .frontier)] {
      var large = LargeHistories()
      large.processes = 150
      large.operations = 600
      large.values = values
      large.unknownShare = 2
      let history = large.history(seed: 7)
      let limits = Limits(configurationsMax: 10_000)
      let verdict = check(history, .linearizable, limits: limits, engine: engine)
      #expect(verdict.holds, "a valid history is not accepted by \(engine)")
      #expect(ProofCheck.problems(verdict, of: history).isEmpty)
    }
  }

  private func supply(seed: UInt64, values: Int?) -> LargeHistories {
    var random = SplitMix64(seed: seed)
    var large = LargeHistories()
    large.operations = random.among(20...200)
    large.processes = random.among(2...7)
    large.keys = random.among(1...3)
    large.values = values
    large.readShare = random.pick([30, 50, 70])
    large.swapShare = random.pick([0, 30, 80])
    large.unknownShare = random.pick([0, 2, 15])
    large.staleReads = random.pick([0, 1, 2])
    return large
  }

  /// Whatever an operation of a core found is the initial value or written by another operation of the core: the core is
  /// wrong for a better reason than that a write was left out. Mismatches that do not tell what they found, or that contradict
  /// themselves, ask for nothing.
  private func expectSources(
    _ counterexample: Counterexample, in history: History, _ context: @autoclosure () -> Comment
  ) {
    guard case .noOrder = counterexample.reason else { return }
    for id in counterexample.operations where history[id].outcome == .ok && history[id].kind != .write {
      let operation = history[id]
      if operation.isMismatch, !operation.hasResult || operation.value == operation.expected { continue }
      let found =
        operation.kind == .compareAndSet && !operation.isMismatch ? operation.expected : operation.value
      if found == history.initialValue(of: operation.key) { continue }
      let hasSource = counterexample.operations.contains {
        $0 != id && history[$0].mayWrite && history[$0].key == operation.key && history[$0].value == found
      }
      #expect(hasSource, "\(id) of \(counterexample) lacks its source: \(context())")
    }
  }
}
