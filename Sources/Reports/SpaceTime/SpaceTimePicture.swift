import History

/// A space-time diagram in SVG: a lane for each client and each server, time running down, operations as bars, messages as
/// arrows, faults as bands, and beside each row in words what happened.
///
/// Rows follow one another in order and not to scale, and words stand in a column of their own, so that nothing written
/// runs over anything else. What is longer than a page goes on on the next.
public struct SpaceTimePicture: Sendable {
  /// More lanes are not drawn.
  public static let lanesMax = 40
  /// More pages are not drawn.
  public static let pagesMax = 8
  private static let rowsPerPage = 70

  private static let rowHeight = 24.0
  private static let quietRowHeight = 13.0
  private static let left = 96.0
  private static let wordsMax = 560.0
  private static let wordSize = 12.5
  private static let laneTop = 76.0
  private static let barWidth = 16.0

  private let diagram: SpaceTimeDiagram
  private let lanePitch: Double
  /// Where the words begin, and how wide the widest line of them is.
  private let wordsX: Double
  private let width: Double
  private let pages: [Range<Int>]

  /// Makes a picture of a diagram; nil if it has nothing in it, or more lanes than can be told apart.
  public init?(_ diagram: SpaceTimeDiagram) {
    guard !diagram.rows.isEmpty, (1...Self.lanesMax).contains(diagram.lanes.count) else { return nil }
    self.diagram = diagram
    let widest = diagram.lanes.map { TextWidth.sans(Self.name($0), size: 13) }.max() ?? 0
    lanePitch = max(84, widest + 22)
    wordsX = Self.left + lanePitch * Double(diagram.lanes.count) + 16
    let words = diagram.rows.map { TextWidth.sans(Self.words($0, diagram), size: Self.wordSize) }.max() ?? 0
    width = max(720, wordsX + min(words, Self.wordsMax) + 32)
    var pages: [Range<Int>] = []
    var start = 0
    while start < diagram.rows.count, pages.count < Self.pagesMax {
      // A few rows more are better than a page of a few rows.
      let rest = diagram.rows.count - start
      let count = rest <= Self.rowsPerPage * 5 / 4 ? rest : Self.rowsPerPage
      pages.append(start..<start + count)
      start += count
    }
    self.pages = pages
  }

  /// The picture, in as many pages as it takes.
  ///
  /// - Parameter prefix: what the ids begin with; each picture on a page needs another.
  public func svgs(prefix: String = "space-time-") -> [String] {
    pages.indices.map { svg($0, prefix: "\(prefix)\($0)-") }
  }

  private func svg(_ page: Int, prefix: String) -> String {
    let rows = pages[page]
    let heights = rows.map { diagram.rows[$0].clauses.isEmpty ? Self.quietRowHeight : Self.rowHeight }
    var y = Self.laneTop + 44
    var middles: [Double] = []
    for height in heights {
      middles.append(y + height / 2)
      y += height
    }
    let place = PageRows(first: rows.lowerBound, middles: middles, top: Self.laneTop + 32, bottom: y + 6)
    let isLast = page == pages.count - 1
    // The title says the first of them as a rule.
    let sentences = isLast ? diagram.reasons.filter { $0 != diagram.title } : []
    let reasons = list(sentences, y: y + 66)
    let notes = isLast ? self.notes : []
    let notesY = reasons.end + (isLast ? 22 : 8)
    let number = pages.count > 1 ? "; page \(page + 1) of \(pages.count)" : ""
    var values: [String: Any] = [
      "prefix": prefix, "width": Coordinate.text(width),
      "height": Coordinate.text(notesY + 17 * Double(notes.count) + 8),
      "title": Self.fitted(diagram.title, size: 17, width: width - 48),
      "subtitle": Self.fitted(diagram.subtitle, size: 13, width: width - 180) + number,
      "description": (diagram.lanes.map(\.name) + diagram.reasons).joined(separator: "; ").printable,
    ]
    values["kinds"] = SpaceTimeDiagram.Message.Kind.allCases.map { ["kind": $0.rawValue] }
    values["lanes"] = lanes(bottom: place.bottom)
    values["bands"] = bands(place)
    values["operations"] = operations(place)
    values["messages"] = diagram.messages.compactMap { message($0, place) }
    values["rows"] = rows.map { row($0, place) }
    values["legend"] = legend(y: y + 32)
    values["reasons"] = reasons.lines
    values["hasReasons"] = !sentences.isEmpty
    values["reasonsY"] = Coordinate.text(y + 46)
    values["reasonsHeight"] = Coordinate.text(max(0, reasons.end - y - 44))
    values["panelWidth"] = Coordinate.text(width - 32)
    values["notes"] = notes.enumerated().map { place, line in
      ["y": Coordinate.text(notesY + 17 * Double(place)), "line": line]
    }
    return Templates.render("space-time", values)
  }

  /// Where the rows of a page are, and where a line to a row of another page leaves it.
  private struct PageRows {
    let first: Int
    let middles: [Double]
    let top: Double
    let bottom: Double

    func y(_ row: Int) -> Double? {
      middles.indices.contains(row - first) ? middles[row - first] : nil
    }

    /// The row's place, or the edge that it lies beyond.
    func clamped(_ row: Int) -> Double { y(row) ?? (row < first ? top : bottom) }

    /// Whether rows from one to another, or to the end, are on the page.
    func shows(_ begin: Int, _ end: Int?) -> Bool {
      begin < first + middles.count && end ?? .max >= first
    }

    /// The row's place in numbers of rows, within the page or just beyond it.
    func share(_ row: Int, from begin: Int, to end: Int) -> Double {
      let edge = row < first ? Double(first) - 0.5 : Double(first + middles.count) - 0.5
      return y(row) != nil || begin == end ? 0 : (edge - Double(begin)) / Double(end - begin)
    }
  }

  private func x(_ lane: Int) -> Double { Self.left + lanePitch * (Double(lane) + 0.5) }

  // MARK: Parts

  private func lanes(bottom: Double) -> [[String: Any]] {
    diagram.lanes.enumerated().map { number, lane in
      let name = Self.name(lane)
      let pill = TextWidth.sans(name, size: 13) + 18
      return [
        "x": Coordinate.text(x(number)), "pillX": Coordinate.text(x(number) - pill / 2),
        "pillWidth": Coordinate.text(pill), "name": name, "kind": lane.isServer ? "server" : "client",
        "bottom": Coordinate.text(bottom),
      ]
    }
  }

  private func bands(_ place: PageRows) -> [[String: Any]] {
    diagram.bands.enumerated().flatMap { number, band -> [[String: Any]] in
      guard place.shows(band.begin, band.end) else { return [] }
      let top = place.clamped(band.begin)
      let bottom = band.end.map(place.clamped) ?? place.bottom
      return band.lanes.map { lane in
        // Faults that last at the same time are told apart by how wide their bands are.
        let others = diagram.bands[..<number].count {
          $0.lanes.contains(lane) && $0.end ?? .max >= band.begin
        }
        let width = max(22, 58 - 9 * Double(others))
        return [
          "x": Coordinate.text(x(lane) - width / 2), "y": Coordinate.text(top),
          "width": Coordinate.text(width), "height": Coordinate.text(max(8, bottom - top)),
          "tooltip": band.name.printable,
        ]
      }
    }
  }

  private func operations(_ place: PageRows) -> [[String: Any]] {
    diagram.operations.compactMap { operation -> [String: Any]? in
      guard place.shows(operation.begin, operation.end) else { return nil }
      let top = place.clamped(operation.begin) - (place.y(operation.begin) == nil ? 0 : 7)
      let bottom = operation.end.map { place.clamped($0) + (place.y($0) == nil ? 0 : 7) } ?? place.bottom
      let kind =
        switch operation.kind {
        case .read: "read"
        case .write: "write"
        case .compareAndSet: "cas"
        }
      return [
        "kind": kind + (operation.isCulprit ? " culprit" : "") + (operation.end == nil ? " open" : ""),
        "x": Coordinate.text(x(operation.lane) - Self.barWidth / 2), "y": Coordinate.text(top),
        "width": Coordinate.text(Self.barWidth), "height": Coordinate.text(max(10, bottom - top)),
        "isCulprit": operation.isCulprit && place.y(operation.begin) != nil,
        "markX": Coordinate.text(x(operation.lane) + Self.barWidth / 2 + 1), "markY": Coordinate.text(top),
        "tooltip": diagram.rows[operation.begin].clauses.joined(separator: "; ").printable,
      ]
    }
  }

  private func message(_ message: SpaceTimeDiagram.Message, _ place: PageRows) -> [String: Any]? {
    guard let from = diagram.rows[message.from].lane, place.shows(message.from, message.to ?? message.from)
    else { return nil }
    let direction: Double = message.lane > from ? 1 : -1
    func edge(_ lane: Int, _ towards: Double) -> Double {
      x(lane) + towards * (diagram.lanes[lane].isServer ? 5 : Self.barWidth / 2 + 1)
    }
    let start = edge(from, direction)
    let end = edge(message.lane, -direction)
    var first = (x: start, y: place.clamped(message.from))
    var last: (x: Double, y: Double)
    if let to = message.to {
      let begin = place.share(message.from, from: message.from, to: to)
      let length = place.share(to, from: message.from, to: to)
      first.x = start + (end - start) * begin
      last = (length == 0 ? end : start + (end - start) * length, place.clamped(to))
    } else {
      last = (start + direction * min(38, abs(end - start) / 2), first.y + 8)
    }
    let arrives = message.to.map { place.y($0) != nil } ?? false
    return [
      "kind": message.kind.rawValue + (message.to == nil ? " lost" : ""), "arrives": arrives,
      "marker": message.kind.rawValue, "isLost": message.to == nil,
      "path": Coordinate.path("M", first, "L", last),
      "lostX": Coordinate.text(last.x), "lostY": Coordinate.text(last.y),
      "tooltip": diagram.rows[message.to ?? message.from].clauses.joined(separator: "; ").printable,
    ]
  }

  private func row(_ number: Int, _ place: PageRows) -> [String: Any] {
    let row = diagram.rows[number]
    let y = place.clamped(number)
    let words = Self.words(row, diagram)
    let line = Self.fitted(words, size: Self.wordSize, width: width - wordsX - 32)
    let who = row.lane.map { diagram.lanes[$0].name.printable } ?? ""
    // Who comes first in bold; broken names would be too long a name for that.
    let hasWho = !who.isEmpty && line.hasPrefix(who + " ")
    let isClient = row.lane.map { !diagram.lanes[$0].isServer } ?? true
    return [
      "y": Coordinate.text(y), "textY": Coordinate.text(y + 4), "wordsX": Coordinate.text(wordsX),
      "time": Self.time(row.time), "hasWords": !row.clauses.isEmpty, "who": hasWho ? who : "",
      "words": hasWho ? String(line.dropFirst(who.count + 1)) : line, "hasWho": hasWho,
      "tooltip": words, "x": row.lane.map { Coordinate.text(x($0)) } ?? "",
      "leaderX": Coordinate.text(row.lane.map { x($0) + (isClient ? 14 : 10) } ?? Self.left),
      "leaderEnd": Coordinate.text(wordsX - 8), "isDot": !isClient && !row.isChange,
      "isChange": row.isChange && row.lane != nil, "isQuiet": row.clauses.isEmpty ? "quiet" : "",
    ]
  }

  private static func words(_ row: SpaceTimeDiagram.Row, _ diagram: SpaceTimeDiagram) -> String {
    let who = row.lane.map { diagram.lanes[$0].name + " " } ?? ""
    return row.clauses.isEmpty ? "" : (who + row.clauses.joined(separator: "; ")).printable
  }

  private static func name(_ lane: SpaceTimeDiagram.Lane) -> String {
    fitted(lane.name, size: 13, width: 180)
  }

  /// As much of a text as fits on a line.
  private static func fitted(_ text: String, size: Double, width: Double) -> String {
    let text = text.printable
    guard TextWidth.sans(text, size: size) > width else { return text }
    return (TextWidth.lines(text, size: size, width: width - size).first ?? "") + "\u{2026}"
  }

  /// In milliseconds, to the microsecond.
  private static func time(_ nanoseconds: Int64) -> String {
    TimeText.fixed(Double(nanoseconds) / 1e6, places: 3)
  }

  private func legend(y: Double) -> [[String: Any]] {
    var entries: [(kind: String, words: String)] = []
    let kinds = Set(diagram.messages.filter { $0.to != nil }.map(\.kind))
    if kinds.contains(.call) { entries.append(("call", "request or answer")) }
    if kinds.contains(.update) { entries.append(("update", "updates")) }
    if kinds.contains(.control) { entries.append(("control", "acknowledgement, probe")) }
    var x = 24.0
    return entries.map { kind, words in
      defer { x += 58 + TextWidth.sans(words, size: 11.5) }
      return [
        "kind": kind, "x": Coordinate.text(x), "end": Coordinate.text(x + 30), "y": Coordinate.text(y),
        "textX": Coordinate.text(x + 38), "textY": Coordinate.text(y + 4), "words": words,
      ]
    }
  }

  private func list(_ reasons: [String], y: Double) -> (lines: [[String: Any]], end: Double) {
    var y = y
    var lines: [[String: Any]] = []
    for reason in reasons {
      for (place, line) in TextWidth.lines(reason.printable, size: Self.wordSize, width: width - 92)
        .enumerated()
      {
        lines.append([
          "markY": Coordinate.text(y), "y": Coordinate.text(y + 4), "line": line, "isFirst": place == 0,
        ])
        y += 19
      }
    }
    return (lines, reasons.isEmpty ? y - 24 : y)
  }

  private var notes: [String] {
    let drawn = pages.last?.upperBound ?? 0
    var notes = [
      "Time in milliseconds of the run; distances are not to scale. A diamond: what the server holds changed."
    ]
    if diagram.operations.contains(where: \.isCulprit) { notes.append("Crossed: what cannot be explained.") }
    if !diagram.bands.isEmpty { notes.append("Shaded: a fault, while it lasted.") }
    notes += diagram.notes.map(\.printable)
    if drawn < diagram.rows.count { notes.append("\(diagram.rows.count - drawn) more rows are not drawn.") }
    return notes
  }
}
