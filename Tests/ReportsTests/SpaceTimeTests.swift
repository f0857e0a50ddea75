import History
import KeyValue
import Reports
import TestSupport
import Testing

@Suite("Space-time diagrams")
struct SpaceTimeTests {
  /// Lanes of clients and servers between which things happen at random.
  private func diagram(_ random: inout SplitMix64, rows: Int, hostile: Bool = false) -> SpaceTimeDiagram {
    func text(_ plain: String) -> String { hostile ? plain + " " + HostileTexts.random(&random) : plain }
    let lanes = (0..<2 + random.below(4)).map { number in
      SpaceTimeDiagram.Lane(
        name: text(number % 2 == 0 ? "client \(number)" : "server \(number)"), isServer: number % 2 == 1)
    }
    var diagram = SpaceTimeDiagram(
      title: text("Not linearizable."), subtitle: text("a run"), lanes: lanes,
      reasons: [text("It went back.")])
    var open: [Int] = []
    for number in 0..<rows {
      let lane = random.below(lanes.count)
      let clause: String? = random.below(4) == 0 ? nil : text("does \(number)")
      let row = diagram.add(at: Int64(number) * 1000, lane, clause, isChange: random.below(5) == 0)
      switch random.below(4) {
      case 0: open.append(diagram.begin(.read, lane, in: row, isCulprit: random.below(2) == 0))
      case 1: if let operation = open.popLast() { diagram.end(operation: operation, in: row) }
      case 2:
        let fault = diagram.begin(fault: text("pause"), [lane], in: row)
        if random.below(2) == 0 { diagram.end(fault: fault, in: row) }
      default:
        let arrives = random.below(3) > 0
        diagram.add(.update, from: random.below(row + 1), toLane: lane, at: arrives ? row : nil)
      }
    }
    return diagram
  }

  private func number(_ element: MarkupDocument.Element, _ name: String) -> Double {
    element.attributes[name].flatMap(Double.init) ?? .nan
  }

  @Test("nothing that is written runs over anything else, and all lies in the picture")
  func room() throws {
    for seed in 0..<seedCount(default: 30) {
      var random = SplitMix64(seed: seed)
      let picture = try #require(
        SpaceTimePicture(diagram(&random, rows: 5 + random.below(200), hostile: true)))
      for svg in picture.svgs() {
        let document = MarkupDocument(svg)
        #expect(document.problem == nil, "seed \(seed)")
        let root = try #require(document.elements.first)
        let texts = document.all("text").map {
          (kind: $0.attributes["class"] ?? "", x: number($0, "x"), y: number($0, "y"))
        }
        for text in texts {
          #expect(
            text.x >= 0 && text.x < number(root, "width") && text.y > 0 && text.y < number(root, "height"))
        }
        // Below one another with room between, each kind in its column.
        for kind in ["words", "time muted"] {
          let column = texts.filter { $0.kind == kind }.map(\.y)
          #expect(zip(column, column.dropFirst()).allSatisfy { $1 - $0 >= 13 }, "seed \(seed) \(kind)")
        }
        let pills = document.all("rect").filter { $0.attributes["class"] == "pill" }
        for (left, right) in zip(pills, pills.dropFirst()) {
          #expect(number(left, "x") + number(left, "width") <= number(right, "x"), "seed \(seed)")
        }
        #expect(
          !document.elements.contains { $0.attributes.keys.contains { $0.hasPrefix("on") || $0 == "href" } })
      }
    }
  }

  @Test("what was sent is an arrow to where it arrived, and ends in a cross where it did not")
  func arrows() throws {
    var diagram = SpaceTimeDiagram(
      title: "t", subtitle: "s",
      lanes: [.init(name: "server 0", isServer: true), .init(name: "server 1", isServer: true)], reasons: [])
    let sent = diagram.add(at: 0, 0, "sends")
    let received = diagram.add(at: 5, 1, "receives", isChange: true)
    diagram.add(.update, from: sent, toLane: 1, at: received)
    diagram.add(.control, from: received, toLane: 0, at: nil)
    let document = MarkupDocument(try #require(SpaceTimePicture(diagram)).svgs()[0])
    let arrows = document.all("path").filter {
      $0.attributes["class"] == "arrow" && $0.attributes["d"]?.contains("L") == true
    }
    #expect(arrows.map { $0.attributes["marker-end"] != nil } == [true, false])
    #expect(document.all("path").count { $0.attributes["class"] == "cross" } == 1)
    #expect(document.all("path").count { $0.attributes["class"] == "change" } == 1)
    let ends = try #require(arrows[0].attributes["d"]).split(whereSeparator: { " ,ML".contains($0) })
      .compactMap { Double($0) }
    #expect(ends.count == 4 && ends[2] > ends[0] && ends[3] > ends[1])
  }

  @Test("a long one goes on on further pages, up to a number that says what is left out")
  func pages() throws {
    var random = SplitMix64(seed: 3)
    #expect(try #require(SpaceTimePicture(diagram(&random, rows: 60))).svgs().count == 1)
    let some = try #require(SpaceTimePicture(diagram(&random, rows: 200))).svgs()
    #expect(some.count == 3 && some[0].contains("page 1 of 3"))
    let all = try #require(SpaceTimePicture(diagram(&random, rows: 1000))).svgs()
    #expect(all.count == SpaceTimePicture.pagesMax && all[all.count - 1].contains("more rows are not drawn"))
    var ids: Set<String> = []
    for svg in all { for id in MarkupDocument(svg).ids { #expect(ids.insert(id).inserted) } }
  }

  @Test("there is no picture of nothing, nor of more lanes than can be told apart")
  func none() {
    #expect(SpaceTimePicture(SpaceTimeDiagram(title: "", subtitle: "", lanes: [], reasons: [])) == nil)
    let lanes = (0...SpaceTimePicture.lanesMax).map { SpaceTimeDiagram.Lane(name: "\($0)", isServer: true) }
    var wide = SpaceTimeDiagram(title: "", subtitle: "", lanes: lanes, reasons: [])
    _ = wide.add(at: 0, 0, "is")
    #expect(SpaceTimePicture(wide) == nil)
  }
}
