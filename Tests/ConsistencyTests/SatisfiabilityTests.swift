import Consistency
import History
import KeyValue
import TestSupport
import Testing

/// Sequential consistency by the SAT solver, against brute force, against the memoised search, and on histories that no
/// search decides.
@Suite("A SAT solver decides sequential consistency")
struct SatisfiabilityTests {
  private func history(_ change: (inout HistoryGenerator.Options) -> Void) throws -> History {
    var options = HistoryGenerator.Options()
    change(&options)
    var bytes: [UInt8] = []
    HistoryGenerator(options).write { bytes += $0 }
    return try HistoryReader().read(bytes, file: "generated")
  }

  /// Expects a verdict to be an answer with a proof that stands.
  private func expectProof(_ verdict: Verdict, of history: History, _ context: @autoclosure () -> Comment) {
    let problems = ProofCheck.problems(verdict, of: history)
    #expect(problems.isEmpty, "\(problems)\n\(context())")
  }

  @Test(
    "on random small histories the engines give the answer of brute force",
    arguments: [Engine.satisfiability, .memoisedSearch])
  func small(engine: Engine) {
    var seen: [String: Int] = [:]
    for seed in 0..<UInt64(BruteForceTests.count / 2) {
      var random = RandomHistories(seed: seed)
      var readings = RandomReadings(seed: seed, operationsMax: 8)
      for history in [random.next(), readings.next()] {
        let verdict = check(history, .sequential, engine: engine)
        func context() -> Comment { "seed \(seed), \(engine):\n\(HistoryText.text(history))\n\(verdict)" }
        let answer = BruteForce.answer(history, .sequential)
        let name = BruteForceTests.expect(verdict, is: answer, of: history, context()) { counterexample in
          let core = history.restricted(to: counterexample.operations)
          #expect(BruteForce.answer(core, .sequential) == .violated, context())
          if case .noOrder = counterexample.reason { #expect(counterexample.isMinimal, context()) }
        }
        seen[name, default: 0] += 1
      }
    }
    #expect(
      Set(seen.keys) == ["holds", "violated", "vacuous"], "the supply of histories is one-sided: \(seen)")
  }

  @Test("on larger histories, of values that repeat, it agrees with the memoised search")
  func larger() {
    var answers = [true: 0, false: 0]
    for seed in 0..<seedCount(default: 400) {
      var random = RandomHistories(seed: seed, operationsMax: 40)
      let history = random.next()
      let verdict = check(history, .sequential, engine: .satisfiability)
      func context() -> Comment { "seed \(seed):\n\(HistoryText.text(history))\n\(verdict)" }
      expectProof(verdict, of: history, context())
      let limits = Limits(configurationsMax: 20_000)
      let searched = check(history, .sequential, limits: limits, engine: .memoisedSearch)
      if case .undecided = searched.outcome { continue }
      #expect(
        verdict.holds == searched.holds && verdict.isViolated == searched.isViolated,
        "\(context())\nsearched: \(searched)")
      answers[verdict.holds, default: 0] += 1
    }
    #expect(answers.values.allSatisfy { $0 > 20 }, "the supply of histories is one-sided: \(answers)")
  }

  @Test("histories are decided that a search is lost in", arguments: [20, 50])
  func hard(values: Int) throws {
    let history = try history {
      $0.operations = 400
      $0.processes = 20
      $0.values = .repeated(values)
      $0.anomalies = [.staleRead]
    }
    let limits = Limits(configurationsMax: 20_000)
    let lost = check(history, .sequential, limits: limits, engine: .memoisedSearch)
    guard case .undecided = lost.outcome else {
      Issue.record("the history is not hard: \(lost)")
      return
    }
    let verdict = check(history, .sequential, limits: limits)
    #expect(verdict.holds)
    expectProof(verdict, of: history, "\(values) values")
  }

  @Test(
    "what goes wrong in a large history is found, and told by few operations",
    arguments: [Anomaly.lostUpdate, .crossed, .resurrectedWrite, .nonMonotonicRead])
  func wrong(anomaly: Anomaly) throws {
    let history = try history {
      $0.operations = 300
      $0.processes = 8
      $0.keys = 2
      $0.values = .repeated(60)
      $0.compareAndSetsPerMillion = 100_000
      $0.unknownPerMillion = 20_000
      $0.anomalies = [anomaly]
    }
    let verdict = check(history, .sequential, engine: .satisfiability)
    guard case .violated(let counterexample) = verdict.outcome else {
      Issue.record("it is not found: \(verdict)")
      return
    }
    #expect(counterexample.isMinimal && counterexample.operations.count <= 9, "\(counterexample)")
    expectProof(verdict, of: history, "\(anomaly)")
  }

  @Test("its configurations are a limit, and the same limit gives the same answer after the same work")
  func configurations() throws {
    let history = try history {
      $0.operations = 200
      $0.processes = 20
      $0.values = .repeated(20)
      $0.anomalies = [.staleRead]
    }
    let free = check(history, .sequential, engine: .satisfiability)
    #expect(free.holds && free.configurationsExplored > 1)
    for configurationsMax in [0, 1, 2, free.configurationsExplored - 1, free.configurationsExplored] {
      let limits = Limits(configurationsMax: configurationsMax)
      let verdict = check(history, .sequential, limits: limits, engine: .satisfiability)
      #expect(verdict.configurationsExplored == configurationsMax)
      #expect(verdict.holds == (configurationsMax == free.configurationsExplored), "\(configurationsMax)")
      if case .undecided(.limitReached(let kind, _, _, _)) = verdict.outcome {
        #expect(kind == .configurations)
      }
    }
  }

  @Test("a write of unknown outcome happened where it is needed, and only once")
  func unknownOutcomes() throws {
    let writes = "w(a,2)[0..1] w(a,1)[2..3]"
    let unknown = "w(a,2)[0..?]"
    func holds(_ lines: String...) throws -> Bool {
      let history = try HistoryText.parse(lines.joined(separator: "\n"))
      let verdict = check(history, .sequential, engine: .satisfiability)
      expectProof(verdict, of: history, "\(lines)")
      #expect(verdict.holds != verdict.isViolated)
      return verdict.holds
    }
    #expect(try !holds(writes, "r(a,1)[4..5] r(a,2)[6..7]"))
    #expect(try holds(writes, unknown, "r(a,1)[4..5] r(a,2)[6..7]"))
    #expect(try !holds(writes, unknown, "r(a,1)[4..5] r(a,2)[6..7] r(a,1)[8..9]"))
    #expect(try !holds(writes, "cas(a,5,2)[0..?]", "r(a,1)[4..5] r(a,2)[6..7]"))
    #expect(try holds(writes, "cas(a,1,2)[0..?]", "r(a,1)[4..5] r(a,2)[6..7]"))
  }
}
