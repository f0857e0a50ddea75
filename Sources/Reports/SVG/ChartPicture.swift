/// Measured numbers over a few settings as lines, in SVG: how latency or throughput grows with the number of clients, say.
///
/// The upward axis is logarithmic, so that equal ratios are equal distances. The picture stands by itself. Colour is never
/// all that tells two lines apart: each has its name at its end and marks of its own.
public struct ChartPicture: Sendable {
  /// One line.
  public struct Series: Sendable {
    /// What stands at its end.
    public let name: String
    /// A number for each column, above 0; nil where there is none.
    public let values: [Double?]
    /// Which of the lines it belongs with: the same colour and marks.
    public let group: Int
    /// Whether it is the lesser of several in one group.
    public let isDashed: Bool

    /// Makes a line.
    public init(_ name: String, _ values: [Double?], group: Int, isDashed: Bool = false) {
      self.name = name
      self.values = values
      self.group = group
      self.isDashed = isDashed
    }
  }

  private static let width = 760.0
  private static let height = 440.0
  private static let left = 84.0
  private static let right = 560.0
  private static let top = 76.0
  private static let bottom = 368.0
  private static let colours = 5
  /// The least distance of two names.
  private static let nameHeight = 16.0

  private let title: String
  private let note: String
  private let axis: String
  private let columns: [String]
  private let series: [Series]
  private let label: @Sendable (Double) -> String

  /// Makes a chart.
  ///
  /// - Parameters:
  ///   - axis: what the columns are.
  ///   - label: a number of the upward axis in words.
  public init(
    title: String, note: String, axis: String, columns: [String], series: [Series],
    label: @escaping @Sendable (Double) -> String
  ) {
    self.title = title
    self.note = note
    self.axis = axis
    self.columns = columns
    self.series = series
    self.label = label
  }

  /// The steps of the upward axis: 1, 2 and 5 times the powers of ten around the numbers.
  private var steps: [Double] {
    let values = series.flatMap { $0.values.compactMap(\.self) }.filter { $0 > 0 && $0.isFinite }
    guard let least = values.min(), let most = values.max() else { return [1, 10] }
    var steps: [Double] = []
    var power = 1e-3
    while steps.isEmpty || power <= most * 10, power < 1e300 {
      steps += [power, 2 * power, 5 * power]
      power *= 10
    }
    let first = steps.lastIndex { $0 <= least } ?? 0
    let last = steps.firstIndex { $0 >= most } ?? steps.count - 1
    return Array(steps[first...min(max(last, first + 1), steps.count - 1)])
  }

  /// The picture.
  ///
  /// - Parameter prefix: what the ids begin with; each picture on a page needs another.
  public func svg(prefix: String = "chart-") -> String {
    let steps = steps
    let logarithms = (Double.logarithm(steps[0]), Double.logarithm(steps[steps.count - 1]))
    func y(_ value: Double) -> Double {
      let share = (Double.logarithm(value) - logarithms.0) / (logarithms.1 - logarithms.0)
      return Self.bottom - share * (Self.bottom - Self.top)
    }
    func x(_ column: Int) -> Double {
      let distance = (Self.right - Self.left - 40) / Double(max(1, columns.count - 1))
      return Self.left + 20 + Double(column) * distance
    }
    let names = nameHeights(y)
    return Templates.render(
      "chart",
      [
        "prefix": prefix, "width": Coordinate.text(Self.width), "height": Coordinate.text(Self.height),
        "title": title, "note": note, "description": description, "axis": axis,
        "middle": Coordinate.text((Self.left + Self.right) / 2),
        "axisY": Coordinate.text(Self.bottom + 46),
        "rows": steps.map { step in
          [
            "left": Coordinate.text(Self.left), "right": Coordinate.text(Self.right),
            "y": Coordinate.text(y(step)), "textX": Coordinate.text(Self.left - 8),
            "textY": Coordinate.text(y(step) + 4), "label": label(step),
          ]
        },
        "columns": columns.enumerated().map { column, label in
          ["x": Coordinate.text(x(column)), "y": Coordinate.text(Self.bottom + 22), "label": label]
        },
        "series": series.enumerated().map { index, series in
          let points = series.values.enumerated().compactMap { column, value in
            value.map { (column: column, value: $0, x: x(column), y: y($0)) }
          }
          return [
            "colour": series.group % Self.colours, "name": series.name, "isDashed": series.isDashed,
            "isNamed": !points.isEmpty, "nameX": Coordinate.text((points.last?.x ?? 0) + 12),
            "nameY": Coordinate.text((names[index] ?? 0) + 4),
            "path": points.enumerated().map { place, point in
              "\(place == 0 ? "M" : "L") \(Coordinate.text((point.x, point.y)))"
            }.joined(separator: " "),
            "points": points.map { point in
              [
                "x": Coordinate.text(point.x), "y": Coordinate.text(point.y),
                "marker": Self.marker(series.group),
                "label": "\(series.name), \(columns[point.column]) \(axis): \(label(point.value))",
              ]
            },
          ] as [String: Any]
        },
      ])
  }

  /// Where the names stand so that none covers another: at the ends of their lines, moved apart.
  private func nameHeights(_ y: (Double) -> Double) -> [Int: Double] {
    let ends = series.enumerated().compactMap { index, series in
      series.values.compactMap(\.self).last.map { (index: index, y: y($0)) }
    }.sorted { $0.y < $1.y }
    var heights: [Int: Double] = [:]
    var last = -Double.infinity
    for end in ends {
      last = max(end.y, last + Self.nameHeight)
      heights[end.index] = last
    }
    return heights
  }

  /// The numbers in words, for who cannot see the picture.
  private var description: String {
    series.map { series in
      let values = zip(columns, series.values).map { column, value in
        "\(column): \(value.map(label) ?? "none")"
      }
      return "\(series.name) by \(axis): \(values.joined(separator: ", "))."
    }.joined(separator: " ")
  }

  private static func marker(_ group: Int) -> String {
    switch group % colours {
    case 0: "M -4.5 0 A 4.5 4.5 0 1 0 4.5 0 A 4.5 4.5 0 1 0 -4.5 0 Z"
    case 1: "M -4 -4 H 4 V 4 H -4 Z"
    case 2: "M 0 -5.2 L 5 4 H -5 Z"
    case 3: "M 0 -5.5 L 5.5 0 L 0 5.5 L -5.5 0 Z"
    default: "M 0 5.2 L 5 -4 H -5 Z"
    }
  }
}

extension Double {
  /// The binary logarithm, without the mathematical library: the exponent, and the significand's between two powers.
  fileprivate static func logarithm(_ number: Double) -> Double {
    guard number > 0, number.isFinite else { return 0 }
    var (result, rest) = (Double(number.exponent), number.significand)
    var bit = 0.5
    for _ in 0..<20 {
      rest *= rest
      if rest >= 2 {
        rest /= 2
        result += bit
      }
      bit /= 2
    }
    return result
  }
}
