import KeyValue

/// One line of a history file, taken apart but not yet understood: numbers are read, texts are byte ranges of the file.
struct EventLine: Equatable {
  /// What a line is about.
  enum Kind {
    case invoke, ok, fail, info
    case run, end
  }

  /// A scalar, list or object as it stands in the file.
  struct Token: Equatable {
    /// The bytes, quotes and brackets included.
    let range: Range<Int>
    /// The first of them.
    let first: UInt8
    /// Whether what is between the quotes of a text is the text itself, without escapes.
    var isPlain = true

    var isNull: Bool { first == UInt8(ascii: "n") }
    var isText: Bool { first == UInt8(ascii: "\"") }
    var isList: Bool { first == UInt8(ascii: "[") }
    var isObject: Bool { first == UInt8(ascii: "{") }
    /// What is between the quotes or brackets.
    var content: Range<Int> { range.lowerBound + 1..<range.upperBound - 1 }
  }

  /// Who reports.
  enum Reporter: Equatable {
    case process(ProcessID)
    /// A fault injector, named by a string.
    case named(Token)
  }

  var kind: Kind?
  var function: Operation.Kind?
  var functionName: Token?
  var reporter: Reporter?
  var key: Token?
  var value: Token?
  var time: Int64?
  var mono: Int64?
  var client: Int32?
  var server: Int32?
  var host: Token?
  var isFinal = false
  var applied: Bool?

  /// A line that says nothing yet.
  init() {}

  /// Takes a line apart.
  ///
  /// - Parameters:
  ///   - bytes: the file up to the end of the line.
  ///   - start: where the line begins.
  /// - Throws: an error with the place in the file. Never traps, whatever the bytes.
  init(_ bytes: borrowing Span<UInt8>, at start: Int) throws(JSONError) {
    var cursor = JSONCursor(offset: start)
    guard cursor.next(bytes) == UInt8(ascii: "{") else {
      throw cursor.error(
        bytes, "expected an event: a JSON object that begins with \"{\"; --format names other formats")
    }
    try cursor.expect("{", bytes)
    var isFirst = true
    while let name = try cursor.nextMemberToken(isFirst: isFirst, bytes) {
      isFirst = false
      if name.isPlain {
        try read(Member(bytes, name.range), &cursor, bytes)
      } else {
        var decoder = JSONCursor(offset: name.range.lowerBound - 1)
        let decoded = Array(try decoder.string(bytes).utf8)
        try read(Member(decoded.span, 0..<decoded.count), &cursor, bytes)
      }
    }
    cursor.skipSpace(bytes)
    guard cursor.isAtEnd(bytes) else {
      throw cursor.error(bytes, "expected the end of the line after the event")
    }
  }

  private mutating func read(
    _ member: Member, _ cursor: inout JSONCursor, _ bytes: borrowing Span<UInt8>
  ) throws(JSONError) {
    if member != .value, member != .unknown, cursor.next(bytes) == UInt8(ascii: "n") {
      return try cursor.skipValue(bytes)  // null stands for a member left out
    }
    switch member {
    case .time: time = try Self.instant(&cursor, bytes)
    case .mono: mono = try Self.instant(&cursor, bytes)
    case .type: kind = try Self.kind(&cursor, bytes)
    case .process: reporter = try Self.reporter(&cursor, bytes)
    case .f:
      let token = try Self.text(&cursor, bytes)
      functionName = token
      function = Self.function(token, bytes)
    case .key:
      let token = try Self.token(&cursor, bytes)
      let isNumber =
        token.first == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(token.first)
      guard token.isText || isNumber else {
        throw cursor.error(bytes, at: token.range.lowerBound, "a key is a string or an integer")
      }
      key = token
    case .value: value = try Self.token(&cursor, bytes)
    case .client: client = try Self.number(&cursor, bytes, of: "a client")
    case .server: server = try Self.number(&cursor, bytes, of: "a server")
    case .host: host = try Self.text(&cursor, bytes)
    case .final: isFinal = try Self.flag(&cursor, bytes)
    case .applied: applied = try Self.flag(&cursor, bytes)
    case .unknown: try cursor.skipValue(bytes)
    }
  }

  static func token(
    _ cursor: inout JSONCursor, _ bytes: borrowing Span<UInt8>
  ) throws(JSONError) -> Token {
    let first = cursor.next(bytes)
    let start = cursor.offset
    guard first == UInt8(ascii: "\"") else {
      try cursor.skipValue(bytes)
      return Token(range: start..<cursor.offset, first: first)
    }
    let isPlain = try cursor.stringToken(bytes).isPlain
    return Token(range: start..<cursor.offset, first: first, isPlain: isPlain)
  }

  private static func text(
    _ cursor: inout JSONCursor, _ bytes: borrowing Span<UInt8>
  ) throws(JSONError) -> Token {
    guard cursor.next(bytes) == UInt8(ascii: "\"") else { throw cursor.error(bytes, "expected a string") }
    return try token(&cursor, bytes)
  }

  private static func flag(
    _ cursor: inout JSONCursor, _ bytes: borrowing Span<UInt8>
  ) throws(JSONError) -> Bool {
    let start = cursor.offset
    guard case .bool(let flag) = try cursor.scalar(bytes) else {
      throw cursor.error(bytes, at: start, "expected true or false")
    }
    return flag
  }

  /// The largest time that is read: less than half of what fits, so that times can be subtracted and widened without a
  /// thought.
  static let timeMax: Int64 = 1 << 62 - 1

  private static func instant(
    _ cursor: inout JSONCursor, _ bytes: borrowing Span<UInt8>
  ) throws(JSONError) -> Int64 {
    let start = cursor.offset
    let time = try cursor.integer(bytes)
    guard (-timeMax...timeMax).contains(time) else {
      throw cursor.error(bytes, at: start, "the time \(time) is beyond what this reads, 2^62 ns (146 years)")
    }
    return time
  }

  private static func number(
    _ cursor: inout JSONCursor, _ bytes: borrowing Span<UInt8>, of what: String
  ) throws(JSONError) -> Int32 {
    let start = cursor.offset
    let integer: Int64?
    if cursor.next(bytes) == UInt8(ascii: "\"") {
      integer = Int64(try cursor.string(bytes))
    } else {
      integer = try cursor.integer(bytes)
    }
    guard let integer else { throw cursor.error(bytes, at: start, "\(what) is known by its number") }
    guard let number = Int32(exactly: integer) else {
      throw cursor.error(bytes, at: start, "the number \(integer) of \(what) does not fit in 32 bits")
    }
    return number
  }

  private static func reporter(
    _ cursor: inout JSONCursor, _ bytes: borrowing Span<UInt8>
  ) throws(JSONError) -> Reporter {
    if cursor.next(bytes) == UInt8(ascii: "\"") { return .named(try token(&cursor, bytes)) }
    return .process(ProcessID(try number(&cursor, bytes, of: "a process")))
  }

  private static func kind(
    _ cursor: inout JSONCursor, _ bytes: borrowing Span<UInt8>
  ) throws(JSONError) -> Kind {
    let token = try text(&cursor, bytes)
    let name = token.content
    switch name.count {
    case 6 where bytes.matches(name, "invoke"): return .invoke
    case 2 where bytes.matches(name, "ok"): return .ok
    case 4 where bytes.matches(name, "fail"): return .fail
    case 4 where bytes.matches(name, "info"): return .info
    case 3 where bytes.matches(name, "run"): return .run
    case 3 where bytes.matches(name, "end"): return .end
    default:
      throw cursor.error(
        bytes, at: token.range.lowerBound, "an event's \"type\" is \"invoke\", \"ok\", \"fail\" or \"info\"")
    }
  }

  private static func function(_ token: Token, _ bytes: borrowing Span<UInt8>) -> Operation.Kind? {
    let name = token.content
    switch name.count {
    case 4 where bytes.matches(name, "read"): return .read
    case 5 where bytes.matches(name, "write"): return .write
    case 3 where bytes.matches(name, "cas"): return .compareAndSet
    case 3 where bytes.matches(name, "get"): return .read
    case 3 where bytes.matches(name, "set"): return .write
    case 3 where bytes.matches(name, "put"): return .write
    default: return nil
    }
  }
}

/// The members of an event that matter.
private enum Member {
  case time, mono, type, process, f, key, value, client, server, host, final, applied, unknown

  init(_ bytes: borrowing Span<UInt8>, _ name: Range<Int>) {
    self =
      switch name.count {
      case 1 where bytes.matches(name, "f"): .f
      case 3 where bytes.matches(name, "key"): .key
      case 4 where bytes.matches(name, "time"): .time
      case 4 where bytes.matches(name, "mono"): .mono
      case 4 where bytes.matches(name, "type"): .type
      case 4 where bytes.matches(name, "host"): .host
      case 5 where bytes.matches(name, "value"): .value
      case 5 where bytes.matches(name, "final"): .final
      case 6 where bytes.matches(name, "client"): .client
      case 6 where bytes.matches(name, "server"): .server
      case 7 where bytes.matches(name, "process"): .process
      case 7 where bytes.matches(name, "applied"): .applied
      default: .unknown
      }
  }
}

extension Span<UInt8> {
  /// Whether a range of as many bytes as an ASCII word has is that word.
  fileprivate func matches(_ range: Range<Int>, _ word: StaticString) -> Bool {
    var index = 0
    while index < range.count {
      if self[range.lowerBound &+ index] != word.utf8Start[index] { return false }
      index &+= 1
    }
    return true
  }
}
