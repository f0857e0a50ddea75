import Consistency
import History
import KeyValue
import Synchronization
import TestSupport
import Testing

/// Models decided one after the other from what the first ones left behind.
@Suite("What models share does not change what they come to")
struct PreparedHistoryTests {
  private static func history(_ seed: UInt64) -> History {
    if seed.isMultiple(of: 3) {
      var random = RandomHistories(seed: seed, hasFinalReads: true)
      return random.next()
    }
    var random = RandomReadings(seed: seed, operationsMax: 9)
    return random.next()
  }

  private func name(_ outcome: Verdict.Outcome) -> String {
    switch outcome {
    case .holds: "holds"
    case .violated: "violated"
    case .undecided(.provesNothing): "proves nothing"
    case .undecided(.ambiguous): "ambiguous"
    case .undecided(.limitReached): "limit"
    }
  }

  @Test("in whatever order they are asked, and each proves its verdict")
  func anyOrder() {
    var seen: Set<String> = []
    for seed in 0..<seedCount(default: 600) {
      let history = Self.history(seed)
      var random = SplitMix64(seed: seed)
      var left = Model.allCases
      let prepared = PreparedHistory(history)
      while !left.isEmpty {
        let model = random.pick(left)
        left.removeAll { $0 == model }
        let shared = check(prepared, model)
        let alone = check(history, model)
        #expect(
          name(shared.outcome) == name(alone.outcome), "seed \(seed), \(model):\n\(HistoryText.text(history))"
        )
        #expect(ProofCheck.problems(shared, of: history) == [], "seed \(seed), \(model)")
        seen.insert(name(shared.outcome))
      }
    }
    #expect(seen.count >= 4, "\(seen)")
  }

  /// What was asked so far.
  private final class Questions<State: Sendable>: Sendable {
    let state: Mutex<State>

    init(_ state: State) { self.state = Mutex(state) }
  }

  /// Limits of memory, which is short when it is first asked about and then no more.
  private func shortAtFirst() -> Limits {
    let questions = Questions(0)
    return Limits(
      memoryBytesMax: 1_000_000_000,
      memoryInUse: { _ in
        questions.state.withLock { count in
          count += 1
          return count == 1 ? 2_000_000_000 : 0
        }
      })
  }

  @Test("what was kept for other models gives way where memory is short", arguments: Model.allCases)
  func shortMemory(model: Model) throws {
    var large = LargeHistories()
    large.staleReads = 1
    let history = large.history(seed: 3)
    #expect(name(check(history, model, limits: shortAtFirst()).outcome) == "limit")
    let prepared = PreparedHistory(history)
    _ = check(prepared, .causal)
    #expect(
      name(check(prepared, model, limits: shortAtFirst()).outcome) == name(check(history, model).outcome))
  }

  @Test("every model together comes to what each comes to alone, and an order of all shows them at once")
  func spectrum() {
    var followers = 0
    for seed in 0..<seedCount(default: 600) {
      let history = Self.history(seed)
      let asked = Questions<[Model]>([])
      let spectrum = Spectrum(of: history) { prepared, model, limits in
        asked.state.withLock { $0.append(model) }
        return check(prepared, model, limits: limits)
      }
      #expect(spectrum.entries.map(\.verdict.model) == Model.allCases)
      for entry in spectrum.entries {
        let (model, outcome) = (entry.verdict.model, entry.verdict.outcome)
        #expect(
          name(outcome) == name(check(history, model).outcome),
          "seed \(seed), \(model):\n\(HistoryText.text(history))")
        if entry.follows == nil { #expect(ProofCheck.problems(entry.verdict, of: history) == []) }
      }
      // What shows a weaker model may be an order that shows sequential consistency.
      let sequential = spectrum.entries[1]
      if sequential.verdict.holds, sequential.follows == nil,
        !asked.state.withLock({ $0.contains(.sequential) })
      {
        followers += 1
        #expect(spectrum.entries.contains { $0.follows == .sequential })
      }
    }
    #expect(followers > 10, "\(followers)")
  }
}
