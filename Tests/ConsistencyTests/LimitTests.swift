import Consistency
import History
import KeyValue
import TestSupport
import Testing

@Suite("Limits are kept, and never change an answer into a wrong one")
struct LimitTests {
  /// Writes that are all open at once, and a reader that sees them in an order that its second pass contradicts.
  private func hardHistory(writers: Int) throws -> History {
    let writes = (1...writers).map { "w(a,\($0))[0..99]" }.joined(separator: "\n")
    return try HistoryText.parse(
      "\(writes)\nw(a,0)[0..99]\nr(a,1)[1..2] w(a,1)[3..4] w(a,0)[5..6] r(a,1)[7..8] r(a,0)[9..10] r(a,1)[11..12]"
    )
  }

  @Test(
    "a smaller number of configurations leaves a verdict open or as it is",
    arguments: [Model.linearizable, .sequential])
  func configurations(model: Model) {
    var isCut = false
    for seed in 0..<UInt64(2_000) {
      var random = RandomHistories(seed: seed)
      let history = random.next()
      let free = check(history, model)
      for configurationsMax in 0...4 {
        let verdict = check(history, model, limits: Limits(configurationsMax: configurationsMax))
        #expect(verdict.configurationsExplored <= configurationsMax)
        if case .undecided(.limitReached(let kind, let decided, let total, _)) = verdict.outcome {
          isCut = true
          #expect(kind == .configurations && decided < total, "seed \(seed)")
        } else {
          #expect(verdict.holds == free.holds && verdict.isViolated == free.isViolated, "seed \(seed)")
        }
      }
    }
    #expect(isCut)
  }

  @Test(
    "a history that declares more servers than memory could list is judged at once",
    arguments: [3, 1 << 31, .max])
  func manyServers(servers: Int) throws {
    let history = try HistoryText.parse(
      "w(a,1)[0..1]@0\nr(a,1)[5..6]@0* r(a,1)[7..8]@1*", servers: servers)
    guard case .undecided(.provesNothing(let reason)) = check(history, .eventual).outcome else {
      Issue.record("a replica that was not asked has agreed")
      return
    }
    #expect(reason.contains("replica 2"))
  }

  @Test("what a search leaves open the solver decides")
  func solver() throws {
    let history = try hardHistory(writers: 12)
    let verdict = check(history, .sequential, limits: Limits(configurationsMax: 5_000))
    #expect(verdict.isViolated, "\(verdict)")
  }

  @Test("a search stops at its configurations", arguments: [Engine.wingGong, .memoisedSearch])
  func exactConfigurations(engine: Engine) throws {
    let history = try hardHistory(writers: 12)
    let model = try #require(engine.model)
    let verdict = check(history, model, limits: Limits(configurationsMax: 500), engine: engine)
    #expect(isLimit(verdict, .configurations), "\(verdict)")
    #expect(verdict.configurationsExplored == 500)
  }

  @Test("a search stops at its memory", arguments: [Engine.wingGong, .memoisedSearch, .satisfiability])
  func memory(engine: Engine) throws {
    let history = try hardHistory(writers: 12)
    let model = try #require(engine.model)
    let verdict = check(history, model, limits: Limits(memoryBytesMax: 8_000), engine: engine)
    #expect(isLimit(verdict, .memory), "\(verdict)")
    // A configuration of this history takes 20 bytes at least, so no more can have been kept.
    #expect(verdict.configurationsExplored <= 400)
  }

  @Test(
    "a deadline that has passed stops a search before it begins",
    arguments: [Model.linearizable, .sequential])
  func deadline(model: Model) throws {
    let history = try hardHistory(writers: 12)
    let verdict = check(history, model, limits: Limits(deadline: ContinuousClock.now))
    #expect(isLimit(verdict, .time), "\(verdict)")
    #expect(verdict.configurationsExplored == 0)
  }

  @Test("keys that were decided before the limit are counted")
  func decidedKeys() throws {
    let history = try HistoryText.parse(
      """
      w(a,1)[0..9] r(a,1)[10..11]
      w(b,1)[0..9] r(b,1)[10..11]
      w(b,2)[0..9] r(b,2)[10..11]
      """)
    let verdict = check(history, .linearizable, limits: Limits(configurationsMax: 2), engine: .wingGong)
    guard case .undecided(.limitReached(.configurations, let decided, let total, let keys)) = verdict.outcome
    else {
      Issue.record("\(verdict)")
      return
    }
    #expect(decided == 1 && total == 2 && keys.map { history[$0] } == ["b"])
  }

  @Test("every key that is left open is named, and a violation of one counts more than what is open")
  func openKeys() throws {
    let hard = ["a", "b", "c"].map { "w(\($0),1)[0..9] r(\($0),1)[10..11]\nw(\($0),1)[0..9]" }
    func verdict(_ more: String) throws -> (Verdict, History) {
      let history = try HistoryText.parse((hard + [more]).joined(separator: "\n"))
      return (check(history, .linearizable, limits: Limits(configurationsMax: 1)), history)
    }
    let (open, history) = try verdict("w(d,1)[0..9] r(d,1)[10..11]")
    guard case .undecided(.limitReached(.configurations, let decided, let total, let keys)) = open.outcome
    else {
      Issue.record("\(open)")
      return
    }
    #expect(decided == 1 && total == 4 && keys.map { history[$0] } == ["a", "b", "c"])
    #expect(try verdict("w(d,1)[0..9] w(d,2)[10..11] r(d,1)[12..13]").0.isViolated)
  }

  @Test("the frontier search stops at its configurations and at its memory")
  func frontier() {
    var large = LargeHistories()
    large.operations = 2_000
    large.processes = 25
    large.values = 20
    let history = large.history(seed: 1)
    let counted = check(history, .linearizable, limits: Limits(configurationsMax: 500), engine: .frontier)
    #expect(isLimit(counted, .configurations) && counted.configurationsExplored == 500, "\(counted)")
    let weighed = check(history, .linearizable, limits: Limits(memoryBytesMax: 20_000), engine: .frontier)
    #expect(isLimit(weighed, .memory), "\(weighed)")
    // A configuration with its step takes 44 bytes at least.
    #expect(weighed.configurationsExplored < 20_000, "\(weighed)")
  }

  @Test("the zone test is not begun where its memory would not do")
  func zones() {
    let history = LargeHistories().history(seed: 1)
    let verdict = check(history, .linearizable, limits: Limits(memoryBytesMax: 20_000))
    #expect(isLimit(verdict, .memory), "\(verdict)")
    #expect(check(history, .linearizable, limits: Limits(memoryBytesMax: 1_000_000)).holds)
  }

  private func isLimit(_ verdict: Verdict, _ kind: Limits.Kind) -> Bool {
    if case .undecided(.limitReached(kind, _, _, _)) = verdict.outcome { true } else { false }
  }
}
