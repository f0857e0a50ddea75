public import History

/// What clients and servers did and said to one another, in order: what a space-time diagram shows.
///
/// Time goes from row to row. A row is one moment in one lane; what is said of it are clauses whose subject is the lane.
public struct SpaceTimeDiagram: Sendable {
  /// A client or a server.
  public struct Lane: Sendable, Hashable {
    /// What it is called.
    public let name: String
    /// Whether it is a server.
    public let isServer: Bool

    /// Makes a lane.
    public init(name: String, isServer: Bool) {
      self.name = name
      self.isServer = isServer
    }
  }

  /// A moment.
  public struct Row: Sendable, Hashable {
    /// When, in nanoseconds since the run began.
    public let time: Int64
    /// Whose; nil for what happens to several at once.
    public let lane: Int?
    /// What happened then; empty where only messages leave or arrive that nobody needs to know of.
    public internal(set) var clauses: [String]
    /// Whether what a server holds changed.
    public internal(set) var isChange = false
  }

  /// What was sent.
  public struct Message: Sendable, Hashable {
    /// What for.
    public enum Kind: String, Sendable, CaseIterable {
      /// Between a client and a server.
      case call
      /// Between servers, with updates.
      case update
      /// Between servers: acknowledgements and the like.
      case control
    }

    /// What for.
    public let kind: Kind
    /// The row in which it left.
    public let from: Int
    /// The lane that it was sent to.
    public let lane: Int
    /// The row in which it arrived; nil if it never did.
    public let to: Int?
  }

  /// A client's operation.
  public struct Span: Sendable, Hashable {
    /// The client's lane.
    public let lane: Int
    /// The row in which it began.
    public let begin: Int
    /// The row in which it ended; nil if nobody learned how.
    public internal(set) var end: Int?
    /// What kind.
    public let kind: Operation.Kind
    /// Whether it cannot be explained.
    public let isCulprit: Bool
  }

  /// A fault, for as long as it lasted.
  public struct Band: Sendable, Hashable {
    /// The lanes concerned.
    public let lanes: [Int]
    /// The row in which it began.
    public let begin: Int
    /// The row in which it ended; nil if it did not.
    public internal(set) var end: Int?
    /// What it is.
    public let name: String
  }

  /// What it shows, in a sentence.
  public let title: String
  /// Where it comes from.
  public let subtitle: String
  /// The lanes from left to right.
  public let lanes: [Lane]
  /// Why it should not have happened, each a sentence.
  public let reasons: [String]
  /// The rows in order.
  public private(set) var rows: [Row] = []
  /// What was sent.
  public private(set) var messages: [Message] = []
  /// The operations.
  public private(set) var operations: [Span] = []
  /// The faults.
  public private(set) var bands: [Band] = []
  /// What is left out, each a sentence.
  public private(set) var notes: [String] = []

  /// Makes a diagram in which nothing has happened yet.
  public init(title: String, subtitle: String, lanes: [Lane], reasons: [String]) {
    self.title = title
    self.subtitle = subtitle
    self.lanes = lanes
    self.reasons = reasons
  }

  /// Adds a moment, or to the last one, if that is the same.
  ///
  /// - Returns: its row.
  public mutating func add(
    at time: Int64, _ lane: Int?, _ clause: String? = nil, isChange: Bool = false
  ) -> Int {
    if rows.last.map({ $0.lane != lane || $0.time != time }) ?? true {
      rows.append(Row(time: time, lane: lane, clauses: []))
    }
    let place = rows.count - 1
    if let clause, rows[place].clauses.last != clause { rows[place].clauses.append(clause) }
    rows[place].isChange = rows[place].isChange || isChange
    return place
  }

  /// Adds a message that left in a row.
  public mutating func add(_ kind: Message.Kind, from: Int, toLane lane: Int, at row: Int?) {
    messages.append(Message(kind: kind, from: from, lane: lane, to: row))
  }

  /// Adds an operation that began in a row.
  ///
  /// - Returns: its place among the operations.
  public mutating func begin(
    _ kind: Operation.Kind, _ lane: Int, in row: Int, isCulprit: Bool
  ) -> Int {
    operations.append(Span(lane: lane, begin: row, end: nil, kind: kind, isCulprit: isCulprit))
    return operations.count - 1
  }

  /// Ends an operation.
  public mutating func end(operation: Int, in row: Int) { operations[operation].end = row }

  /// Adds a fault that began in a row.
  ///
  /// - Returns: its place among the faults.
  public mutating func begin(fault name: String, _ lanes: [Int], in row: Int) -> Int {
    bands.append(Band(lanes: lanes, begin: row, end: nil, name: name))
    return bands.count - 1
  }

  /// Ends a fault.
  public mutating func end(fault: Int, in row: Int) { bands[fault].end = row }

  /// Says what is left out.
  public mutating func note(_ sentence: String) { notes.append(sentence) }
}
