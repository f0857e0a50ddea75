import CProcess
public import Configuration
import Foundation
import History
import KeyValue
import Replication

/// One run of a configuration: starts the servers, starts the clients, waits for them, makes the final reads, stops
/// everything, and joins what the clients recorded.
///
/// Every step waits for an event (a port is bound, a peer is heard, a client is done); time only limits how long. All
/// state belongs to the task that runs it. Whatever happens, when it returns no child is left.
public struct ClusterRun {
  /// How many of its last log lines a child that failed is quoted with.
  private static let logLinesKept = 12
  /// How long a child may take to end after it was asked to, before it is killed.
  private static let endingTimeout = Duration.seconds(2)

  let configuration: ClusterConfiguration
  let options: Options
  var children: [ChildName: ChildProcess] = [:]
  private var processes: [ChildName: Int32] = [:]
  private(set) var ports: [Int: ServerPorts] = [:]
  var ready: Set<ChildName> = []
  /// Servers that have their ports, and have asked the kernel to end with the launcher: one that stands still before
  /// would outlive a launcher that is killed.
  var bound: Set<ChildName> = []
  private var done: Set<ChildName> = []
  var ended: [ChildName: ChildEnd] = [:]
  private var logs: [ChildName: [String]] = [:]
  private var logFiles: [Int: FileHandle] = [:]
  /// How many clients record.
  private var parts = 0
  private(set) var problems: [String] = []
  /// Nil before there is something to record.
  var harnessRecording: HarnessRecording?
  private(set) var load = LoadWatch()
  private(set) var isStopping = false
  /// Whether servers know where the others are: one that is started later is told at once.
  private var isIntroduced = false
  /// Servers that are being killed: that they end is no failure.
  var condemned: Set<ChildName> = []
  var faults: FaultInjection
  /// How often each server was started.
  private var starts: [Int: UInt64] = [:]
  private let run = UInt64.random(in: .min ... .max)
  private var lastDeadline = 0
  let events: AsyncStream<ChildEvent>.Continuation
  private var incoming: AsyncStream<ChildEvent>.Iterator

  /// Runs a configuration to its end.
  ///
  /// - Parameter interrupts: yields when the run is to stop early; what was recorded until then is kept.
  public static func run(
    _ configuration: ClusterConfiguration, _ options: Options, interrupts: AsyncStream<Void>
  ) async -> Outcome {
    await withTaskGroup { group in
      var run = ClusterRun(configuration, options)
      let events = run.events
      group.addTask { for await _ in interrupts { events.yield(.interrupted) } }
      let description = run.description
      var failure: RunFailure?
      do throws(RunFailure) {
        try await run.proceed(description, &group)
      } catch {
        failure = error
      }
      await run.stopChildren(&group)
      group.cancelAll()
      return run.outcome(description, failure)
    }
  }

  private init(_ configuration: ClusterConfiguration, _ options: Options) {
    self.configuration = configuration
    self.options = options
    faults = FaultInjection(configuration, seed: options.seed)
    let (stream, continuation) = AsyncStream<ChildEvent>.makeStream()
    events = continuation
    incoming = stream.makeAsyncIterator()
  }

  private var description: RunDescription {
    return RunDescription(
      name: configuration.name, level: configuration.level.rawValue,
      replicationProtocol: configuration.replicationProtocol.rawValue, servers: configuration.servers.count,
      seed: options.seed,
      started: Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)),
      host: Self.hostName, initial: configuration.initial,
      others: ["clients": JSON(configuration.clients.count + (configuration.workload?.clients ?? 0))])
  }

  private static var hostName: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { name in
      guard let start = name.baseAddress, gethostname(start, name.count) == 0 else { return "localhost" }
      name[name.count - 1] = 0
      return String(cString: start)
    }
  }

  // MARK: The run

  private mutating func proceed(
    _ description: RunDescription, _ group: inout TaskGroup<Void>
  ) async throws(RunFailure) {
    let servers = configuration.servers.indices
    try describe(description)
    for number in servers { try openLog(number) }
    try openLinks()
    for (number, ports) in configuration.servers.enumerated() {
      startServer(number, ports, &group)
    }
    try await introduce(Array(servers), &group)

    try await passClients(startClients(&group), amidFaults: true, &group)
    load.end(servers: serversProcessorTimes)
    try await heal(&group)

    startClient(
      .finalReader, .finalReads(keys: configuration.keys), process: configuration.sessions, &group)
    // Each server is asked for its position, to reach all positions, and for every key.
    let requests = servers.count * (2 + configuration.keys.count)
    try await passClients([(.finalReader, options.timeout * (requests + 1))], &group)
  }

  /// Starts the scripted clients and those of the workload.
  ///
  /// - Returns: each with the longest that it can take.
  private mutating func startClients(_ group: inout TaskGroup<Void>) -> [(name: ChildName, limit: Duration)] {
    var seeds = SplitMix64(seed: options.seed)
    var clients: [(name: ChildName, limit: Duration)] = []
    for (index, client) in configuration.clients.enumerated() {
      let task = ClientJob.Task.script(
        client: client.number, server: client.server, requests: client.requests, seed: seeds.next())
      startClient(.client(client.number), task, process: index, &group)
      clients.append((.client(client.number), client.longest(timeout: options.timeout)))
    }
    for task in configuration.loadTasks(seed: options.seed, isRecorded: options.recordsLoad) {
      let process = configuration.clients.count + task.sessions.lowerBound
      startClient(.client(task.client), .load(task), process: process, &group)
      // The operations' own times may be far shorter than what a busy machine takes to get round to a process.
      clients.append((.client(task.client), task.workload.longest + options.timeout))
    }
    return clients
  }

  /// The processor time that each server process has taken; -1 where that cannot be told.
  private var serversProcessorTimes: [Int32: Int64] {
    var times: [Int32: Int64] = [:]
    for number in configuration.servers.indices {
      if let process = processes[.server(number)] { times[process] = cprocess_processor_time(process) }
    }
    return times
  }

  /// Waits until clients are ready, starts them together, and waits until each has ended.
  ///
  /// - Parameters:
  ///   - clients: each with the longest that it can take; a quarter is added, for a busy machine.
  ///   - amidFaults: whether the faults of the configuration happen meanwhile.
  private mutating func passClients(
    _ clients: [(name: ChildName, limit: Duration)], amidFaults: Bool = false,
    _ group: inout TaskGroup<Void>
  ) async throws(RunFailure) {
    try await pass(&group, within: options.timeout, orElse: "did not start") { run in
      clients.map(\.name).filter { !run.ready.contains($0) }
    }
    load.begin(servers: serversProcessorTimes, clients: clients.count)
    for client in clients { children[client.name]?.send("go") }
    let start = ContinuousClock.now
    if amidFaults { beginFaults(&group) }
    // Shortest first, so that a client that hangs is not hidden behind one that may take longer.
    for (name, longest) in clients.sorted(by: { $0.limit < $1.limit }) where ended[name] == nil {
      let elapsed = ContinuousClock.now - start
      let limit = longest * 5 / 4
      try await pass(
        &group, within: limit - elapsed, orElse: "hangs: it did not finish its requests", of: limit
      ) { run in run.ended[name] == nil ? [name] : [] }
    }
  }

  // MARK: Servers

  mutating func startServer(_ number: Int, _ ports: ServerPorts, _ group: inout TaskGroup<Void>) {
    let incarnation = starts[number, default: 0] + 1
    starts[number] = incarnation
    let core = options.placement?.core(ofServer: number)
    start(.server(number), "kvserver", ["--supervised"] + Placement.arguments(core: core), &group)
    children[.server(number)]?.send(
      ServerSetup(
        settings: Server.Settings(
          id: ServerID(number), servers: configuration.servers.count,
          replicationProtocol: configuration.replicationProtocol, initial: configuration.initial,
          ports: ports,
          run: run, incarnation: incarnation, wasHere: incarnation > 1, bounds: configuration.bounds)
      ).line)
  }

  /// Waits until the servers have opened their ports, tells them everyone's, and waits until they serve.
  private mutating func introduce(
    _ servers: [Int], _ group: inout TaskGroup<Void>
  ) async throws(RunFailure) {
    try await pass(&group, within: options.timeout, orElse: "did not open its ports") { run in
      servers.filter { run.ports[$0] == nil }.map { .server($0) }
    }
    for number in servers { introduce(number) }
    isIntroduced = true
    try await passReady(servers, &group)
  }

  /// Waits until servers serve.
  mutating func passReady(_ servers: [Int], _ group: inout TaskGroup<Void>) async throws(RunFailure) {
    try await pass(&group, within: options.timeout, orElse: "did not find all other servers") { run in
      servers.map { .server($0) }.filter { !run.ready.contains($0) }
    }
  }

  /// Tells a server where it finds the others.
  private func introduce(_ number: Int) {
    let all = configuration.servers.indices.compactMap { server in
      ports[server].map { faults.address(of: server, $0, for: .server(number)) }
    }
    children[.server(number)]?.send(ServerOrder(servers: all).line)
  }

  // MARK: Children

  private mutating func start(
    _ name: ChildName, _ program: String, _ arguments: [String], _ group: inout TaskGroup<Void>
  ) {
    let child = ChildProcess(name)
    children[name] = child
    let executable = options.programs.appending(path: program)
    let events = events
    group.addTask { await child.run(executable, arguments: arguments, events: events) }
  }

  private mutating func startClient(
    _ name: ChildName, _ task: ClientJob.Task, process: Int, _ group: inout TaskGroup<Void>
  ) {
    let part = options.parts.appending(path: "\(parts).jsonl")
    parts += 1
    let core = options.placement?.core(of: task)
    start(name, "kvclient", Placement.arguments(core: core), &group)
    let job = ClientJob(
      task: task, ports: clientPorts(of: task),
      process: Int32(process),
      processStep: Int32(configuration.sessions + configuration.servers.count),
      recording: part.path(percentEncoded: false),
      timeoutMilliseconds: max(1, Int(options.timeout / .milliseconds(1))))
    children[name]?.send(job.line)
  }

  /// The clients' ports of all servers, as a client is to be told them: faults concern no final read.
  private func clientPorts(of task: ClientJob.Task) -> [UInt16] {
    configuration.servers.indices.compactMap { server in
      guard let real = ports[server] else { return nil }
      if case .finalReads = task { return real.client }
      return faults.address(of: server, real, for: .clients).client
    }
  }

  private mutating func stopChildren(_ group: inout TaskGroup<Void>) async {
    isStopping = true
    endFaults(&group)
    let running: (ClusterRun) -> [ChildName] = { run in run.children.keys.filter { run.ended[$0] == nil } }
    for name in children.keys where ended[name] == nil { children[name]?.close() }
    do throws(RunFailure) {
      try await pass(&group, within: Self.endingTimeout, missing: running)
    } catch {
      for name in running(self).sorted(by: { $0.description < $1.description }) {
        problems.append("\(name) did not end within \(Self.endingTimeout) of being asked to, and was killed")
        children[name]?.kill()
      }
      // What was killed ends, unless the kernel itself is stuck.
      try? await pass(&group, within: Self.endingTimeout, missing: running)
    }
  }

  // MARK: Events

  /// Takes in events until nobody is missing.
  ///
  /// - Parameters:
  ///   - complaint: what whoever is missing then did not do.
  ///   - whole: the time that the complaint names, where it began before now.
  private mutating func pass(
    _ group: inout TaskGroup<Void>, within limit: Duration, orElse complaint: String = "",
    of whole: Duration? = nil, missing: (ClusterRun) -> [ChildName]
  ) async throws(RunFailure) {
    lastDeadline += 1
    let deadline = lastDeadline
    let events = events
    group.addTask {
      // Time is only the limit of a wait for events, never the wait itself.
      try? await Task.sleep(for: limit)
      events.yield(.expired(deadline))
    }
    while !missing(self).isEmpty {
      guard let event = await incoming.next(isolation: #isolation) else { return }
      switch event {
      case .expired(let expired):
        if expired == deadline { throw timedOut(missing(self), "\(complaint) within \(whole ?? limit)") }
      case .interrupted:
        if !isStopping { throw .interrupted }
      case .faultsDue:
        if !isStopping { advanceFaults(&group) }
      case .started(let name, let process):
        processes[name] = process
      case .log(let name, let line):
        log(name, line)
      case .line(let name, let line):
        try take(name, line)
      case .ended(let name, let end):
        ended[name] = end
        processes[name] = nil
        if !isStopping {
          try noteEnd(name, end)
          restartIfDue(name, &group)
        }
      }
    }
  }

  /// The failure of those who did not do something in time.
  private func timedOut(_ names: [ChildName], _ complaint: String) -> RunFailure {
    let names = names.sorted { $0.description < $1.description }
    let linesOfEach = max(1, Self.logLinesKept / max(1, names.count))
    let log = names.flatMap { name in
      (logs[name] ?? []).suffix(linesOfEach).map { names.count == 1 ? $0 : "\(name): \($0)" }
    }
    let who = names.map(\.description).joined(separator: ", ")
    return .timedOut("\(who) \(complaint)", log: log)
  }

  private mutating func take(_ name: ChildName, _ line: String) throws(RunFailure) {
    if case .server(let number) = name {
      // Of a server that is being killed, what it said before counts no more.
      if condemned.contains(name) { return log(name, line) }
      switch ServerReport(line: line) {
      case .bound(let ports):
        self.ports[number] = ports
        faults.place(number, ports)
        bound.insert(name)
        if isIntroduced { introduce(number) }
        if faults.isPaused(number) { children[name]?.pause(true) }
      case .ready: ready.insert(name)
      case .failed(let reason): if !isStopping { throw .serverFailed(number, reason) }
      case nil: log(name, line)
      }
    } else {
      switch ClientReport(line: line) {
      case .ready: ready.insert(name)
      case .done: done.insert(name)
      case .load(let statistics): load.take(statistics)
      case .progress(let statistics):
        if var progress = load.progress(statistics) {
          progress.faults = faults.inForce.map(\.summary)
          options.onProgress?(progress)
        }
      case .problem(let text): problems.append(text)
      case .failed(let reason): if !isStopping { throw .clientFailed(name, reason) }
      case nil: log(name, line)
      }
    }
  }

  private mutating func noteEnd(_ name: ChildName, _ end: ChildEnd) throws(RunFailure) {
    if case .server(let number) = name {
      if condemned.contains(name) { return }
      note(Fault.harness, "server-ended", ["server": JSON(number), "how": JSON(end.description)])
      throw .serverEnded(number, end, log: logs[name] ?? [])
    } else if !done.contains(name) {
      throw .clientEnded(name, end, log: logs[name] ?? [])
    }
  }

  private mutating func log(_ name: ChildName, _ line: String) {
    logs[name, default: []].append(line)
    if let count = logs[name]?.count, count > Self.logLinesKept { logs[name]?.removeFirst() }
    if case .server(let number) = name { try? logFiles[number]?.write(contentsOf: Data((line + "\n").utf8)) }
  }

  private mutating func openLog(_ number: Int) throws(RunFailure) {
    guard let folder = options.serverLogs else { return }
    let file = folder.appending(path: "\(configuration.name)-server-\(number).log")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data().write(to: file)
      logFiles[number] = try FileHandle(forWritingTo: file)
    } catch {
      throw .recording("\(file.relativePath): cannot be written: \(fileReason(error))")
    }
  }
}
