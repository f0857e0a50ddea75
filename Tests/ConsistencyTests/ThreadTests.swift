import Consistency
import History
import TestSupport
import Testing

/// What is decided on several threads is told as if on one.
@Suite("The number of threads changes nothing but the time")
struct ThreadTests {
  private func history(_ seed: UInt64, values: Int?, staleReads: Int) -> History {
    var large = LargeHistories()
    large.operations = 1_200
    large.processes = 8
    large.keys = 12
    large.values = values
    large.unknownShare = 3
    large.staleReads = staleReads
    return large.history(seed: seed)
  }

  @Test(
    "verdicts, their proofs and their counts are the same",
    arguments: [Model.linearizable, .regular, .safe, .sequential])
  func verdicts(model: Model) {
    var outcomes: Set<String> = []
    for seed in 0..<seedCount(default: 3) {
      for (values, staleReads) in [(nil, 0), (nil, 6), (4, 0), (4, 6)] {
        let history = history(seed, values: values, staleReads: staleReads)
        guard model != .sequential || values == nil else { continue }
        let single = check(history, model)
        var limits = Limits()
        limits.threads = 4
        let several = check(history, model, limits: limits)
        #expect("\(single.outcome)" == "\(several.outcome)", "seed \(seed), \(model)")
        if single.holds { #expect(single.configurationsExplored == several.configurationsExplored) }
        outcomes.insert(single.holds ? "holds" : "violated")
      }
    }
    #expect(outcomes.count > 1)
  }

  @Test("staleness is the same")
  func staleness() {
    for seed in 0..<seedCount(default: 3) {
      let history = history(seed, values: nil, staleReads: 6)
      var limits = Limits()
      limits.threads = 4
      #expect(Consistency.staleness(of: history) == Consistency.staleness(of: history, limits: limits))
    }
  }

  @Test("a limit on configurations stops at the same place with any number of threads")
  func configurations() {
    let history = history(1, values: 4, staleReads: 0)
    let limits = Limits(configurationsMax: 300)
    var several = limits
    several.threads = 4
    let (one, other) = (
      check(history, .linearizable, limits: limits), check(history, .linearizable, limits: several)
    )
    #expect("\(one)" == "\(other)")
    if case .undecided = one.outcome {} else { Issue.record("\(one)") }
  }
}
