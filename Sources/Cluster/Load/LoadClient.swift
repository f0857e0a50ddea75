import CProcess
import Configuration
import DequeModule
import Foundation
import HeapModule
import History
import KeyValue
import Replication
import ZeroMQ

/// A client process of a workload: all its sessions in one loop.
///
/// Each turn takes in every answer that has arrived, gives up what has waited too long, begins what is due, hands all of it
/// to the recording in one call, and only then sends the requests.
struct LoadClient: ~Copyable {
  /// How often it is reported how things are.
  private static let reportInterval: Int64 = 500_000_000

  private struct Deadline {
    let time: Int64
    let session: Int
    let turn: UInt32
  }

  /// When a session is to begin its next operation.
  private struct Wake: Comparable {
    let time: Int64
    let session: Int

    static func < (left: Wake, right: Wake) -> Bool {
      (left.time, left.session) < (right.time, right.session)
    }
  }

  private let task: LoadTask
  private let job: ClientJob
  private let warmUp: Int64
  private let timeout: Int64
  private let duration: Int64?
  private var control: ControlInput
  private var recorder: Recorder?
  /// By server; nil for one that no session talks to.
  private var connections: [LoadConnection?]
  private var sessions: [LoadSession]
  /// Sessions that can begin their next operation now.
  private var ready: [Int] = []
  /// The same array from turn to turn, for those that begin in one.
  private var due: [Int] = []
  private var waiting = Heap<Wake>()
  /// All operations may take equally long, so those that began first are given up first.
  private var deadlines = Deque<Deadline>()
  private var active: Int
  /// Of the whole load.
  private var statistics = LoadStatistics()
  /// Since the last report.
  private var recent = LoadStatistics(.tenth)
  private var nextReport: Int64 = 0
  private var start: Int64 = 0
  private var processorTime: Int64 = 0

  init(
    _ task: LoadTask, _ job: ClientJob, control: ControlInput, context: Context,
    recorder: consuming Recorder?
  ) throws(ZeroMQError) {
    self.task = task
    self.job = job
    self.control = control
    self.recorder = recorder
    warmUp = task.workload.warmUp.nanoseconds
    timeout = task.workload.timeout.nanoseconds
    duration = if case .duration(let duration) = task.workload.length { duration.nanoseconds } else { nil }
    let generators = WorkloadGenerator.generators(
      task.workload, seed: task.seed, sessions: task.sessions, initial: task.initial)
    sessions = zip(task.sessions, generators).map { number, generator in
      LoadSession(
        server: LoadTask.server(ofSession: number, servers: job.ports.count), generator: generator,
        process: job.process + Int32(clamping: number - task.sessions.lowerBound))
    }
    active = sessions.count
    connections = Array(repeating: nil, count: job.ports.count)
    for (server, sharing) in Dictionary(grouping: sessions, by: \.server) {
      connections[server] = try LoadConnection(
        port: job.ports[server], sessions: sharing.count, context: context)
    }
  }

  /// Waits for the connections, and does the job when told to start.
  mutating func run() throws(Client.Failure) {
    do throws(ZeroMQError) {
      for case let connection? in connections {
        try connection.connect(timeout: .milliseconds(job.timeoutMilliseconds), control: control)
      }
    } catch {
      throw .sockets(error)
    }
    report(ClientReport.ready.line)
    guard control.nextLine() != nil else { return }
    processorTime = Self.processorTime()
    start = Recorder.Time.now().monotonic
    nextReport = start + Self.reportInterval
    for session in sessions.indices { settle(session, now: start) }
    try loop()
  }

  // MARK: The loop

  private mutating func loop() throws(Client.Failure) {
    var poller = Poller()
    let controlToken = poller.add(descriptor: control.descriptor)
    var timer = LoopTimer()
    if let descriptor = timer.descriptor { _ = poller.add(descriptor: descriptor) }
    var watched: [(token: Poller.Token, connection: LoadConnection)] = []
    for case let connection? in connections { watched.append((connection.watch(by: &poller), connection)) }
    try beginDue(now: start)
    while active > 0 {
      let now = Recorder.Time.now().monotonic
      if let wake = waiting.min { timer.set(wake.time) }
      do throws(ZeroMQError) {
        try poller.poll(for: .nanoseconds(max(0, nextWake - now)))
        for (token, connection) in watched where poller.isReadable(token) {
          while try connection.receive({ take($0, $1, at: $2) }) {}
        }
      } catch {
        throw .sockets(error)
      }
      if !poller.readiness(of: controlToken).isEmpty {
        _ = control.lines()
        if control.isClosed { return abandon() }
      }
      let time = Recorder.Time.now()
      expire(time)
      try beginDue(now: time.monotonic)
      if time.monotonic >= nextReport { tell(time.monotonic) }
    }
    conclude(Recorder.Time.now().monotonic)
  }

  /// When there is something to do even if nothing arrives.
  private var nextWake: Int64 {
    ready.isEmpty ? min(nextReport, waiting.min?.time ?? .max, deadlines.first?.time ?? .max) : 0
  }

  /// Lets a session begin its next operation, now or when the rate says, or ends it.
  private mutating func settle(_ index: Int, now: Int64) {
    let intended = sessions[index].generator.intendedStart
    let pause = sessions[index].pause
    let due = pause > 0 ? max(intended ?? 0, now - start + pause) : intended
    if let duration, due ?? (now - start) >= duration || now - start >= duration {
      active -= 1
      let intended = task.workload.intendedCount(session: task.sessions.lowerBound + index)
      statistics.notBegun += max(0, (intended ?? 0) - sessions[index].generator.count)
    } else if let due, start + due > now {
      waiting.insert(Wake(time: start + due, session: index))
    } else {
      ready.append(index)
    }
  }

  /// Begins what is due: every invocation is with the operating system before the first request is sent, and requests to
  /// one server go out together.
  private mutating func beginDue(now: Int64) throws(Client.Failure) {
    while let wake = waiting.min, wake.time <= now {
      waiting.removeMin()
      ready.append(wake.session)
    }
    swap(&ready, &due)
    let time = Recorder.Time.now()
    for index in due { begin(index, time) }
    due.removeAll(keepingCapacity: true)
    try flush()
    var unsent: [Int] = []
    do throws(ZeroMQError) {
      for case let connection? in connections { unsent += try connection.send() }
    } catch {
      throw .sockets(error)
    }
    guard !unsent.isEmpty else { return }
    for index in unsent {
      let reason = "not sent: too many requests wait for server \(sessions[index].server) already"
      end(index, at: .now()) { _ in .busy(reason) }
    }
    try flush()
  }

  private mutating func flush() throws(Client.Failure) {
    do throws(HistoryError) {
      try recorder?.flush()
    } catch {
      throw .recording(error)
    }
  }

  private mutating func begin(_ index: Int, _ time: Recorder.Time) {
    let intended = sessions[index].generator.intendedStart.map { start + $0 } ?? time.monotonic
    guard let command = sessions[index].begin(intended: intended) else {
      active -= 1
      return
    }
    recorder?.appendInvocation(
      at: time, process: ProcessID(sessions[index].process), kind: command.kind, key: command.key,
      value: command.recordedValue, server: Int32(clamping: sessions[index].server))
    let tag = LoadConnection.Tag(session: UInt32(index), turn: sessions[index].turn)
    let size = connections[sessions[index].server]?.add(command, tag) ?? 0
    guard size <= ClientRequest.bytesMax else {
      return end(index, at: time) { _ in .refused(ClientRequest.refusal(bytes: size)) }
    }
    // One that waits long keeps those behind it, which have been answered: they are cleared away before they are many.
    if deadlines.count >= 4 * sessions.count + 1024 {
      let sessions = sessions
      deadlines.removeAll { Self.isOver($0, sessions) }
    }
    deadlines.append(
      Deadline(time: time.monotonic + timeout, session: index, turn: sessions[index].turn))
  }

  private static func isOver(_ deadline: Deadline, _ sessions: [LoadSession]) -> Bool {
    let session = sessions[deadline.session]
    return session.turn != deadline.turn || session.current == nil
  }

  // MARK: How operations end

  private mutating func take(
    _ tag: LoadConnection.Tag, _ element: ClientAnswerList.Element, at time: Recorder.Time
  ) {
    let index = Int(tag.session)
    guard sessions.indices.contains(index), sessions[index].turn == tag.turn else { return }
    end(index, at: time, unanswered: "the answer cannot be understood") {
      element.answer(to: .command($0))
    }
  }

  private mutating func expire(_ time: Recorder.Time) {
    while let deadline = deadlines.first {
      let isOver = Self.isOver(deadline, sessions)
      guard isOver || deadline.time <= time.monotonic else { return }
      deadlines.removeFirst()
      if !isOver {
        connections[sessions[deadline.session].server]?.noteGivenUp()
        let reason = "no answer within \(task.workload.timeout)"
        end(deadline.session, at: time, unanswered: reason) { _ in nil }
      }
    }
  }

  /// Ends a session's operation, if there is one, and lets the session go on.
  ///
  /// - Parameters:
  ///   - reason: why there is no answer, where there is none.
  ///   - answer: the answer to the operation's command; nil where there is none.
  private mutating func end(
    _ index: Int, at time: Recorder.Time, unanswered reason: @autoclosure () -> String = "",
    _ answer: (Command) -> ClientAnswer?
  ) {
    guard let operation = sessions[index].end() else { return }
    let answer = answer(operation.command)
    let kind = operation.command.kind
    let outcome = OperationResult.outcome(of: answer)
    if recorder != nil {
      let result = OperationResult(answer, value: operation.command.recordedValue, reason: reason())
      recorder?.appendCompletion(
        result.outcome, at: time, process: ProcessID(sessions[index].process), kind: kind,
        key: operation.command.key, value: result.value, server: Int32(clamping: sessions[index].server),
        stamp: result.stamp, extra: result.extra)
    }
    if operation.intended - start >= warmUp {
      let isBusy = if case .busy = answer { true } else { false }
      let nanoseconds = time.monotonic - operation.intended
      statistics.record(kind, outcome, isBusy: isBusy, nanoseconds: nanoseconds)
      recent.record(kind, outcome, isBusy: isBusy, nanoseconds: nanoseconds)
    } else {
      statistics.warmingUp += 1
      recent.warmingUp += 1
    }
    sessions[index].note(answer, to: operation)
    // Whether it will still take effect nobody knows, so what follows cannot be ordered behind it.
    if outcome == .unknown { sessions[index].process += job.processStep }
    settle(index, now: time.monotonic)
  }

  /// The run was stopped: what is under way has an unknown outcome.
  private mutating func abandon() {
    let time = Recorder.Time.now()
    for index in sessions.indices { end(index, at: time, unanswered: "the run was stopped") { _ in nil } }
    try? recorder?.flush()
    conclude(time.monotonic)
  }

  // MARK: Reports

  private mutating func tell(_ now: Int64) {
    report(ClientReport.progress(recent).line)
    recent.reset()
    nextReport = now + Self.reportInterval
  }

  /// Tells all that was counted.
  private mutating func conclude(_ now: Int64) {
    statistics.processorTime = Self.processorTime() - processorTime
    statistics.elapsed = max(0, now - start - warmUp)
    for part in statistics.parts { report(ClientReport.load(part).line) }
  }

  private static func processorTime() -> Int64 { max(0, cprocess_processor_time(getpid())) }
}
