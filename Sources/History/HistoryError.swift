import KeyValue

/// Why a history cannot be read: a place and a reason.
public struct HistoryError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file, as it was named; "-" for standard input.
  public var file: String
  /// The line, from 1; nil when the fault is of the whole file.
  public var line: Int?
  /// The column in bytes, from 1, where there is one to point at.
  public var column: Int?
  /// What is wrong.
  public var reason: String
  /// Whether the fault lies with reaching the file, rather than with what is in it.
  public var isUnreachable: Bool

  /// Whether nothing is known to be wrong, but reading takes more memory than it may.
  public var isBeyondMemory: Bool

  /// Makes an error.
  public init(
    file: String, line: Int? = nil, column: Int? = nil, reason: String, isUnreachable: Bool = false,
    isBeyondMemory: Bool = false
  ) {
    self.file = file
    self.line = line
    self.column = column
    self.reason = reason
    self.isUnreachable = isUnreachable
    self.isBeyondMemory = isBeyondMemory
  }

  /// `file:line:column: reason`, as editors and terminals know how to open it.
  public var description: String {
    var place = file
    if let line { place += ":\(line)" }
    if let column { place += ":\(column)" }
    return "\(place): \(reason)"
  }
}

/// What is wrong with a line, before it is known which line of which file it is.
struct LineFault: Error, Equatable {
  let reason: String
  /// Where in the file, in bytes.
  private(set) var offset: Int?
  /// Whether the text breaks off or is no JSON, as one that was cut short is none.
  private(set) var isSyntax = false
  private var knownColumn: Int?

  init(_ reason: String, at offset: Int? = nil, isSyntax: Bool = false) {
    self.reason = reason
    self.offset = offset
    self.isSyntax = isSyntax
  }

  init(_ error: JSONError, isSyntax: Bool) {
    reason = error.reason
    knownColumn = error.column
    self.isSyntax = isSyntax
  }

  /// The column, from 1, in a line that begins at an offset.
  func column(_ start: Int) -> Int? {
    knownColumn ?? offset.map { $0 - start + 1 }
  }
}
