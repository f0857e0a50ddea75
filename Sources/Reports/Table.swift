import TextTable

/// A table for a terminal: a heading, rows, columns as wide as they need to be.
public struct Table: Sendable, Hashable {
  /// One column.
  public struct Heading: Sendable, Hashable, ExpressibleByStringLiteral {
    /// What stands over the column.
    public let title: String
    /// Whether the cells are numbers, which are aligned on the right.
    public let isNumeric: Bool

    /// Makes a column of texts.
    public init(stringLiteral title: String) {
      self.init(title)
    }

    /// Makes a column.
    public init(_ title: String, isNumeric: Bool = false) {
      self.title = title
      self.isNumeric = isNumeric
    }

    /// Makes a column of numbers.
    public static func number(_ title: String) -> Heading { Heading(title, isNumeric: true) }
  }

  /// The columns.
  public let headings: [Heading]
  /// The rows, each with a cell for each column.
  public private(set) var rows: [[String]] = []

  /// Makes a table without rows.
  public init(_ headings: [Heading]) {
    self.headings = headings
  }

  /// Appends a row.
  ///
  /// - Precondition: it has a cell for each column.
  public mutating func append(_ cells: [String]) {
    precondition(
      cells.count == headings.count, "a row of \(cells.count) in a table of \(headings.count) columns")
    rows.append(cells)
  }

  /// The table as text, cells made safe for a terminal; empty when it has no rows. Every line ends with a line break.
  public var text: String {
    let table = TextTable<[String]> { cells in
      zip(headings, cells).map { heading, cell in
        Column(title: heading.title, value: cell.printable, align: heading.isNumeric ? .right : .left)
      }
    }
    let text = table.string(for: rows, style: Style.simple) ?? ""
    return text.split(separator: "\n", omittingEmptySubsequences: true)
      .map { line in line.trimmingSuffix { $0 == " " } + "\n" }.joined()
  }
}

extension Substring {
  fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> Substring {
    var rest = self
    while let last = rest.last, isTrimmed(last) { rest.removeLast() }
    return rest
  }
}
