import Consistency
import Foundation
import History
import KeyValue
import Reports
import TestSupport
import Testing

@Suite("Pictures")
struct PictureTests {
  private func judged(_ checked: CheckedFile) throws -> (History, [CheckedFile.Judgement]) {
    guard case .judged(let history, let judgements) = checked.outcome else {
      throw CocoaError(.featureUnsupported)
    }
    return (history, judgements)
  }

  private func judgements(_ outcome: Verdict.Outcome, _ model: Model = .linearizable, warnings: [String] = [])
    throws -> [CheckedFile.Judgement]
  {
    try judged(Fixtures.checked(Fixtures.staleRead(), outcome, model, warnings: warnings)).1
  }

  @Test("the lattice names every model with what became of it, in words as in marks")
  func lattice() throws {
    let all =
      try judgements(.violated(Fixtures.staleCounterexample)) + judgements(.holds(.order([])), .sequential)
      + judgements(.holds(.order([])), .causal, warnings: ["little strain"])
      + judgements(.undecided(.provesNothing("nothing was read")), .eventual)
      + judgements(.undecided(.ambiguous("open")), .pram)
    let document = MarkupDocument(LatticePicture(all, promised: .linearizable).svg())
    #expect(document.problem == nil)
    let nodes = document.all("title").map(\.text).dropFirst()
    #expect(
      nodes == [
        "linearizable: violated", "sequential: holds", "causal: holds, with a warning",
        "causal-memory: not asked", "causal-convergence: not asked", "pram: undecided",
        "read-your-writes: not asked", "monotonic-reads: not asked", "monotonic-writes: not asked",
        "writes-follow-reads: not asked", "regular: not asked", "safe: not asked", "eventual: proves nothing",
      ])
    let words = document.all("text").map(\.text)
    for standing in [
      "holds", "holds, with a warning", "violated", "undecided", "proves nothing", "not asked",
    ] {
      // Once with the model, once in the legend.
      #expect(words.count { $0 == standing } >= 2, "\(standing)")
    }
    let marks = Set(
      document.all("path").filter { $0.attributes["class"] == "mark" }.map { $0.attributes["d"] })
    #expect(marks.count == 5)
    #expect(words.contains("promised"))
  }

  @Test("the lines of the lattice are what implies what, with nothing in between")
  func latticeLines() {
    var direct = 0
    for model in Model.allCases {
      direct += model.implied.count { weaker in !model.implied.contains { $0.implied.contains(weaker) } }
    }
    let lines = MarkupDocument(LatticePicture([]).svg()).all("path").filter {
      $0.attributes["class"] == "line"
    }
    #expect(lines.count == direct)
  }

  @Test("two pictures on one page share no ids, and refer to none but their own")
  func prefixes() throws {
    let (history, judgements) = try judged(
      Fixtures.checked(Fixtures.staleRead(), .violated(Fixtures.staleCounterexample)))
    var seen: Set<String> = []
    for prefix in ["a-", "b-"] {
      let pictures = [
        LatticePicture(judgements, of: history).svg(prefix: prefix + "l-"),
        try #require(CounterexamplePicture(judgements[0], of: history)).svg(prefix: prefix + "c-"),
        ComparisonPicture(Comparison([])).svg(prefix: prefix + "k-"),
      ]
      for picture in pictures {
        let document = MarkupDocument(picture)
        #expect(document.problem == nil && !document.ids.isEmpty)
        for id in document.ids { #expect(seen.insert(id).inserted, "\(id)") }
        let used = picture.matches(of: #/url\(#([^)]*)\)/#).map { String($0.output.1) }
        #expect(Set(used).isSubset(of: document.ids))
        let labels = document.all("svg").first?.attributes["aria-labelledby"]?.split(separator: " ").map(
          String.init)
        #expect(Set(try #require(labels)).isSubset(of: document.ids))
      }
    }
  }

  @Test("a stale read is drawn with where its value came from, and four reasons that make a circle")
  func staleRead() throws {
    let (history, judgements) = try judged(
      Fixtures.checked(Fixtures.staleRead(), .violated(Fixtures.staleCounterexample)))
    let document = MarkupDocument(try #require(CounterexamplePicture(judgements[0], of: history)).svg())
    #expect(
      labels(document, "label bar-label")
        == ["write a 1", "write a 2", "read a 1"])
    #expect(
      labels(document, "sentence") == [
        "Client 0 wrote 1 to a on server 0, and then wrote 2 to a on server 0.",
        "Client 0's write a 2 had ended 1.50 ms before client 1's read a 1 began.",
        "Client 1 read 1 from a on server 1; client 0 had written 1.",
        "Client 1 read 1 from a on server 1, but client 0's write a 2 replaced what it found, so that comes after.",
      ])
  }

  private func labels(_ document: MarkupDocument, _ kind: String) -> [String] {
    document.all("text").filter { $0.attributes["class"] == kind }.map(\.text)
  }

  @Test("there is no picture of what holds")
  func holds() throws {
    let (history, judgements) = try judged(Fixtures.checked(Fixtures.staleRead(), .holds(.order([]))))
    #expect(CounterexamplePicture(judgements[0], of: history) == nil)
  }

  @Test(
    "whatever keys and values are, pictures are well-formed, have no elements but their own, and bars have room"
  )
  func hostile() throws {
    let elements: Set = [
      "svg", "title", "desc", "style", "defs", "pattern", "marker", "line", "path", "rect", "circle", "text",
      "g",
    ]
    for seed in 0..<seedCount(default: 60) {
      var random = SplitMix64(seed: seed)
      let (history, judgements) = try judged(HostileTexts.checked(&random))
      let picture = try #require(CounterexamplePicture(judgements[0], of: history)).svg()
      for svg in [picture, LatticePicture(judgements, of: history).svg()] {
        let document = MarkupDocument(svg)
        #expect(document.problem == nil, "seed \(seed)")
        #expect(Set(document.elements.map(\.name)).isSubset(of: elements), "seed \(seed)")
        let attributes = Set(document.elements.flatMap(\.attributes.keys))
        #expect(!attributes.contains { $0.hasPrefix("on") || $0 == "href" }, "seed \(seed)")
      }
      expectRoom(MarkupDocument(picture), seed)
    }
  }

  /// Bars of one row do not overlap, and lie in the picture.
  private func expectRoom(_ document: MarkupDocument, _ seed: UInt64) {
    func number(_ element: MarkupDocument.Element, _ name: String) -> Double {
      element.attributes[name].flatMap(Double.init) ?? .nan
    }
    let width = document.elements.first.map { number($0, "width") } ?? .nan
    let bars = document.all("rect").filter { $0.attributes["class"] == "fill" }
      .map { (x: number($0, "x"), y: number($0, "y"), end: number($0, "x") + number($0, "width")) }
    #expect(!bars.isEmpty && bars.allSatisfy { $0.x >= 0 && $0.end <= width + 0.2 }, "seed \(seed)")
    for (index, bar) in bars.enumerated() {
      for other in bars[..<index] where other.y == bar.y {
        #expect(other.end <= bar.x || bar.end <= other.x, "seed \(seed)")
      }
    }
  }

  @Test("many operations go on below, and more than can be told apart are counted")
  func many() throws {
    var builder = HistoryBuilder()
    for number in 0..<60 {
      let process = ProcessID(Int32(number % 3))
      try builder.invoke(
        .write, process: process, key: "a", value: .integer(Int64(number)), at: Int64(number * 10))
      try builder.complete(process, .ok, at: Int64(number * 10 + 5))
    }
    let history = builder.history()
    let counterexample = Counterexample(
      reason: .noOrder(placed: [], blocked: []), operations: history.ids, isMinimal: false)
    let (_, judgements) = try judged(Fixtures.checked(history, .violated(counterexample)))
    let document = MarkupDocument(try #require(CounterexamplePicture(judgements[0], of: history)).svg())
    #expect(document.problem == nil)
    expectRoom(document, 0)
    let texts = document.all("text").map(\.text)
    #expect(texts.contains("20 more operations are not drawn."))
    #expect(texts.count { $0 == "process 0" } > 1)
  }

  @Test("the picture in README.md is the one of that history (`make examples` draws it anew)")
  func committed() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    let name = "failing-crossed-reads-both-0"
    let command = CheckCommand(.init(files: []), print: { _ in }, complain: { _ in })
    let checked = command.checkFile(root.appending(path: "histories/\(name).jsonl").plainPath)
    let (history, judgements) = try judged(checked)
    let refuted = try #require(judgements.first { $0.isAsked && $0.verdict.isViolated })
    let committed = try String(
      contentsOf: root.appending(path: "docs/images/\(name).counterexample.svg"), encoding: .utf8)
    #expect(CounterexamplePicture(refuted, of: history)?.svg() == committed)
    #expect(
      try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        .contains("(docs/images/\(name).counterexample.svg)"))
  }
}
