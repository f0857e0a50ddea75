import Consistency
public import History

/// The few operations that contradict one another as a picture in SVG: a lane for each client, a bar for each operation
/// from its invocation to its response, a numbered arrow for each reason why one comes before another, and the reasons in
/// words below.
///
/// The picture stands by itself, and inside a page: the ids in it begin with a prefix, the style applies to nothing else.
public struct CounterexamplePicture: Sendable {
  /// More operations than this are not drawn.
  static let operationsMax = 40
  /// More reasons than this are not spelled out below.
  private static let sentencesMax = 16
  private static let labelMax = 30

  private let narration: Narration
  private let verdict: Verdict
  private let counterexample: Counterexample
  private let follows: Model?
  private let measures: LaneLayout.Measures
  private let layout: LaneLayout
  /// A picture may be so wide before its lanes go on below.
  private static let widthMax = 1480.0

  /// What the arrows say, in the order of their numbers, which begin at 1.
  let arrows: [Arrow]
  private let shown: [OperationID]
  private let omitted: Int

  /// Makes a picture of what refutes a verdict; nil when nothing does.
  ///
  /// - Precondition: the verdict is about this history.
  public init?(_ judgement: CheckedFile.Judgement, of history: History) {
    guard case .violated(let counterexample) = judgement.verdict.outcome else { return nil }
    narration = Narration(history)
    verdict = judgement.verdict
    self.counterexample = counterexample
    follows = judgement.follows
    let found = CounterexampleArrows(counterexample, follows ?? verdict.model, narration)
    let shown = Array(found.operations.prefix(Self.operationsMax))
    let drawn = Set(shown)
    self.shown = shown
    omitted = found.operations.count - shown.count
    arrows = found.arrows.filter { drawn.contains($0.from) && drawn.contains($0.to) }
    (layout, measures) = Self.layout(shown, narration)
  }

  /// The picture.
  ///
  /// - Parameter prefix: what the ids begin with; each picture on a page needs another.
  public func svg(prefix: String = "counterexample-") -> String {
    let history = narration.history
    let paths = ArrowPath.paths(arrows, in: layout, barHeight: measures.barHeight)
    let explanation = Explanation(verdict, of: history, follows: follows)
    let text = measures.width - 48
    let subtitle = TextWidth.lines(explanation.sentences.first ?? "", size: 13, width: text)
    // Arrows that go over the first lane need room above it.
    let overhang = max(0, 20 - (paths.map(\.badge.y).min() ?? 20))
    let top = 44 + 18 * Double(subtitle.count) + overhang
    let notes = notes
    let legendY = top + layout.height + 26
    let legend = legend(y: legendY)
    let listY = legendY + 22 * Double(legend.rows) + 20
    let list = list(y: listY)
    let notesY = list.end + 20
    let height = notesY + 17 * Double(notes.count) + 8
    return Templates.render(
      "counterexample",
      [
        "prefix": prefix, "width": Coordinate.text(measures.width), "height": Coordinate.text(height),
        "title": explanation.headline,
        "description": (explanation.sentences + arrows.map(\.sentence)).joined(separator: " "),
        "subtitle": subtitle.enumerated().map {
          ["y": Coordinate.text(58 + 18 * Double($0.offset)), "line": $0.element]
        },
        "top": Coordinate.text(top), "lanes": lanes, "barHeight": Coordinate.text(measures.barHeight),
        "bars": shown.flatMap(bars), "arrows": zip(arrows, paths).enumerated().map(arrow),
        "reasons": Arrow.Reason.allCases.map { ["reason": $0.rawValue] }, "legend": legend.entries,
        "listPanelY": Coordinate.text(listY - 20),
        "listPanelHeight": Coordinate.text(max(0, list.end - listY + 16)), "hasList": !arrows.isEmpty,
        "panelWidth": Coordinate.text(measures.width - 32), "list": list.lines,
        "notes": notes.enumerated().map {
          ["y": Coordinate.text(notesY + 17 * Double($0.offset)), "line": $0.element]
        },
      ])
  }

  /// As narrow as usual if that is enough, wider if that avoids going on below.
  private static func layout(
    _ shown: [OperationID], _ narration: Narration
  ) -> (LaneLayout, LaneLayout.Measures) {
    var measures = LaneLayout.Measures()
    func layout() -> LaneLayout {
      LaneLayout(
        shown, in: narration.history, lane: narration.who,
        labelWidth: { TextWidth.mono(narration.brief($0, within: labelMax), size: 13) + 28 },
        measures: measures)
    }
    let narrow = layout()
    guard narrow.bands > 1 else { return (narrow, measures) }
    measures.width = widthMax
    return (layout(), measures)
  }

  private var lanes: [[String: Any]] {
    (0..<layout.bands).flatMap { band in
      zip(layout.lanes, layout.laneTops).map { lane, top in
        let y = Double(band) * layout.bandHeight + top
        let rows = Double(lane.rows.count)
        let servers = Set(lane.rows.joined().map { narration.history[$0].server })
        let server = servers.count == 1 ? servers.first.flatMap(\.self) : nil
        return [
          "y": Coordinate.text(y - 8), "height": Coordinate.text(rows * measures.rowPitch + 6),
          "nameY": Coordinate.text(y + (server == nil ? 22 : 15)), "serverY": Coordinate.text(y + 31),
          "name": lane.name, "server": server.map { "server \($0)" } ?? "", "width": panelWidth,
        ]
      }
    }
  }

  private var panelWidth: String { Coordinate.text(measures.width - 32) }

  private func bars(_ id: OperationID) -> [[String: Any]] {
    let operation = narration.history[id]
    let pieces = layout.pieces[id] ?? []
    let widest = pieces.indices.max { pieces[$0].width < pieces[$1].width }
    let kind =
      switch operation.kind {
      case .read: "read"
      case .write: "write"
      case .compareAndSet: "cas"
      }
    let isContext = !counterexample.operations.contains(id)
    return pieces.enumerated().map { place, piece in
      let isOpen = piece.ends && operation.completed == Operation.never
      let (x, y, right) = (piece.x, piece.y, piece.x + piece.width)
      return [
        "kind": kind + (isContext ? " context" : "")
          + (counterexample.culprits.contains(id) ? " culprit" : ""),
        "border": outline(piece, isOpen: isOpen),
        "isCulprit": counterexample.culprits.contains(id) && place == widest,
        "markX": Coordinate.text(right - 2), "markY": Coordinate.text(y + 2),
        "label": place == widest ? narration.brief(id, within: Self.labelMax) : "\u{2026}",
        "x": Coordinate.text(x), "y": Coordinate.text(y), "width": Coordinate.text(piece.width),
        "labelX": Coordinate.text(x + piece.width / 2), "labelY": Coordinate.text(y + 22),
        "tooltip": narration.sentence(id).asSentence,
      ]
    }
  }

  /// A rectangle with round corners, whose side is missing where the operation goes on.
  private func outline(_ piece: LaneLayout.Piece, isOpen: Bool) -> String {
    let (x, y, radius) = (piece.x, piece.y, min(7, piece.width / 2))
    let (right, bottom) = (x + piece.width, y + measures.barHeight)
    func text(_ x: Double, _ y: Double) -> String { Coordinate.text((x, y)) }
    let corner = "A \(text(radius, radius)) 0 0 0"
    let left =
      piece.begins
      ? "H \(Coordinate.text(x + radius)) \(corner) \(text(x, y + radius)) V \(Coordinate.text(bottom - radius)) "
        + "\(corner) \(text(x + radius, bottom))"
      : "H \(Coordinate.text(x)) M \(text(x, bottom))"
    guard piece.ends, !isOpen else { return "M \(text(right, y)) \(left) H \(Coordinate.text(right))" }
    return "M \(text(right - radius, y)) \(left) H \(Coordinate.text(right - radius)) "
      + "\(corner) \(text(right, bottom - radius)) V \(Coordinate.text(y + radius)) "
      + "\(corner) \(text(right - radius, y))"
  }

  private func arrow(_ number: Int, _ element: (Arrow, ArrowPath)) -> [String: Any] {
    let (arrow, way) = element
    return [
      "number": "\(number + 1)", "reason": arrow.reason.rawValue, "detail": arrow.isDetail ? "detail" : "",
      "path": way.path, "x": Coordinate.text(way.badge.x), "y": Coordinate.text(way.badge.y),
      "textY": Coordinate.text(way.badge.y + 4), "tooltip": "\(number + 1). \(arrow.sentence)",
    ]
  }

  private func legend(y: Double) -> (entries: [[String: Any]], rows: Int) {
    let present = Set(arrows.map(\.reason))
    let reasons = Arrow.Reason.allCases.filter(present.contains)
    var (x, row) = (24.0, 0)
    let entries = reasons.map { reason -> [String: Any] in
      let width = 58 + TextWidth.sans(reason.words, size: 11.5)
      if x > 24, x + width > measures.width - 24 { (x, row) = (24, row + 1) }
      defer { x += width }
      let middle = y + 22 * Double(row)
      return [
        "reason": reason.rawValue, "x": Coordinate.text(x), "end": Coordinate.text(x + 30),
        "y": Coordinate.text(middle), "textX": Coordinate.text(x + 40),
        "textY": Coordinate.text(middle + 4), "words": reason.words,
      ]
    }
    return (entries, entries.isEmpty ? 0 : row + 1)
  }

  private func list(y: Double) -> (lines: [[String: Any]], end: Double) {
    var y = y
    var lines: [[String: Any]] = []
    for (number, arrow) in arrows.prefix(Self.sentencesMax).enumerated() {
      for (place, line) in TextWidth.lines(arrow.sentence, size: 12.5, width: measures.width - 90)
        .enumerated()
      {
        lines.append([
          "y": Coordinate.text(y), "textY": Coordinate.text(y + 4), "line": line, "isFirst": place == 0,
          "number": "\(number + 1)", "reason": arrow.reason.rawValue,
        ])
        y += 19
      }
      y += 4
    }
    if arrows.count > Self.sentencesMax {
      lines.append([
        "y": Coordinate.text(y), "textY": Coordinate.text(y + 4), "isFirst": false,
        "line": "(\(arrows.count - Self.sentencesMax) more are in the arrows' descriptions)",
      ])
      y += 19
    }
    return (lines, y)
  }

  private var notes: [String] {
    let history = narration.history
    var notes: [String] = []
    if history.clock != .order, let first = shown.map({ history[$0].invoked }).min() {
      let last = shown.map { history[$0].completed == Operation.never ? first : history[$0].completed }.max()
      let start = narration.clockTime(first).map { "From \($0), " } ?? ""
      let length = TimeText.duration(nanoseconds: (last ?? first) &- first)
      notes.append(
        "\(start)\(length) in all. What overlaps overlapped; lengths are not to scale.".asSentence)
    }
    if shown.contains(where: { !counterexample.operations.contains($0) }) {
      notes.append("A broken border: not part of the contradiction, but the origin of what was read.")
    }
    if shown.contains(where: { history[$0].completed == Operation.never }) {
      notes.append("An open end: nobody knows whether the operation took effect.")
    }
    if !counterexample.culprits.isDisjoint(with: shown) { notes.append("Crossed: what cannot be explained.") }
    if omitted > 0 { notes.append("\(omitted) more operations are not drawn.") }
    return notes
  }
}
