import History
import TestSupport
import Testing

@testable import Consistency

@Suite("A verdict says what came to it")
struct DecisionTests {
  private func history(_ seed: UInt64) -> History {
    if seed.isMultiple(of: 3) {
      var random = RandomHistories(seed: seed, hasFinalReads: true)
      return random.next()
    }
    var random = RandomReadings(seed: seed, operationsMax: 9)
    return random.next()
  }

  private func keyCount(_ history: History) -> Int {
    Set(history.operations.filter(\.isEffective).map(\.key)).count
  }

  @Test("for every model: each key by one procedure, or the whole history by one")
  func complete() {
    var seen: Set<DecisionProcedure> = []
    for seed in 0..<seedCount(default: 800) {
      let history = history(seed)
      for model in Model.allCases {
        let verdict = check(history, model)
        func context() -> Comment { "seed \(seed), \(model): \(verdict)\n\(HistoryText.text(history))" }
        seen.formUnion(verdict.decisions.map(\.procedure))
        let keys = verdict.decisions.compactMap(\.keys)
        switch verdict.outcome {
        case .undecided: #expect(verdict.decisions == [] || model == .eventual, context())
        case .holds:
          let isByKey = [.linearizable, .regular, .safe, .eventual].contains(model)
          #expect(keys.reduce(0, +) == (isByKey ? keyCount(history) : 0), context())
          #expect(isByKey || verdict.decisions.count == 1, context())
        case .violated:
          #expect(verdict.decisions.count == 1 && keys.allSatisfy { $0 == 1 }, context())
        }
      }
    }
    // These take larger histories.
    let missing = Set(DecisionProcedure.allCases).subtracting(seen)
    #expect(missing.isSubset(of: [.saturation, .vectorClocks, .satisfiability]), "\(missing)")
  }

  @Test("with the one that was asked for", arguments: Engine.allCases)
  func asked(engine: Engine) throws {
    let history = try HistoryText.parse(
      "w(a,1)[0..1] r(a,1)[4..5]\nw(a,2)[0..3] w(b,1)[4..5]\nr(b,1)[6..7] r(b,1)[8..9]")
    let verdict = check(history, engine.model ?? .linearizable, engine: engine)
    let procedure: DecisionProcedure =
      switch engine {
      case .automatic, .zones: .zones
      case .frontier: .frontier
      case .wingGong: .wingGong
      case .memoisedSearch: .memoisedSearch
      case .satisfiability: .satisfiability
      }
    let keys = engine.model == .sequential ? nil : 2
    #expect(verdict.decisions == [.init(procedure, keys: keys)], "\(verdict)")
  }

  @Test("key by key, on any number of threads")
  func mixed() throws {
    // Of b it is open which write was read; on c a process does several things at one instant.
    let history = try HistoryText.parse(
      """
      w(a,1)[0..1] r(a,1)[2..3]
      w(b,1)[0..9] r(b,1)[10..11]
      w(b,1)[0..9] w(b,2)[20..21]
      w(c,1)[0..1] w(c,1)[1..2] r(c,1)[3..4]
      """)
    var limits = Limits()
    for threads in [1, 4] {
      limits.threads = threads
      let verdict = check(history, .linearizable, limits: limits)
      #expect(
        verdict.decisions == [.init(.zones, keys: 1), .init(.frontier, keys: 1), .init(.wingGong, keys: 1)],
        "\(verdict)")
    }
  }

  @Test("and with what decided those keys that were, where not all are")
  func cutShort() throws {
    let history = try HistoryText.parse(
      "w(a,1)[0..1] r(a,1)[2..3]\nw(b,1)[0..9] w(b,2)[10..11]\nw(b,1)[0..9] r(b,1)[12..13] r(b,2)[14..15]")
    let verdict = check(history, .linearizable, limits: Limits(configurationsMax: 0))
    guard case .undecided(.limitReached(.configurations, 1, 2, _)) = verdict.outcome else {
      Issue.record("\(verdict)")
      return
    }
    #expect(verdict.decisions == [.init(.zones, keys: 1)])
    let whole = check(history, .sequential, limits: Limits(configurationsMax: 0))
    guard case .undecided = whole.outcome else {
      Issue.record("\(whole)")
      return
    }
    #expect(whole.decisions == [])
  }
}
