public import Consistency
public import History

/// The models as a lattice, stronger above weaker, each marked with what became of it, as a picture in SVG.
///
/// The picture stands by itself, and inside a page: the ids in it begin with a prefix, the style applies to nothing else.
/// Colour is never all that tells two models apart: each has a mark, a word and a border of its own.
public struct LatticePicture: Sendable {
  /// What became of a model.
  enum Standing: String, CaseIterable {
    case holds
    /// It holds, but the verdict carries a warning: the run put little strain on the store.
    case weak
    case violated
    case undecided
    /// The history would satisfy it whatever the store did.
    case vacuous
    /// Nobody asked.
    case absent

    var words: String {
      switch self {
      case .holds: "holds"
      case .weak: "holds, with a warning"
      case .violated: "violated"
      case .undecided: "undecided"
      case .vacuous: "proves nothing"
      case .absent: "not asked"
      }
    }

    /// The strokes of the mark, around the origin.
    var mark: String {
      switch self {
      case .holds, .weak: "M -4.5 0.5 L -1.5 3.5 L 4.5 -3.5"
      case .violated: "M -3.5 -3.5 L 3.5 3.5 M 3.5 -3.5 L -3.5 3.5"
      case .undecided: "M -3 -2.6 A 3 3 0 1 1 0.4 0.3 L 0 1.4 M 0 4.6 L 0 4.7"
      case .vacuous: "M 0 -4.5 L 0 1 M 0 4.6 L 0 4.7"
      case .absent: "M -3.5 0 L 3.5 0"
      }
    }

    init(_ verdict: Verdict?) {
      switch verdict?.outcome {
      case nil: self = .absent
      case .holds?: self = verdict?.warnings.isEmpty == true ? .holds : .weak
      case .violated?: self = .violated
      case .undecided(.provesNothing)?: self = .vacuous
      case .undecided?: self = .undecided
      }
    }
  }

  private let judgements: [CheckedFile.Judgement]
  private let promised: Model?

  /// Makes a picture of verdicts.
  ///
  /// - Parameter promised: the model that the store was to keep, if one is known.
  public init(_ judgements: [CheckedFile.Judgement], promised: Model? = nil) {
    self.judgements = judgements
    self.promised = promised
  }

  /// Makes a picture of the verdicts on a history, with the level it declares as the promise.
  public init(_ judgements: [CheckedFile.Judgement], of history: History) {
    self.init(judgements, promised: history.run?.level.flatMap { Model(named: $0) })
  }

  private static let boxWidth = 184.0
  private static let boxHeight = 48.0
  private static let pitch = 194.0
  private static let rowPitch = 98.0
  private static let left = 24.0

  /// Where each model stands: column and row. Chosen by hand for few crossings.
  private static func place(_ model: Model) -> (column: Double, row: Double) {
    switch model {
    case .linearizable: (2.1, 0)
    case .sequential: (1.3, 1)
    case .causalConvergence: (0.6, 2)
    case .causalMemory: (2, 2)
    case .regular: (3.5, 2)
    case .causal: (1.2, 3)
    case .pram: (2.4, 3)
    case .safe: (4, 3)
    case .monotonicReads: (0, 4)
    case .writesFollowReads: (1, 4)
    case .monotonicWrites: (2, 4)
    case .readYourWrites: (3, 4)
    case .eventual: (4, 4)
    }
  }

  private static func corner(_ model: Model) -> (x: Double, y: Double) {
    let place = place(model)
    return (left + place.column * pitch, place.row * rowPitch)
  }

  /// The picture.
  ///
  /// - Parameter prefix: what the ids begin with; each picture on a page needs another.
  public func svg(prefix: String = "lattice-") -> String {
    let standings = Dictionary(uniqueKeysWithValues: Model.allCases.map { ($0, standing($0)) })
    let width = 2 * Self.left + 4 * Self.pitch + Self.boxWidth
    let heading = summary.flatMap { TextWidth.lines($0, size: 15, width: width - 48) }
    let top = 40 + 21 * Double(heading.count)
    let legendY = top + 4 * Self.rowPitch + Self.boxHeight + 26
    return Templates.render(
      "lattice",
      [
        "prefix": prefix, "title": summary.joined(separator: " "), "description": description(standings),
        "width": Coordinate.text(width), "height": Coordinate.text(legendY + 58),
        "heading": heading.enumerated().map {
          ["y": Coordinate.text(34 + 21 * Double($0.offset)), "line": $0.element]
        },
        "top": Coordinate.text(top), "boxWidth": Coordinate.text(Self.boxWidth),
        "boxHeight": Coordinate.text(Self.boxHeight),
        "lines": Model.allCases.flatMap(lines), "nodes": Model.allCases.map { node($0, standings) },
        "legend": legend(Set(standings.values), y: legendY), "noteY": Coordinate.text(legendY + 44),
      ])
  }

  private func standing(_ model: Model) -> Standing {
    Standing(judgements.first { $0.verdict.model == model }?.verdict)
  }

  private var summary: [String] {
    let verdicts = judgements.map(\.verdict)
    func sentence(_ beginning: String, _ models: [Model]) -> [String] {
      models.isEmpty ? [] : ["\(beginning): \(models.map(\.rawValue).joined(separator: ", "))."]
    }
    let sentences =
      sentence("Strongest that hold", verdicts.strongestThatHold)
      + sentence("Weakest that fail", verdicts.weakestThatFail)
    return sentences.isEmpty ? ["Nothing was decided."] : sentences
  }

  private func description(_ standings: [Model: Standing]) -> String {
    let sentences = Standing.allCases.compactMap { standing -> String? in
      let models = Model.allCases.filter { standings[$0] == standing }
      return models.isEmpty
        ? nil : "\(standing.words): \(models.map(\.rawValue).joined(separator: ", "))".asSentence
    }
    let promise = promised.map { " The store promised \($0.rawValue)." } ?? ""
    return "Consistency models, stronger above weaker. " + sentences.joined(separator: " ") + promise
  }

  /// The lines from a model to those that it implies with none between.
  private func lines(_ model: Model) -> [[String: Any]] {
    let implied = model.implied
    let direct = implied.filter { weaker in !implied.contains { $0.implied.contains(weaker) } }
    let from = Self.corner(model)
    return Model.allCases.filter(direct.contains).map { weaker in
      let to = Self.corner(weaker)
      let (x1, y1) = (from.x + Self.boxWidth / 2, from.y + Self.boxHeight)
      let (x2, y2) = (to.x + Self.boxWidth / 2, to.y)
      let bend = min(40, (y2 - y1) / 2)
      return [
        "path": Coordinate.path("M", (x1, y1), "C", (x1, y1 + bend), (x2, y2 - bend), (x2, y2))
      ]
    }
  }

  private func node(_ model: Model, _ standings: [Model: Standing]) -> [String: Any] {
    let corner = Self.corner(model)
    let standing = standings[model] ?? .absent
    let judgement = judgements.first { $0.verdict.model == model }
    var words = standing.words
    if let stronger = judgement?.follows, standing == .holds || standing == .violated {
      words += " (by \(stronger.rawValue))"
    }
    return [
      "x": Coordinate.text(corner.x), "y": Coordinate.text(corner.y), "standing": standing.rawValue,
      "name": model.rawValue, "words": standing.words, "tooltip": "\(model.rawValue): \(words)",
      "mark": standing.mark, "isViolated": standing == .violated, "isPromised": promised == model,
      "pillX": Coordinate.text(Self.boxWidth - 76),
    ]
  }

  private func legend(_ present: Set<Standing>, y: Double) -> [[String: Any]] {
    var x = Self.left
    return Standing.allCases.filter(present.contains).map { standing in
      defer { x += 52 + TextWidth.sans(standing.words, size: 11.5) }
      return [
        "x": Coordinate.text(x), "y": Coordinate.text(y), "standing": standing.rawValue,
        "words": standing.words, "mark": standing.mark,
      ]
    }
  }
}
