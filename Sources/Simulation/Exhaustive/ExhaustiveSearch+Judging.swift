import Configuration
import Consistency
import History
import KeyValue
import Replication

/// Complete histories are judged, each once, and a failure is told from its beginning.
extension ExhaustiveSearch {
  /// Judges what the clients saw on the way to an end.
  mutating func judge(_ place: Int, _ row: [UInt32]) throws(HistoryBuilder.Refusal) {
    guard let finals = ending(of: row) else {
      return try fail(place, .stuck("a final read was not answered"))
    }
    let done = progress[row[progressColumn]]
    let seen = ObservedHistory(
      results: done.map { results[Progress.result($0)] }, earlier: done.map(Progress.earlier), finals: finals)
    guard result.histories.insert(seen).inserted else { return }
    switch check(try history(of: seen), model, limits: scope.limits).outcome {
    case .holds: break
    case .violated: try fail(place, nil)
    case .undecided(.provesNothing): result.vacuous += 1
    case .undecided: result.undecided += 1
    }
  }

  /// What the final reads find, made one after another; nil where one is not answered.
  private mutating func ending(of row: [UInt32]) -> [Value]? {
    let replicas = Array(row.prefix(servers))
    if let known = endings[replicas] { return known }
    var row = row
    var values: [Value]? = []
    for number in finalReads.indices {
      guard case .value(let value, _) = read(number, &row) else {
        values = nil
        break
      }
      values?.append(value)
    }
    endings.updateValue(values, forKey: replicas)
    return values
  }

  /// A history of operations that begin and end in an order as observed.
  private func history(of seen: ObservedHistory) throws(HistoryBuilder.Refusal) -> History {
    var builder = makeBuilder()
    var time: Int64 = 0
    func later() -> Int64 {
      time += 1
      return time
    }
    // What had ended when an operation began grows with time, so to begin in that order is to begin in order.
    let order = operations.indices.sorted {
      (seen.earlier[$0].nonzeroBitCount, $0) < (seen.earlier[$1].nonzeroBitCount, $1)
    }
    let processes = operations.indices.map { operation in
      let begin = ranges[operations[operation].client].lowerBound
      return process(
        operations[operation].client, after: seen.results[begin..<operation].count { $0 == .unknown })
    }
    var ended: UInt32 = 0
    func end(_ operation: Int) throws(HistoryBuilder.Refusal) {
      guard ended >> UInt32(operation) & 1 == 0 else { return }
      ended |= 1 << UInt32(operation)
      try builder.complete(processes[operation], seen.results[operation], at: later())
    }
    for operation in order {
      for other in operations.indices where seen.earlier[operation] >> UInt32(other) & 1 == 1 {
        try end(other)
      }
      try builder.invoke(
        operations[operation], as: processes[operation], of: scope.configuration, at: later())
      // Without real time only the order of each client is left: one operation after another keeps it.
      if model == .sequential || seen.results[operation] == .unknown { try end(operation) }
    }
    for operation in operations.indices { try end(operation) }
    for (read, value) in zip(finalReads, seen.finals) {
      let process = process(read.client, after: 0)
      try builder.invoke(read, as: process, of: scope.configuration, at: later())
      try builder.complete(process, .value(value), at: later())
    }
    builder.end(RunEnd(isClean: true, events: 0))
    return builder.history()
  }

  /// As which process the history knows a client: another one after each operation whose outcome nobody learned.
  private func process(_ client: Int, after unknown: Int) -> ProcessID {
    ProcessID(Int32(truncatingIfNeeded: client + unknown * (ranges.count + servers)))
  }

  private func makeBuilder() -> HistoryBuilder {
    let configuration = scope.configuration
    return HistoryBuilder(
      run: RunDescription(
        name: configuration.name, level: configuration.level.rawValue,
        replicationProtocol: configuration.replicationProtocol.rawValue, servers: servers,
        host: "simulation", initial: configuration.initial),
      clock: .monotonic)
  }

  // MARK: Failures

  /// Takes the run that leads to a state, and on by a step, for the failure.
  mutating func fail(
    _ place: Int, _ failure: SimulationFailure?, after step: ExhaustiveStep? = nil
  ) throws(HistoryBuilder.Refusal) {
    let path = table.path(to: place).map { ExhaustiveStep(code: $0) } + (step.map { [$0] } ?? [])
    let run = try replay(path, failure)
    result.failure = Judgement(
      run: run, configuration: scope.configuration, verdict: check(run.history, model, limits: scope.limits))
  }

  /// Goes a way again, step by step, a microsecond each.
  private mutating func replay(
    _ path: [ExhaustiveStep], _ failure: SimulationFailure?
  ) throws(HistoryBuilder.Refusal) -> SimulatedRun {
    var builder = makeBuilder()
    var trace: [TraceEvent] = []
    var time: Int64 = 0
    var row = start()
    var answered: Set<Int> = []
    // How many operations of each client nobody learned the outcome of.
    var lost: [Int: Int] = [:]
    func tell(_ kind: TraceEvent.Kind) {
      time += 1
      trace.append(TraceEvent(time: time, kind: kind))
    }
    func begin(_ operation: ScopeOperation) throws(HistoryBuilder.Refusal) {
      tell(.invoked(session: operation.client, operation.command))
      let process = process(operation.client, after: lost[operation.client] ?? 0)
      try builder.invoke(operation, as: process, of: scope.configuration, at: time)
      tell(.requested(session: operation.client, server: operation.server, operation.command))
    }
    func end(_ operation: ScopeOperation, _ reply: Reply) throws(HistoryBuilder.Refusal) {
      tell(.answered(session: operation.client, server: operation.server, reply))
      tell(.completed(session: operation.client, reply))
      let process = process(operation.client, after: lost[operation.client] ?? 0)
      try builder.complete(process, ObservedHistory.Result(reply), at: time)
    }
    let keys = finalReads.prefix(finalReads.count / servers).map(\.command.key)
    func tellStore(of server: Int, _ before: UInt32, _ after: UInt32) {
      for key in keys {
        let copy = locals.copy(of: key, in: after)
        guard let copy, copy.stamp != nil, copy != locals.copy(of: key, in: before) else { continue }
        tell(.stored(server: server, copy))
      }
    }
    for (number, step) in path.enumerated() {
      time = Int64(number + 1) * 1000
      switch step {
      case .invoke(let operation, _): try begin(operations[operation])
      case .deliver(let lane), .lose(let lane):
        let ends = locals.ends(of: lane)
        let message = lanes[row[column(ofLane: lane)]].first
        if let message, case .deliver = step {
          tell(.arrived(from: ends.from, to: ends.to, locals.inputs[message]))
        } else if let message {
          tell(.dropped(from: ends.from, to: ends.to, locals.inputs[message]))
        }
      case .duplicate(let lane):
        let ends = locals.ends(of: lane)
        if let message = lanes[row[column(ofLane: lane)]].first {
          tell(.arrived(from: ends.from, to: ends.to, locals.inputs[message]))
        }
      case .kill(let server, _):
        tell(.forgot(server: server))
        for operation in operations.indices where operations[operation].server == server {
          let done = progress[row[progressColumn]][operation]
          guard done != Progress.notBegun, !Progress.isDone(done) else { continue }
          let client = operations[operation].client
          tell(.expired(session: client))
          try builder.complete(process(client, after: lost[client] ?? 0), .unknown, at: time)
          lost[client, default: 0] += 1
        }
      case .endTurn, .tick: break
      }
      let before = row
      let replies = take(step, &row)
      for server in 0..<servers where row[server] != before[server] {
        tellStore(of: server, before[server], row[server])
      }
      for (operation, reply) in replies {
        if answered.insert(operation).inserted {
          try end(operations[operation], reply)
        } else {
          tell(.answered(session: operations[operation].client, server: operations[operation].server, reply))
        }
      }
      _ = note(replies, &row)
    }
    if failure == nil {
      for (number, operation) in finalReads.enumerated() {
        time = Int64(path.count + number + 1) * 1000
        try begin(operation)
        if let reply = read(number, &row) { try end(operation, reply) }
      }
    }
    builder.end(RunEnd(isClean: failure == nil, reason: failure?.description, events: 0))
    let clients = scope.configuration.clients
    return SimulatedRun(
      history: builder.history(wallClockOffset: Simulation.epoch), failure: failure,
      statistics: SimulationStatistics(), trace: trace, faults: [], loadEnd: Int64(path.count) * 1000,
      sessions: clients.map { SessionLane(stream: $0.number, server: $0.server, isFinal: false) }
        + (0..<servers).map { SessionLane(stream: 1 << 24 + $0, server: $0, isFinal: true) },
      lostWrites: [], clientSkews: [])
  }
}

extension Judgement {
  /// A run that a search came upon, which no seed leads to.
  init(run: SimulatedRun, configuration: ClusterConfiguration, verdict: Verdict) {
    seed = 0
    self.configuration = configuration
    history = run.history
    self.run = run
    self.verdict = verdict
  }
}
