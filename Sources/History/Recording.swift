import KeyValue

/// A history file of ours while it is read: enters the event of each line into the history.
struct Recording {
  var builder = HistoryBuilder()
  private var run: RunDescription?
  private var end: RunEnd?
  private var endLine: UInt32?
  private var linesRead = 0
  private var times = RecordedTimes()
  private var faults: [(event: Int, fault: Fault)] = []
  private var isOneHost = false
  private let failedCompareAndSet: FailedCompareAndSet
  private let nilRead: NilRead

  init(_ options: HistoryReader.Options) {
    failedCompareAndSet = options.failedCompareAndSet ?? .noEffect
    nilRead = options.nilRead ?? HistoryFormat.jsonLines.nilReadDefault
  }

  /// The number of events so far.
  var eventCount: Int { times.count }

  /// Makes room for so many events.
  mutating func reserve(events count: Int) {
    builder.reserve(operations: count / 2)
    times.reserve(count)
  }

  /// Reads a line the exact way, and enters its event.
  mutating func enter(_ bytes: borrowing Span<UInt8>, at start: Int, line: UInt32) throws(LineFault) {
    let event: EventLine
    do { event = try EventLine(bytes, at: start) } catch { throw LineFault(error, isSyntax: true) }
    try enter(event, bytes, at: start, line: line)
  }

  /// Enters the event of a line.
  ///
  /// - Parameters:
  ///   - bytes: text up to the end of the line.
  ///   - start: where the line begins.
  ///   - line: its number in the file.
  mutating func enter(
    _ event: EventLine, _ bytes: borrowing Span<UInt8>, at start: Int, line: UInt32
  ) throws(LineFault) {
    defer { linesRead += 1 }
    if let endLine { throw LineFault("this line comes after the end line, \(endLine)") }
    switch event.kind {
    case nil:
      throw LineFault("an event needs a \"type\": \"invoke\", \"ok\", \"fail\" or \"info\"")
    case .run:
      guard linesRead == 0 else { throw LineFault("the run line must be the first") }
      let description = try RunDescription(json: try object(bytes, at: start))
      builder = HistoryBuilder(run: description)
      run = description
      isOneHost = description.host != nil
    case .end:
      let json = try object(bytes, at: start)
      let end = RunEnd(json: json)
      if json["events"]?.integer != nil, end.events != times.count {
        builder.warn("The end line counts \(end.events) events, but the recording has \(times.count).")
      }
      builder.end(end)
      self.end = end
      endLine = line
    case .invoke, .ok, .fail, .info:
      try read(event, bytes, line: line)
    }
  }

  private mutating func object(
    _ bytes: borrowing Span<UInt8>, at start: Int
  ) throws(LineFault) -> JSONObject {
    var cursor = JSONCursor(offset: start)
    do { return try cursor.json(bytes).object ?? JSONObject() } catch {
      throw LineFault(error, isSyntax: true)
    }
  }

  private mutating func read(
    _ event: EventLine, _ bytes: borrowing Span<UInt8>, line: UInt32
  ) throws(LineFault) {
    if isOneHost, let host = event.host { isOneHost = try text(host, bytes) == run?.host }
    switch event.reporter {
    case nil:
      throw LineFault("an event needs a \"process\"")
    case .named(let name):
      try readFault(event, by: name, bytes)
    case .process(let process):
      let number = Int64(times.count)
      if event.kind == .invoke {
        try invoke(event, process, bytes, at: number, line: line)
      } else {
        try complete(event, process, bytes, at: number)
      }
    }
    let isOperation = if case .process = event.reporter { true } else { false }
    times.append(mono: event.mono, wall: event.time, isOperation: isOperation, line: line)
  }

  private mutating func readFault(
    _ event: EventLine, by name: EventLine.Token, _ bytes: borrowing Span<UInt8>
  ) throws(LineFault) {
    guard event.function == nil else {
      throw LineFault("a client's process is an integer; a string names a fault injector")
    }
    var details: JSON = nil
    if let value = event.value {
      var cursor = JSONCursor(offset: value.range.lowerBound)
      do { details = try cursor.json(bytes) } catch { throw LineFault(error, isSyntax: true) }
    }
    let what = try event.functionName.map { name throws(LineFault) in try text(name, bytes) } ?? ""
    let fault = Fault(time: 0, process: try text(name, bytes), name: what, details: details)
    faults.append((times.count, fault))
  }

  private mutating func invoke(
    _ event: EventLine, _ process: ProcessID, _ bytes: borrowing Span<UInt8>, at number: Int64, line: UInt32
  ) throws(LineFault) {
    guard let kind = event.function else {
      let names = "\"read\", \"write\" or \"cas\" (or \"get\", \"set\", \"put\")"
      guard let name = event.functionName else { throw LineFault("an invocation needs an \"f\": \(names)") }
      throw LineFault("\"f\" is none of \(names)", at: name.range.lowerBound)
    }
    guard let keyToken = event.key else { throw LineFault("an invocation needs a \"key\"") }
    let key = try keyID(keyToken, bytes)
    var expected = ValueID.null
    var value = ValueID.null
    switch kind {
    case .read: break
    case .write:
      guard let token = event.value else { throw LineFault("a write needs a \"value\"") }
      value = try valueID(token, bytes)
    case .compareAndSet:
      guard let token = event.value, token.isList else {
        throw LineFault("the \"value\" of a cas is a list [old,new]", at: event.value?.range.lowerBound)
      }
      (expected, value) = try pair(token, bytes)
    }
    do {
      try builder.invoke(
        kind, process: process, key: key, value: value, expected: expected, at: number, client: event.client,
        server: event.server, isFinal: event.isFinal, line: line)
    } catch {
      throw LineFault(error.description)
    }
  }

  private mutating func complete(
    _ event: EventLine, _ process: ProcessID, _ bytes: borrowing Span<UInt8>, at number: Int64
  ) throws(LineFault) {
    let open: Operation
    do { open = builder[try builder.open(process)] } catch { throw LineFault(error.description) }
    func disagrees(_ member: String, _ token: EventLine.Token?) -> LineFault {
      LineFault(
        "\"\(member)\" differs from that of the invocation on line \(open.line)", at: token?.range.lowerBound)
    }
    if event.functionName != nil, event.function != open.kind { throw disagrees("f", event.functionName) }
    if let key = event.key, try keyID(key, bytes) != open.key { throw disagrees("key", key) }
    let isRefutedComparison = event.kind == .fail && failedCompareAndSet == .mismatch
    let isMismatch =
      open.kind == .compareAndSet && (event.kind == .ok && event.applied == false || isRefutedComparison)
    var result: ValueID?
    if let token = event.value {
      switch open.kind {
      case .read:
        let isKnown = event.kind == .ok && !(token.isNull && nilRead == .unknown)
        if isKnown { result = try valueID(token, bytes) }
      case .compareAndSet where token.isList:
        let (expected, value) = try pair(token, bytes)
        guard expected == open.expected, value == open.value else { throw disagrees("value", token) }
      case .compareAndSet where isMismatch:
        let found = try valueID(token, bytes)
        guard found != open.expected else {
          throw LineFault(
            "a cas that was not applied cannot have found what it expected", at: token.range.lowerBound)
        }
        result = found
      case .compareAndSet:
        guard token.isNull else { throw disagrees("value", token) }
      case .write:
        guard !token.isNull else { break }
        guard try valueID(token, bytes) == open.value else { throw disagrees("value", token) }
      }
    }
    let outcome: Operation.Outcome =
      switch event.kind {
      case .ok: .ok
      case .fail: isMismatch ? .ok : .fail
      default: .unknown
      }
    do {
      try builder.complete(
        process, outcome, resultID: result, isMismatch: isMismatch, server: event.server,
        isFinal: event.isFinal, at: number)
    } catch {
      throw LineFault(error.description)
    }
  }

  private func text(_ token: EventLine.Token, _ bytes: borrowing Span<UInt8>) throws(LineFault) -> String {
    var cursor = JSONCursor(offset: token.range.lowerBound)
    do { return try cursor.string(bytes) } catch { throw LineFault(error, isSyntax: true) }
  }

  private mutating func keyID(
    _ token: EventLine.Token, _ bytes: borrowing Span<UInt8>
  ) throws(LineFault) -> KeyID {
    if token.isText, token.isPlain { return builder.keyID(ofText: token.content, in: bytes) }
    switch try scalar(token, bytes) {
    case .string(let text): return builder.id(of: Key(text))
    case .integer(let integer): return builder.id(of: Key(integer.description))
    default: throw LineFault("a key is a string or an integer", at: token.range.lowerBound)
    }
  }

  private mutating func valueID(
    _ token: EventLine.Token, _ bytes: borrowing Span<UInt8>
  ) throws(LineFault) -> ValueID {
    if token.isNull { return .null }
    guard !token.isList, !token.isObject else {
      throw LineFault("a value is a string, a number, true, false or null", at: token.range.lowerBound)
    }
    if token.isText, token.isPlain { return builder.valueID(ofText: token.content, in: bytes) }
    var end = token.range.lowerBound
    if let magnitude = PlainInteger.read(bytes, &end), end == token.range.upperBound,
      let integer = Int64(exactly: magnitude)
    {
      return builder.id(ofInteger: integer)
    }
    return builder.id(of: try scalar(token, bytes))
  }

  private func scalar(_ token: EventLine.Token, _ bytes: borrowing Span<UInt8>) throws(LineFault) -> Value {
    var cursor = JSONCursor(offset: token.range.lowerBound)
    do { return try cursor.scalar(bytes) } catch { throw LineFault(error, isSyntax: true) }
  }

  private mutating func pair(
    _ token: EventLine.Token, _ bytes: borrowing Span<UInt8>
  ) throws(LineFault) -> (ValueID, ValueID) {
    var first: EventLine.Token?
    var second: EventLine.Token?
    var count = 0
    do throws(JSONError) {
      var cursor = JSONCursor(offset: token.range.lowerBound)
      try cursor.expect("[", bytes)
      while cursor.next(bytes) != UInt8(ascii: "]") {
        if count > 0 { try cursor.expect(",", bytes) }
        let element = try EventLine.token(&cursor, bytes)
        if count == 0 { first = element } else { second = element }
        count += 1
      }
    } catch {
      throw LineFault(error, isSyntax: true)
    }
    guard let first, let second, count == 2 else {
      throw LineFault("the \"value\" of a cas is a list [old,new]", at: token.range.lowerBound)
    }
    return (try valueID(first, bytes), try valueID(second, bytes))
  }

  /// The most memory, in bytes, that so many more events may take in one go.
  func growth(events count: Int) -> Int {
    max(builder.growth(operations: count), times.growth(count))
  }

  /// The finished history, with warnings where the run did not end as it should. Nothing is left of the recording.
  mutating func finish(clockError: Int64, file: String) throws(HistoryError) -> History {
    if let end, !end.isClean {
      builder.warn("The run did not end cleanly: \(end.reason ?? "the end line gives no reason").")
    }
    if run != nil, end == nil {
      builder.warn(
        "The recording stops without an end line: the run was interrupted or the file is incomplete.")
    }
    let error = min(max(clockError, 0), EventLine.timeMax / 2)
    var (builder, times) = (HistoryBuilder(), RecordedTimes())
    swap(&builder, &self.builder)
    swap(&times, &self.times)
    return try times.finish(builder, faults: faults, isOneHost: isOneHost, error: error, file: file)
  }
}
