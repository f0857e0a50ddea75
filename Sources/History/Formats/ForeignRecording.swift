import KeyValue

/// A recording made elsewhere while it is read: enters each event into the history.
///
/// The order of the events is the clock, since these formats have no times that could be trusted. Whether operations name
/// their key inside the value, as Jepsen's `independent` tests do, beside it, or not at all is decided by the first
/// operation, and every other must agree.
struct ForeignRecording {
  /// Where operations name their key.
  enum Keying: Equatable {
    /// The value is a tuple `[key value]`.
    case tuple
    /// A member of its own.
    case member
    /// There is one register, which has no name.
    case nowhere
  }

  /// The key of a register that has no name.
  static let register: Key = "register"
  /// The key of a lock that has no name.
  static let mutex: Key = "mutex"

  var builder = HistoryBuilder()
  private let failedCompareAndSet: FailedCompareAndSet
  private let nilRead: NilRead
  private let emptyIsAbsent: Bool
  /// What locks are at first; nil when the caller says it of every key.
  private let lockDefault: Value?
  private var keying: Keying?
  private var locks: Set<Key> = []
  private var scalars = ForeignScalars()
  private var count = 0

  init(_ options: HistoryReader.Options, format: HistoryFormat) {
    failedCompareAndSet = options.failedCompareAndSet ?? .noEffect
    nilRead = options.nilRead ?? format.nilReadDefault
    emptyIsAbsent = format == .porcupine
    lockDefault = options.initial == nil ? Lock.free : Value?.none
  }

  /// Makes room for a recording so many times as long as what was read so far.
  mutating func reserve(share: Double) {
    builder.reserve(operations: Int(Double(builder.count) * share * 1.02))
  }

  /// Enters an event.
  mutating func enter(_ event: ForeignEvent) throws(LineFault) {
    switch event.reporter {
    case .named("run") where event.function == "run" && count == 0:
      guard let object = event.value?.json.object else { throw LineFault("a run is described by a map") }
      builder = HistoryBuilder(run: try RunDescription(json: object))
    case .named("run") where event.function == "end":
      builder.end(RunEnd(json: event.value?.json.object ?? JSONObject()))
    case .named(let name):
      let details = event.value?.json ?? nil
      builder.add(Fault(time: Int64(count), process: name, name: event.function, details: details))
    case .process(let process):
      if event.kind == .invoke {
        try invoke(event, process)
      } else {
        try complete(event, process)
      }
    }
    count += 1
  }

  private mutating func invoke(_ event: ForeignEvent, _ process: ProcessID) throws(LineFault) {
    let request = try ForeignRequest(event)
    let keying = request.keying(event)
    if let keying, let known = self.keying, known != keying {
      throw LineFault("this operation \(keying.inWords), but the first one of the file \(known.inWords)")
    }
    self.keying = self.keying ?? keying
    let (keyForm, value) = try request.split(event, self.keying ?? .nowhere)
    let key: Key
    if let keyForm {
      key = try scalars.key(keyForm)
    } else {
      key = request.isLock ? Self.mutex : Self.register
    }
    if request.isLock { locks.insert(key) }
    let (kind, expected, new) = try operation(request, value)
    do {
      try builder.invoke(
        kind, process: process, key: key, value: new, expected: expected, at: Int64(count),
        client: event.client,
        server: event.server, isFinal: event.isFinal, line: event.line)
    } catch {
      throw LineFault(error.description)
    }
  }

  /// The kind of an operation, what it expects and what it writes.
  private mutating func operation(
    _ request: ForeignRequest, _ form: EDN?
  ) throws(LineFault) -> (Operation.Kind, Value, Value) {
    switch request {
    case .read, .transaction(_, false): return (.read, .null, .null)
    case .acquire: return (.compareAndSet, Lock.free, Lock.held)
    case .release: return (.compareAndSet, Lock.held, Lock.free)
    case .write, .transaction(_, true):
      guard let form else { throw LineFault("a write needs a :value") }
      return (.write, .null, try value(form))
    case .compareAndSet:
      guard let pair = form?.elements, pair.count == 2 else {
        throw LineFault("the :value of a cas is [old new]")
      }
      return (.compareAndSet, try value(pair[0]), try value(pair[1]))
    }
  }

  private mutating func value(_ form: EDN) throws(LineFault) -> Value {
    let value = try scalars.value(form)
    return emptyIsAbsent && value == "" ? .null : value
  }

  private mutating func complete(_ event: ForeignEvent, _ process: ProcessID) throws(LineFault) {
    let open: Operation
    do { open = builder[try builder.open(process)] } catch { throw LineFault(error.description) }
    var result: Value?
    var isMismatch = false
    var outcome: Operation.Outcome =
      switch event.kind {
      case .ok: .ok
      case .fail: .fail
      default: .unknown
      }
    if !event.function.isEmpty, try ForeignRequest(event, isCompletion: true).kind != open.kind {
      throw LineFault(":f differs from that of the invocation on line \(open.line)")
    }
    switch (event.kind, open.kind) {
    case (.ok, _):
      result = try self.result(event, of: open)
    case (.fail, .compareAndSet):
      // A time-out that is known not to have taken effect compared nothing.
      let isTimeout = event.value?.untagged == .keyword("timed-out")
      isMismatch = event.applied == false || failedCompareAndSet == .mismatch && !isTimeout
      if isMismatch {
        outcome = .ok
        result = try event.found.map { form throws(LineFault) in try value(form) }
        if let result, builder.id(of: result) == open.expected {
          throw LineFault("a cas that was not applied cannot have found what it expected")
        }
      }
    default: break
    }
    do {
      try builder.complete(
        process, outcome, result: result, isMismatch: isMismatch, server: event.server,
        isFinal: event.isFinal,
        at: Int64(count))
    } catch {
      throw LineFault(error.description)
    }
  }

  /// What a read returned, nil where that is not known; for other operations, checks that the completion repeats what
  /// was asked, if anything.
  private mutating func result(_ event: ForeignEvent, of open: Operation) throws(LineFault) -> Value? {
    let request = try ForeignRequest(event)
    func disagrees(_ what: String) -> LineFault {
      LineFault("the \(what) differs from that of the invocation on line \(open.line)")
    }
    if keying == .tuple, request.keying(event) != nil, event.value?.elements?.count != 2 {
      guard event.value == nil || event.value == .null else {
        throw LineFault("the :value of this file's operations is a tuple [key value]")
      }
      return nil
    }
    let (keyForm, form) = try request.split(event, keying ?? .nowhere)
    if let keyForm, builder.id(of: try scalars.key(keyForm)) != open.key { throw disagrees("key") }
    guard let form else { return nil }
    switch request {
    case .read, .transaction(_, false):
      let found = try value(form)
      let tellsNothing = found == .null && nilRead == .unknown && !event.isAbsent
      return tellsNothing ? Value?.none : found
    case .write, .transaction(_, true):
      if form == .null { break }
      guard try builder.id(of: value(form)) == open.value else { throw disagrees(":value") }
    case .compareAndSet:
      if form == .null { break }
      let (_, expected, new) = try operation(request, form)
      guard builder.id(of: expected) == open.expected, builder.id(of: new) == open.value else {
        throw disagrees(":value")
      }
    case .acquire, .release:
      let (_, expected, _) = try operation(request, form)
      guard builder.id(of: expected) == open.expected else { throw disagrees(":f") }
    }
    return nil
  }

  /// The finished history. Locks are free at first, unless the run or the caller says otherwise.
  mutating func finish() -> History {
    var builder = HistoryBuilder()
    swap(&builder, &self.builder)
    guard let lockDefault, !locks.isEmpty else { return builder.history() }
    let id = builder.id(of: lockDefault)
    let locks = locks
    var history = builder.history()
    var run = history.run ?? RunDescription(name: "")
    for (index, key) in history.keys.enumerated() where locks.contains(key) && run.initial[key] == nil {
      history.initialValues[index] = id
      run.initial[key] = lockDefault
    }
    history.run = run
    return history
  }
}

/// The states of a lock, as values of a register: acquiring and releasing are compare-and-sets.
private enum Lock {
  static let free: Value = "free"
  static let held: Value = "held"
}

extension ForeignRecording.Keying {
  fileprivate var inWords: String {
    switch self {
    case .tuple: "has a tuple [key value] for its :value"
    case .member: "has a :key"
    case .nowhere: "names no key"
    }
  }
}
