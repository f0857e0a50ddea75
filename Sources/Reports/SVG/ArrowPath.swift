import History

/// The way of each arrow between the bars of a layout, without two that begin or end at one point.
struct ArrowPath {
  /// The path's description.
  let path: String
  /// Where its number stands.
  let badge: (x: Double, y: Double)

  private typealias Point = (x: Double, y: Double)

  /// A place on a bar's edge where an arrow begins or ends.
  private struct Anchor: Hashable {
    enum Side { case top, bottom, left, right }
    let id: OperationID
    let side: Side
  }

  private struct End {
    let arrow: Int
    let isStart: Bool
    /// Where the other end is, to keep arrows from crossing.
    let aim: Double
  }

  static func paths(_ arrows: [Arrow], in layout: LaneLayout, barHeight: Double) -> [ArrowPath] {
    var anchors: [Anchor: [End]] = [:]
    var sides: [(from: Anchor.Side, to: Anchor.Side)] = []
    for (number, arrow) in arrows.enumerated() {
      guard let from = layout.pieces[arrow.from]?.last, let to = layout.pieces[arrow.to]?.first else {
        sides.append((.top, .top))
        continue
      }
      let side: (from: Anchor.Side, to: Anchor.Side) =
        if from.y == to.y {
          isNext(from, to, layout) && number == straight(arrow, arrows)
            ? (.right, .left) : (.top, .top)
        } else {
          from.y < to.y ? (.bottom, .top) : (.top, .bottom)
        }
      sides.append(side)
      anchors[Anchor(id: arrow.from, side: side.from), default: []].append(
        End(arrow: number, isStart: true, aim: to.x + to.width / 2))
      anchors[Anchor(id: arrow.to, side: side.to), default: []].append(
        End(arrow: number, isStart: false, aim: from.x + from.width / 2))
    }
    var points: [Int: (from: Point, to: Point)] = [:]
    for (anchor, ends) in anchors {
      guard let pieces = layout.pieces[anchor.id] else { continue }
      let sorted = ends.sorted { ($0.aim, $0.arrow) < ($1.aim, $1.arrow) }
      for (place, end) in sorted.enumerated() {
        guard let piece = end.isStart ? pieces.last : pieces.first else { continue }
        let share = Double(place + 1) / Double(sorted.count + 1)
        let point: Point =
          switch anchor.side {
          case .top: (piece.x + piece.width * share, piece.y)
          case .bottom: (piece.x + piece.width * share, piece.y + barHeight)
          case .left: (piece.x, piece.y + barHeight * share)
          case .right: (piece.x + piece.width, piece.y + barHeight * share)
          }
        var both = points[end.arrow] ?? (point, point)
        if end.isStart { both.from = point } else { both.to = point }
        points[end.arrow] = both
      }
    }
    let bars = layout.pieces.values.flatMap(\.self)
    var badges: [Point] = []
    return arrows.indices.map { number in
      guard let (from, to) = points[number] else { return ArrowPath(path: "", badge: (0, 0)) }
      let (bendFrom, bendTo) = bends(from, to, sides[number])
      let badge = place(
        isStraight: sides[number].from == .right, (from, bendFrom, bendTo, to), bars, badges, barHeight)
      badges.append(badge)
      return ArrowPath(path: Coordinate.path("M", from, "C", bendFrom, bendTo, to), badge: badge)
    }
  }

  /// Which of the arrows from one bar to the next goes straight.
  private static func straight(_ arrow: Arrow, _ arrows: [Arrow]) -> Int? {
    let same = arrows.indices.filter { arrows[$0].from == arrow.from && arrows[$0].to == arrow.to }
    return same.first { arrows[$0].reason == .programOrder } ?? same.first
  }

  /// Whether nothing stands between two pieces of a row, the first of which ends before the second begins.
  private static func isNext(_ from: LaneLayout.Piece, _ to: LaneLayout.Piece, _ layout: LaneLayout) -> Bool {
    guard from.x + from.width < to.x else { return false }
    return !layout.pieces.values.joined().contains {
      $0.y == from.y && $0.x > from.x && $0.x < to.x
    }
  }

  /// The control points: arrows leave and enter bars at a right angle.
  private static func bends(
    _ from: Point, _ to: Point, _ sides: (from: Anchor.Side, to: Anchor.Side)
  ) -> (Point, Point) {
    switch (sides.from, sides.to) {
    case (.right, _): return ((from.x + (to.x - from.x) / 3, from.y), (to.x - (to.x - from.x) / 3, to.y))
    case (.top, .top):
      let rise = min(64, 30 + abs(to.x - from.x) / 12)
      return ((from.x, min(from.y, to.y) - rise), (to.x, min(from.y, to.y) - rise))
    default:
      let bend = (to.y - from.y) * 0.55
      return ((from.x, from.y + bend), (to.x, to.y - bend))
    }
  }

  /// A place on the curve that is away from bars and from the numbers of other arrows.
  private static func place(
    isStraight: Bool, _ curve: (Point, Point, Point, Point), _ bars: [LaneLayout.Piece], _ badges: [Point],
    _ barHeight: Double
  ) -> Point {
    func point(_ t: Double) -> Point {
      let (a, b, c, d) = (
        (1 - t) * (1 - t) * (1 - t), 3 * (1 - t) * (1 - t) * t, 3 * (1 - t) * t * t, t * t * t
      )
      return (
        a * curve.0.x + b * curve.1.x + c * curve.2.x + d * curve.3.x,
        a * curve.0.y + b * curve.1.y + c * curve.2.y + d * curve.3.y
      )
    }
    if isStraight {
      let middle = point(0.5)
      return (middle.x, middle.y - 14)
    }
    func room(_ point: Point) -> Double {
      let toBars = bars.map { bar -> Double in
        let (dx, dy) = (
          max(bar.x - point.x, 0, point.x - bar.x - bar.width),
          max(bar.y - point.y, 0, point.y - bar.y - barHeight)
        )
        return (dx * dx + dy * dy).squareRoot() * 1.6
      }
      let toBadges = badges.map { badge in
        let (dx, dy) = (badge.x - point.x, badge.y - point.y)
        return (dx * dx + dy * dy).squareRoot()
      }
      return min((toBars + toBadges).min() ?? 100, 26)
    }
    // The middle, unless another place has more room.
    var best = point(0.5)
    for t in [0.4, 0.6, 0.3, 0.7, 0.2, 0.8] where room(point(t)) > room(best) + 1 { best = point(t) }
    return best
  }
}
