import Configuration
import History
import KeyValue
import Replication

/// Sessions do their operations.
extension Simulation {
  /// The streams of draws of a session begin here; those of links lie below.
  private static let sessionStreams: UInt64 = 1 << 40

  private func draw(_ session: Int, _ purpose: UInt64, _ place: Int) -> UInt64 {
    draw(Self.sessionStreams + UInt64(sessions[session].stream) << 4 + purpose, UInt64(place))
  }

  /// How long a request or reply of a session is on the way.
  private func latency(_ session: Int, _ purpose: UInt64) -> Int64 {
    duration(pace.latency, upTo: pace.jitter, drawn: draw(session, purpose, sessions[session].steps))
  }

  /// When a session begins its first operation.
  func firstWake(_ session: Int) -> Int64 {
    switch sessions[session].source {
    case .script(_, let starts): starts.first ?? 0
    case .workload(let generator):
      generators[generator].intendedStart ?? duration(0, upTo: pace.think, drawn: draw(session, 0, 0))
    }
  }

  /// The time of an event of a client, later than that of any before it.
  private mutating func clientTime() -> Int64 {
    lastClientTime = max(time, lastClientTime + 1)
    return lastClientTime
  }

  /// A session does what comes next.
  mutating func takeStep(_ session: Int) throws(HistoryBuilder.Refusal) {
    let step = sessions[session].steps
    sessions[session].steps += 1
    switch sessions[session].source {
    case .script(let requests, _):
      guard step < requests.count else { return finish(session) }
      switch requests[step] {
      case .get(let key): try invoke(session, .read, builder.id(of: key))
      case .set(let key, let value): try invoke(session, .write, builder.id(of: key), value)
      case .compareAndSet(let key, let expected, let new):
        try invoke(session, .compareAndSet, builder.id(of: key), new, expecting: expected)
      case .sleep(let milliseconds):
        let nanoseconds =
          milliseconds.map { Int64($0) * 1_000_000 }
          ?? duration(0, upTo: 1_000_000_000, drawn: draw(session, 1, step))
        wake(session, at: time + nanoseconds)
      }
    case .workload(let generator):
      guard time < loadMax, let operation = generators[generator].next() else { return finish(session) }
      sessions[session].workloadKey = operation.key
      let key = workloadKeys[operation.key] ?? builder.id(of: Workload.key(operation.key))
      workloadKeys[operation.key] = key
      switch operation.action {
      case .read: try invoke(session, .read, key)
      case .write(let value): try invoke(session, .write, key, value)
      case .compareAndSet(let expected, let new):
        try invoke(session, .compareAndSet, key, new, expecting: expected)
      }
    }
  }

  private mutating func finish(_ session: Int) {
    busySessions -= 1
    if isTraced { trace.append(TraceEvent(time: time, kind: .finished(session: session))) }
  }

  private mutating func wake(_ session: Int, at time: Int64) {
    var start = time
    if case .script(_, let starts) = sessions[session].source, sessions[session].steps < starts.count {
      start = max(start, starts[sessions[session].steps])
    }
    agenda.plan(.wake, at: start, subject: session)
  }

  private mutating func invoke(
    _ number: Int, _ kind: Operation.Kind, _ key: KeyID, _ value: Value = .null,
    expecting expected: Value = .null
  ) throws(HistoryBuilder.Refusal) {
    let now = clientTime()
    let process = sessions[number].process
    let server = sessions[number].server
    try builder.invoke(
      kind, process: process, key: key, value: builder.id(of: value), expected: builder.id(of: expected),
      at: now, client: sessions[number].client, server: Int32(truncatingIfNeeded: server),
      isFinal: sessions[number].isFinal)
    sessions[number].attempt += 1
    sessions[number].isOpen = true
    sessions[number].kind = kind
    sessions[number].key = key
    sessions[number].value = value
    sessions[number].deadline = sessions[number].isFinal ? .max : time + timeout
    let name = builder.key(key)
    let command: Command =
      switch kind {
      case .read: .read(name)
      case .write: .write(name, value)
      case .compareAndSet: .compareAndSet(name, expected: expected, new: value)
      }
    let request = RequestID(sessions[number].attempt << 24 | UInt64(number))
    if mayForget, kind == .write { operations[request] = try builder.open(process) }
    requestsOnTheWay += 1
    agenda.plan(
      .request, at: time + latency(number, 2), subject: inputs.insert(.request(request, command)),
      place: server)
    if isTraced { trace.append(TraceEvent(time: now, kind: .invoked(session: number, command))) }
  }

  /// A request arrives at its server.
  mutating func receiveRequest(_ event: Agenda.Event) {
    let server = Int(event.place)
    guard !hold(event, server) else { return }
    if servers[server].isJoining, !servers[server].isDown {
      servers[server].waiting.append(event)
      return
    }
    requestsOnTheWay -= 1
    guard let input = inputs.take(Int(event.subject)), !servers[server].isDown else {
      statistics.requestsLost += 1
      return
    }
    if isTraced, case .request(let request, let command) = input {
      let session = Int(request.number & 0xFFFFFF)
      trace.append(TraceEvent(time: time, kind: .requested(session: session, server: server, command)))
    }
    enter(input, server)
  }

  /// A server answers a request.
  mutating func answer(_ request: RequestID, _ reply: Reply, from server: Int) {
    guard request != Self.harnessRequest else {
      if reply == .reached { barriersReached += 1 }
      return
    }
    let session = Int(request.number & 0xFFFFFF)
    let attempt = request.number >> 24
    guard sessions.indices.contains(session) else { return }
    if case .written = reply { noteWrite(request, by: server) }
    if attempt == sessions[session].answered { fail(.answeredTwice(server: server)) }
    sessions[session].answered = max(sessions[session].answered, attempt)
    checkStamps(reply, server: server, session: session, isCurrent: attempt == sessions[session].attempt)
    if isTraced {
      trace.append(TraceEvent(time: time, kind: .answered(session: session, server: server, reply)))
    }
    guard attempt == sessions[session].attempt else { return }
    agenda.plan(
      .reply, at: time + latency(session, 3), subject: replies.insert((reply, attempt)), place: session)
  }

  /// A reply arrives at its session.
  mutating func receiveReply(_ event: Agenda.Event) throws(HistoryBuilder.Refusal) {
    let number = Int(event.place)
    let session = sessions[number]
    guard let (reply, attempt) = replies.take(Int(event.subject)), attempt == session.attempt, session.isOpen
    else { return }
    let now = clientTime()
    switch reply {
    case .value(let value, let stamp):
      try builder.complete(session.process, .ok, resultID: builder.id(of: value), at: now)
      if session.isFinal { checkEnding(value, stamp, session) }
      note(value, number)
    case .written(let stamp):
      try builder.complete(session.process, .ok, resultID: nil, at: now)
      let request = RequestID(attempt << 24 | UInt64(number))
      if let operation = operations[request] {
        learnedWrites.append((operation, stamp, session.key))
      } else {
        acknowledge(stamp, session.key)
      }
      note(session.value, number)
    case .mismatch(let value, _):
      try builder.complete(session.process, .ok, resultID: builder.id(of: value), isMismatch: true, at: now)
      note(value, number)
    case .refused, .busy, .reached:
      try builder.complete(session.process, .fail, resultID: nil, at: now)
      statistics.refused += 1
    }
    if case .busy = reply { statistics.busy += 1 }
    if reply.isRefusal {
    } else if session.isFinal {
      statistics.finalReads += 1
    } else {
      statistics.answered += 1
    }
    sessions[number].isOpen = false
    if isTraced { trace.append(TraceEvent(time: now, kind: .completed(session: number, reply))) }
    proceed(number)
  }

  private mutating func note(_ value: Value, _ number: Int) {
    guard let workload = configuration.workload, workload.compareAndSets != .never,
      case .workload(let generator) = sessions[number].source
    else { return }
    generators[generator].saw(value, of: sessions[number].workloadKey)
  }

  /// A session goes on after an operation.
  private mutating func proceed(_ number: Int) {
    var start = time
    if case .workload(let generator) = sessions[number].source {
      start = max(
        start + duration(0, upTo: pace.think, drawn: draw(number, 0, sessions[number].steps)),
        generators[generator].intendedStart ?? 0)
    }
    wake(number, at: start)
  }

  /// Gives up operations that were not answered in time.
  mutating func expireOperations() throws(HistoryBuilder.Refusal) {
    for number in sessions.indices where sessions[number].isOpen && sessions[number].deadline < time {
      try builder.complete(sessions[number].process, .unknown, resultID: nil, at: clientTime())
      statistics.unknown += 1
      sessions[number].isOpen = false
      // Nobody knows whether what comes next comes after it, so it is done under another process.
      let next = Int(sessions[number].process.number) + sessions.count
      sessions[number].process = ProcessID(Int32(truncatingIfNeeded: next))
      if isTraced { trace.append(TraceEvent(time: time, kind: .expired(session: number))) }
      proceed(number)
    }
  }
}
