import Configuration
public import History
import KeyValue
import Replication
public import ZeroMQ

/// A client process of a run: does its job and records every operation.
public struct Client: ~Copyable {
  /// Why a client cannot go on.
  public enum Failure: Error, CustomStringConvertible {
    /// Its sockets.
    case sockets(ZeroMQError)
    /// Its recording.
    case recording(HistoryError)

    /// The sentence for people.
    public var description: String {
      switch self {
      case .sockets(let error): error.description
      case .recording(let error): error.description
      }
    }
  }

  let job: ClientJob
  let timeout: Duration
  var control: ControlInput
  private var recorder: Recorder
  private let context: Context

  /// Runs a client process: takes its job from a control input, says when it is ready, starts when told to, and returns
  /// when the job is done or the control input ends.
  ///
  /// - Parameter descriptor: the control input, standard input as a rule.
  public static func run(control descriptor: CInt) {
    var control = ControlInput(descriptor: descriptor)
    guard let line = control.nextLine() else { return }
    guard let job = ClientJob(line: line) else {
      report(ClientReport.failed("the job cannot be understood").line)
      return
    }
    do throws(Failure) {
      if case .load(let task) = job.task {
        try runLoad(task, job, control: control)
        report(ClientReport.done.line)
        return
      }
      var client = Client(job, control: control, context: try context(), recorder: try recorder(job))
      try client.run()
      report(ClientReport.done.line)
    } catch {
      report(ClientReport.failed(error.description).line)
    }
  }

  private init(_ job: ClientJob, control: ControlInput, context: Context, recorder: consuming Recorder) {
    self.job = job
    self.control = control
    timeout = .milliseconds(job.timeoutMilliseconds)
    self.context = context
    self.recorder = recorder
  }

  private static func runLoad(_ task: LoadTask, _ job: ClientJob, control: ControlInput) throws(Failure) {
    let recorder = task.isRecorded ? try recorder(job) : nil
    var client: LoadClient
    do throws(ZeroMQError) {
      client = try LoadClient(task, job, control: control, context: try Context(), recorder: recorder)
    } catch {
      throw .sockets(error)
    }
    try client.run()
  }

  private static func context() throws(Failure) -> Context {
    do throws(ZeroMQError) {
      return try Context()
    } catch {
      throw .sockets(error)
    }
  }

  private static func recorder(_ job: ClientJob) throws(Failure) -> Recorder {
    let client: Int32? =
      switch job.task {
      case .script(let number, _, _, _): Int32(clamping: number)
      case .load(let task): Int32(clamping: task.client)
      case .finalReads: nil
      }
    do throws(HistoryError) {
      return try Recorder(path: job.recording, client: client)
    } catch {
      throw .recording(error)
    }
  }

  private mutating func run() throws(Failure) {
    switch job.task {
    case .script(_, let server, let requests, let seed):
      try script(requests, server: server, seed: seed)
    case .finalReads(let keys):
      try finalReads(keys)
    case .load:
      break  // a ``LoadClient`` does it
    }
  }

  /// Says that it is ready and waits to be started. False when it is stopped instead.
  mutating func awaitStart() -> Bool {
    report(ClientReport.ready.line)
    return control.nextLine() != nil
  }

  // MARK: Scripts

  private mutating func script(_ requests: [ScriptedRequest], server: Int, seed: UInt64) throws(Failure) {
    var session = try session(server)
    var random = SplitMix64(seed: seed)
    var process = job.process
    do throws(ZeroMQError) {
      try session.awaitConnection(timeout: timeout, control: control)
    } catch {
      throw .sockets(error)
    }
    guard awaitStart() else { return }
    for request in requests {
      let isAnswered: Bool
      switch request {
      case .sleep(let milliseconds):
        guard try pause(milliseconds ?? Int.random(in: 0...1000, using: &random)) else { return }
        continue
      case .get(let key):
        isAnswered = try perform(.read(key), in: &session, server: server, process: process)
      case .set(let key, let value):
        isAnswered = try perform(.write(key, value), in: &session, server: server, process: process)
      case .compareAndSet(let key, let expected, let new):
        isAnswered = try perform(
          .compareAndSet(key, expected: expected, new: new), in: &session, server: server, process: process)
      }
      if control.isClosed { return }
      // Whether the operation will still take effect nobody knows, so what follows cannot be ordered behind it: a new
      // process goes on.
      if !isAnswered { process += job.processStep }
    }
  }

  /// Waits as the script says. False when the client is stopped meanwhile.
  private mutating func pause(_ milliseconds: Int) throws(Failure) -> Bool {
    var poller = Poller()
    _ = poller.add(descriptor: control.descriptor)
    let deadline = ContinuousClock.now + .milliseconds(milliseconds)
    while !control.isClosed {
      do throws(ZeroMQError) {
        if try poller.poll(for: max(.zero, deadline - .now)) == 0 { return true }
      } catch {
        throw .sockets(error)
      }
      _ = control.lines()
    }
    return false
  }

  // MARK: Operations

  func session(_ server: Int) throws(Failure) -> ClientSession {
    try Self.sockets { () throws(ZeroMQError) in
      try ClientSession(port: job.ports[server], context: context)
    }
  }

  mutating func ask(
    _ body: ClientRequest.Body, in session: inout ClientSession
  ) throws(Failure) -> ClientSession.Outcome {
    try Self.sockets { () throws(ZeroMQError) in
      try session.ask(body, timeout: timeout, control: &control)
    }
  }

  static func sockets<Result: ~Copyable>(
    _ body: () throws(ZeroMQError) -> Result
  ) throws(Failure) -> Result {
    do throws(ZeroMQError) {
      return try body()
    } catch {
      throw .sockets(error)
    }
  }

  /// Performs one operation and records it. False when nobody knows how it ended.
  private mutating func perform(
    _ command: Command, in session: inout ClientSession, server: Int, process: Int32
  ) throws(Failure) -> Bool {
    try invoke(command, server: server, process: process)
    let outcome = try ask(.command(command), in: &session)
    return try complete(command, outcome, server: server, process: process)
  }

  /// Records that an operation begins.
  mutating func invoke(
    _ command: Command, server: Int, process: Int32, isFinal: Bool = false
  ) throws(Failure) {
    do throws(HistoryError) {
      _ = try recorder.invoke(
        process: ProcessID(process), kind: command.kind, key: command.key, value: command.recordedValue,
        server: Int32(clamping: server), isFinal: isFinal)
    } catch {
      throw .recording(error)
    }
  }

  /// Records how an operation ended. False when nobody knows.
  mutating func complete(
    _ command: Command, _ outcome: ClientSession.Outcome, server: Int, process: Int32, isFinal: Bool = false
  ) throws(Failure) -> Bool {
    let time: Recorder.Time
    let result: OperationResult
    switch outcome {
    case .answered(let answer, let received):
      time = received
      result = OperationResult(answer, value: command.recordedValue, reason: "")
    case .unknown(let reason):
      time = .now()
      result = OperationResult(nil, value: command.recordedValue, reason: reason)
    case .interrupted:
      time = .now()
      result = OperationResult(nil, value: command.recordedValue, reason: "the run was stopped")
    }
    do throws(HistoryError) {
      try recorder.complete(
        result.outcome, at: time, process: ProcessID(process), kind: command.kind, key: command.key,
        value: result.value, server: Int32(clamping: server), isFinal: isFinal, stamp: result.stamp,
        extra: result.extra)
    } catch {
      throw .recording(error)
    }
    return result.outcome != .unknown
  }
}
