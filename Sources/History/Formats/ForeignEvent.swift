/// One event of a recording made elsewhere, taken apart but not yet understood.
struct ForeignEvent {
  /// Who reports.
  enum Reporter: Equatable {
    case process(ProcessID)
    /// A fault injector, by name.
    case named(String)
  }

  var kind: EventLine.Kind
  var reporter: Reporter
  var function: String
  /// The key, where it stands beside the value.
  var key: EDN?
  var value: EDN?
  var client: Int32?
  var server: Int32?
  var isFinal = false
  /// What a failed compare-and-set is said to have met: `false` that the value differed.
  var applied: Bool?
  /// The value that a mismatched compare-and-set is said to have found.
  var found: EDN?
  /// Whether a read of `nil` is said to have found nothing.
  var isAbsent = false
  /// Where it stands in the file.
  var offset: Int
  var line: UInt32

  /// Makes an event of an operation map.
  init(_ form: EDN, at offset: Int, line: UInt32) throws(LineFault) {
    guard let entries = form.entries else {
      throw LineFault("expected an operation, a map {:process ...}, but this is \(form.kind)", at: offset)
    }
    try self.init(OperationMembers(entries), at: offset, line: line)
  }

  /// Makes an event of the members of an operation map.
  init(_ members: OperationMembers, at offset: Int, line: UInt32) throws(LineFault) {
    guard let process = members.process else {
      throw LineFault("an operation map needs a :process", at: offset)
    }
    reporter = try Self.reporter(process, at: offset)
    kind = try Self.kind(members.type, by: reporter, at: offset)
    function =
      switch members.f?.untagged {
      case .keyword(let name), .symbol(let name), .string(let name): name.localName
      default: ""
      }
    key = members.key
    value = members.value
    client = Self.number(members.client)
    server = Self.number(members.server)
    isFinal = members.final == .bool(true)
    if case .bool(let flag) = members.applied { applied = flag }
    found = members.found
    isAbsent = members.absent == .bool(true)
    self.offset = offset
    self.line = line
  }

  /// Makes an event of the parts of a log line.
  init(process: EDN, type: EDN, function: EDN, value: EDN?, at offset: Int, line: UInt32) throws(LineFault) {
    reporter = try Self.reporter(process, at: offset)
    kind = try Self.kind(type, by: reporter, at: offset)
    guard case .keyword(let name) = function else {
      throw LineFault("expected what was asked, such as :read, but this is \(function.kind)", at: offset)
    }
    self.function = name.localName
    self.value = value
    self.offset = offset
    self.line = line
  }

  private static func number(_ form: EDN?) -> Int32? {
    switch form {
    case .integer(let number): Int32(exactly: number)
    case .string(let digits): Int32(digits)
    default: nil
    }
  }

  private static func reporter(_ form: EDN, at offset: Int) throws(LineFault) -> Reporter {
    switch form.untagged {
    case .integer(let number):
      guard let number = Int32(exactly: number) else {
        throw LineFault("the number \(number) of a process does not fit in 32 bits", at: offset)
      }
      return .process(ProcessID(number))
    case .keyword(let name), .symbol(let name), .string(let name):
      return .named(name)
    case let other:
      throw LineFault("a :process is a number, or a keyword such as :nemesis, not \(other.kind)", at: offset)
    }
  }

  private static func kind(
    _ form: EDN?, by reporter: Reporter, at offset: Int
  ) throws(LineFault) -> EventLine.Kind {
    switch form?.untagged {
    case .keyword("invoke"): return .invoke
    case .keyword("ok"): return .ok
    case .keyword("fail"): return .fail
    case .keyword("info"): return .info
    default:
      // A fault injector may report in its own words.
      if case .named = reporter { return .info }
      throw LineFault("the :type of an operation is :invoke, :ok, :fail or :info", at: offset)
    }
  }
}
