/// A logical thread of control: it has at most one operation open at a time, and ends with an operation whose outcome
/// nobody learned.
public struct ProcessID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The number of the process in the history file.
  public let number: Int32

  /// Makes a process number.
  public init(_ number: Int32) { self.number = number }

  /// The number.
  public var description: String { number.description }

  /// Orders by number.
  public static func < (left: ProcessID, right: ProcessID) -> Bool { left.number < right.number }
}

/// A key of a history, by its place in ``History/keys``.
public struct KeyID: Hashable, Sendable, Comparable {
  /// The place of the key in the history's table.
  public let index: UInt32

  /// Makes an id of a place in the table.
  public init(index: UInt32) { self.index = index }

  /// Orders by first appearance in the history.
  public static func < (left: KeyID, right: KeyID) -> Bool { left.index < right.index }
}

/// A value of a history, by its place in ``History/values``. Equal ids are equal values.
public struct ValueID: Hashable, Sendable {
  /// The place of the value in the history's table.
  public let index: UInt32

  /// Makes an id of a place in the table.
  public init(index: UInt32) { self.index = index }

  /// `null`, which every table holds first.
  public static let null = ValueID(index: 0)
}

/// An operation of a history, by its place in ``History/operations``.
///
/// A place is kept in 32 bits: evidence names each of millions of operations several times.
public struct OperationID: Hashable, Sendable, Comparable, CustomStringConvertible {
  @usableFromInline let number: UInt32

  /// The place of the operation among the history's operations.
  @inlinable public var index: Int { Int(number) }

  /// Makes an id of a place. No history has more places than 32 bits number; what is beyond is none of any history.
  @inlinable
  public init(_ index: Int) { number = UInt32(clamping: index) }

  /// The place.
  public var description: String { "#\(index)" }

  /// Orders by invocation.
  @inlinable
  public static func < (left: OperationID, right: OperationID) -> Bool { left.number < right.number }
}

/// What a client asked of one key, and what it learned.
///
/// A plain row of numbers: keys and values are ids into the history's tables, so that a history of millions of
/// operations is one array without references.
public struct Operation: Sendable, Hashable {
  /// What was asked.
  public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    /// Returns the value of the key.
    case read
    /// Replaces the value of the key.
    case write
    /// Replaces the value of the key if it equals ``Operation/expected``.
    case compareAndSet
  }

  /// What the client learned.
  public enum Outcome: UInt8, Sendable, Hashable, CaseIterable {
    /// The operation took effect between invocation and completion, with the result recorded.
    case ok
    /// The operation certainly had no effect.
    case fail
    /// Nobody knows: it may take effect at any time after its invocation, or never.
    case unknown
  }

  /// What was asked.
  public var kind: Kind
  /// What the client learned.
  public var outcome: Outcome
  @usableFromInline var flags: Flags
  /// Who asked.
  public var process: ProcessID
  @usableFromInline var clientNumber: Int32
  @usableFromInline var serverNumber: Int32
  /// The key.
  public var key: KeyID
  /// A read's result, a write's value, a compare-and-set's new value or, when it was a mismatch, the value it found.
  /// `null` where there is no result.
  public var value: ValueID
  /// The value that a compare-and-set expects; `null` otherwise.
  public var expected: ValueID
  /// The line of the invocation in the file, from 1; 0 when the history did not come from a file.
  public var line: UInt32
  /// When it was invoked, in nanoseconds of the history's clock.
  public var invoked: Int64
  /// When it completed, in nanoseconds of the history's clock; ``never`` while the outcome is unknown.
  public var completed: Int64

  /// Makes an operation.
  init(
    kind: Kind, outcome: Outcome, process: ProcessID, client: Int32?, server: Int32?, isFinal: Bool,
    key: KeyID, value: ValueID, expected: ValueID, invoked: Int64, completed: Int64, line: UInt32
  ) {
    (self.kind, self.outcome, self.process) = (kind, outcome, process)
    (self.key, self.value, self.expected) = (key, value, expected)
    (self.invoked, self.completed, self.line) = (invoked, completed, line)
    (flags, clientNumber, serverNumber) = ([], 0, 0)
    (self.client, self.server, self.isFinal) = (client, server, isFinal)
  }

  /// The completion of what never completes.
  public static let never = Int64.max

  /// Whether this operation ended before the other began, so that any real-time order puts it first.
  ///
  /// The interval from invocation to completion is closed: operations that touch at one instant are concurrent, since
  /// clocks that tick coarsely cannot tell which came first.
  public func precedes(_ other: Operation) -> Bool {
    completed < other.invoked
  }

  /// Whether it may have changed the store: a write, or a compare-and-set that found what it expected, unless it
  /// certainly failed.
  public var mayWrite: Bool {
    kind != .read && outcome != .fail && !isMismatch
  }
}

/// What is said of an operation by a single bit, so that a row takes 48 bytes.
extension Operation {
  @usableFromInline
  struct Flags: OptionSet, Sendable, Hashable {
    @usableFromInline let rawValue: UInt8

    @inlinable
    init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable static var isFinal: Flags { Flags(rawValue: 1) }
    @inlinable static var isMismatch: Flags { Flags(rawValue: 2) }
    @inlinable static var hasResult: Flags { Flags(rawValue: 4) }
    @inlinable static var hasClient: Flags { Flags(rawValue: 8) }
    @inlinable static var hasServer: Flags { Flags(rawValue: 16) }
  }

  /// Whether this is one of the reads made of every replica once writes had stopped.
  @inlinable public var isFinal: Bool {
    get { flags.contains(.isFinal) }
    set { set(.isFinal, newValue) }
  }

  /// Whether a completed compare-and-set reports that the value differed from the expected one.
  @inlinable public var isMismatch: Bool {
    get { flags.contains(.isMismatch) }
    set { set(.isMismatch, newValue) }
  }

  /// Whether the result is known. False for what did not complete with `ok`, for a read whose result the recording
  /// leaves open (it constrains nothing), and for a mismatch that does not tell what it found.
  @inlinable public var hasResult: Bool {
    get { flags.contains(.hasResult) }
    set { set(.hasResult, newValue) }
  }

  /// The configured client behind the process, where recorded.
  @inlinable public var client: Int32? {
    get { flags.contains(.hasClient) ? clientNumber : nil }
    set {
      set(.hasClient, newValue != nil)
      clientNumber = newValue ?? 0
    }
  }

  /// The replica that was asked, where recorded.
  @inlinable public var server: Int32? {
    get { flags.contains(.hasServer) ? serverNumber : nil }
    set {
      set(.hasServer, newValue != nil)
      serverNumber = newValue ?? 0
    }
  }

  @inlinable
  mutating func set(_ flag: Flags, _ isSet: Bool) {
    if isSet { flags.insert(flag) } else { flags.remove(flag) }
  }
}
