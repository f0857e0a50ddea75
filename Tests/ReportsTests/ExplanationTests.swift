import Consistency
import History
import KeyValue
import Reports
import Testing

@Suite("Explanation")
struct ExplanationTests {
  private func explain(
    _ outcome: Verdict.Outcome, _ model: Model = .sequential, _ history: History = Fixtures.mixed()
  ) -> Explanation {
    Explanation(Verdict(model: model, outcome: outcome, configurationsExplored: 7), of: history)
  }

  private func explain(_ reason: Counterexample.Reason, isMinimal: Bool = false) -> Explanation {
    explain(
      .violated(
        Counterexample(reason: reason, operations: [OperationID(0), OperationID(3)], isMinimal: isMinimal)))
  }

  private static let ids = (0..<9).map(OperationID.init)

  @Test("every reason of a violation has a code and plain sentences")
  func violations() {
    let ids = Self.ids
    let cases: [(Counterexample.Reason, String, [String])] = [
      (
        .thinAirRead(ids[3]), "thin-air-read",
        ["Process 3 read 3 from a (line 4), but nothing wrote 3 to a, which held null at first."]
      ),
      (
        .abortedRead(ids[3], writes: [ids[2]]), "aborted-read",
        [
          "Process 3 read 3 from a (line 4), but 3 was written only by what certainly had no effect: process 2 asked to write 3 to a (which failed) (line 3)."
        ]
      ),
      (
        .futureRead(ids[3], writes: [ids[1]]), "future-read",
        [
          "Process 3 read 3 from a (line 4), but that read had ended before anything wrote 3: process 1 asked to write 2 to a (outcome unknown) (line 2)."
        ]
      ),
      (
        .disagreement(KeyID(index: 0), reads: [ids[3], ids[4]]), "disagreement",
        [
          "After the writes had stopped the replicas answered differently for a.",
          "Process 3 read 3 from a (line 4).",
          "Process 4 read a, with what result was not recorded (line 5).",
        ]
      ),
      (
        .lostWrite(read: ids[3], write: ids[0]), "lost-write",
        [
          "After the writes had stopped process 3 read 3 from a (line 4): 3, which a held at first.",
          "But process 0 wrote 1 to a (line 1), and that write succeeded.",
        ]
      ),
      (
        .replacedValue(read: ids[3], write: ids[0], replacement: ids[5]), "replaced-value",
        [
          "After the writes had stopped process 3 read 3 from a (line 4).",
          "That value came from an earlier write: process 0 wrote 1 to a (line 1).",
          "A later one had replaced it: process 5 replaced 4 by 5 in a (line 6).",
        ]
      ),
      (
        .noOrder(placed: [ids[0]], blocked: [ids[6], ids[7], ids[8], ids[1]]), "no-order",
        [
          "No single order of these 2 operations keeps the order of each process and lets every read return the latest write.",
          "The best attempt places write a 1 (process 0).",
          "Process 6 found 9, not 4, in a (line 7), but at that point a holds 1, which process 0 wrote.",
          "Process 7 found something other than 4 in a (line 8), but at that point a holds 1, which process 0 wrote.",
          "Process 8 asked to replace 4 by 5 in a (outcome unknown) (line 9), but at that point a holds 1, which process 0 wrote.",
          "Process 1 asked to write 2 to a (outcome unknown) (line 2): that cannot come next either.",
        ]
      ),
    ]
    let others: [(Counterexample.Reason, String, [String])] = [
      (
        .overwrittenValue(read: ids[3], write: ids[0], replacement: ids[5]), "overwritten-value",
        [
          "Process 3 read 3 from a (line 4), which process 0 had written (line 1).",
          "But process 5 replaced 4 by 5 in a (line 6) in between: after the former, and before the read.",
        ]
      ),
      (
        .overwrittenValue(read: ids[3], write: nil, replacement: ids[0]), "overwritten-value",
        [
          "Process 3 read 3 from a (line 4), as at first.",
          "But process 0 wrote 1 to a (line 1) in between: after the former, and before the read.",
        ]
      ),
      (
        .impossibleMismatch(ids[6]), "impossible-mismatch",
        ["Process 6 found 9, not 4, in a (line 7): that is, it found what it was not to have found."]
      ),
      (
        .everyReadingFails(ambiguous: [ids[3]]), "every-reading-fails",
        [
          "Values repeat, so it is open what some operations read from; whatever it was, the model is violated.",
          "Process 3 read 3 from a (line 4).",
        ]
      ),
    ]
    for (reason, code, sentences) in cases + others {
      let explanation = explain(reason)
      #expect(explanation.code == code)
      #expect(explanation.headline == "The history is not sequentially consistent.")
      #expect(explanation.sentences == sentences)
    }
  }

  @Test("every pattern of a circle has its code and a first sentence of its own")
  func circles() {
    var summaries: Set<String> = []
    for pattern in Cycle.Pattern.allCases {
      let edges = [
        Cycle.Edge(from: Self.ids[0], to: Self.ids[3], reason: .readsFrom),
        Cycle.Edge(from: Self.ids[3], to: Self.ids[0], reason: .foundInitialValue),
      ]
      let explanation = explain(.cycle(Cycle(pattern: pattern, edges: edges)))
      #expect(explanation.code == pattern.rawValue)
      // Each edge is told after the summary.
      #expect(explanation.sentences.count > edges.count)
      summaries.insert(explanation.sentences[0])
    }
    #expect(summaries.count >= Cycle.Pattern.allCases.count - 1)
  }

  @Test("a smallest counterexample is called one")
  func minimal() {
    let explanation = explain(.noOrder(placed: [], blocked: [Self.ids[3]]), isMinimal: true)
    #expect(explanation.sentences.contains("Without any one of them the others could be ordered."))
    #expect(explanation.sentences.contains("Process 3 read 3 from a (line 4), but at first a holds null."))
  }

  @Test("every reason for not deciding has a code and plain sentences")
  func undecided() {
    let headline = "Whether the history is sequentially consistent was not decided."
    let cases: [(Undecided, String, [String])] = [
      (.provesNothing("nothing was read\u{7}"), "proves-nothing", ["Nothing was read\\u0007."]),
      (.ambiguous("two writes wrote 1"), "ambiguous", ["Two writes wrote 1."]),
      (
        .limitReached(.time, decided: 0, total: 1, keys: []), "limit-reached",
        [
          "The time limit was reached after 7 configurations.",
          "Nothing found until then speaks against the store.",
        ]
      ),
      (
        .limitReached(.configurations, decided: 2, total: 4, keys: [KeyID(index: 0)]), "limit-reached",
        [
          "The limit on configurations was reached after 7 configurations.",
          "2 of 4 keys were decided, all in favour. Open: a.",
        ]
      ),
    ]
    for (undecided, code, sentences) in cases {
      let explanation = explain(.undecided(undecided))
      #expect(explanation.code == code && explanation.headline == headline)
      #expect(explanation.sentences == sentences)
    }
  }

  @Test("every proof that a model holds has a code and a sentence")
  func holds() {
    #expect(explain(.holds(.order(Self.ids))).code == "order")
    #expect(
      explain(.holds(.order(Self.ids))).sentences
        == [
          "One order of 9 operations keeps the order of each process and lets every read return the latest write."
        ])
    #expect(explain(.holds(.readsFrom([], along: [])), .causal).code == "reads-from")
    #expect(explain(.holds(.orderOfEachProcess([], common: [])), .pram).code == "order-of-each-process")
    #expect(explain(.holds(.arbitration([], readsFrom: [])), .causalConvergence).code == "arbitration")
    #expect(explain(.holds(.orderOfEachKey([])), .linearizable).code == "order-of-each-key")
    #expect(explain(.holds(.agreement([])), .eventual).code == "agreement")
    #expect(explain(.holds(.agreement([])), .eventual).headline == "The history is eventually consistent.")
  }
}
