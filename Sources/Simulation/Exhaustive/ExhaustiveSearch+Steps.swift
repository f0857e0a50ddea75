import Configuration
import Consistency
import History
import KeyValue
import Replication

/// The steps that lead from a state to others.
extension ExhaustiveSearch {
  /// All that can happen next.
  func steps(from row: [UInt32]) -> [ExhaustiveStep] {
    var steps: [ExhaustiveStep] = []
    let done = progress[row[progressColumn]]
    for client in ranges.indices {
      guard let next = ranges[client].first(where: { !Progress.isDone(done[$0]) }),
        done[next] == Progress.notBegun, locals.standing(row[operations[next].server]) == .member
      else { continue }
      if next == ranges[client].lowerBound, let twin = twins[client],
        done[ranges[twin].lowerBound] == Progress.notBegun
      {
        continue
      }
      steps.append(.invoke(operation: next, isLate: false))
      // Only what a write is stamped with can depend on the wall clock.
      if case .read = operations[next].command { continue }
      steps.append(.invoke(operation: next, isLate: true))
    }
    var isQuiet = true
    for server in 0..<servers where row[turnColumn] >> UInt32(server) & 1 == 1 {
      steps.append(.endTurn(server: server))
      isQuiet = false
    }
    for lane in 0..<locals.laneCount where !lanes[row[column(ofLane: lane)]].isEmpty {
      steps.append(.deliver(lane: lane))
      // A copy that is lost is as good as none.
      if row[lossColumn] < scope.losses, !locals.isOfCopies(lane) { steps.append(.lose(lane: lane)) }
      if row[duplicateColumn] < scope.duplicates { steps.append(.duplicate(lane: lane)) }
      isQuiet = false
    }
    if row[killColumn] < scope.kills {
      for server in 0..<servers where isMemoryKept(without: server, row) {
        steps.append(.kill(server: server, isTold: false))
        steps.append(.kill(server: server, isTold: true))
      }
    }
    if isQuiet {
      for server in 0..<servers where locals.isWaiting(row[server]) { steps.append(.tick(server: server)) }
    }
    return steps
  }

  /// Whether another server keeps its memory when this one is killed.
  private func isMemoryKept(without server: Int, _ row: [UInt32]) -> Bool {
    (0..<servers).contains { $0 != server && locals.standing(row[$0]) == .member }
  }

  /// Kills a server and starts it anew: what was on the way to it is lost, and what it was asked nobody will learn.
  private mutating func kill(_ server: Int, isTold: Bool, _ row: inout [UInt32]) {
    row[killColumn] += 1
    row[server] = fresh(server, incarnation: UInt64(row[killColumn]) + 1, wasHere: isTold)
    let empty = lanes.number(of: [])
    for lane in 0..<locals.laneCount where locals.ends(of: lane).to == server {
      row[column(ofLane: lane)] = empty
    }
    row[turnColumn] |= 1 << UInt32(server)
    guard let unknown else { return }
    var done = progress[row[progressColumn]]
    for operation in operations.indices where operations[operation].server == server {
      guard done[operation] != Progress.notBegun, !Progress.isDone(done[operation]) else { continue }
      done[operation] = Progress.done(done[operation], unknown)
    }
    row[progressColumn] = progress.number(of: done)
  }

  /// Takes a step.
  ///
  /// - Returns: what a server answers.
  mutating func take(
    _ step: ExhaustiveStep, _ row: inout [UInt32]
  ) -> [(operation: Int, reply: Reply)] {
    switch step {
    case .invoke(let operation, let isLate):
      let done = progress[row[progressColumn]]
      var next = done
      let earlier = model == .sequential ? 0 : Progress.ended(done, unknown: unknown)
      next[operation] = Progress.begun(earlier: earlier)
      row[progressColumn] = progress.number(of: next)
      return enter(requests[operation], operations[operation].server, isLate: isLate, &row)
    case .endTurn(let server): return enter(turnEnd, server, &row)
    case .tick(let server): return enter(tick, server, &row)
    case .deliver(let lane):
      return enter(takeFirst(of: lane, &row), locals.ends(of: lane).to, &row)
    case .lose(let lane):
      _ = takeFirst(of: lane, &row)
      row[lossColumn] += 1
      return []
    case .duplicate(let lane):
      row[duplicateColumn] += 1
      let message = takeFirst(of: lane, &row)
      if let copies = locals.copies(of: lane) {
        row[column(ofLane: copies)] = lanes.number(of: lanes[row[column(ofLane: copies)]] + [message])
      }
      return enter(message, locals.ends(of: lane).to, &row)
    case .kill(let server, let isTold):
      kill(server, isTold: isTold, &row)
      return []
    }
  }

  private mutating func takeFirst(of lane: Int, _ row: inout [UInt32]) -> UInt32 {
    let messages = lanes[row[column(ofLane: lane)]]
    row[column(ofLane: lane)] = lanes.number(of: Array(messages.dropFirst()))
    return messages[0]
  }

  /// Hands an input to a server.
  private mutating func enter(
    _ input: UInt32, _ server: Int, isLate: Bool = false, _ row: inout [UInt32]
  ) -> [(operation: Int, reply: Reply)] {
    let transition = locals.transition(server, from: row[server], on: input, isLate: isLate)
    row[server] = transition.next
    for (lane, message) in transition.sent {
      row[column(ofLane: lane)] = lanes.number(of: lanes[row[column(ofLane: lane)]] + [message])
    }
    row[turnColumn] &= ~(1 << UInt32(server))
    guard input != turnEnd else { return transition.replies }
    // A turn whose end would change nothing has as good as ended: what comes next opens another.
    let end = locals.transition(server, from: transition.next, on: turnEnd)
    let changes = end.next != transition.next || !end.sent.isEmpty || !end.replies.isEmpty
    if changes { row[turnColumn] |= 1 << UInt32(server) }
    return transition.replies
  }

  /// Has clients take note of their answers.
  ///
  /// - Returns: the server that answered what had been answered; nil where none did.
  mutating func note(
    _ replies: [(operation: Int, reply: Reply)], _ row: inout [UInt32]
  ) -> Int? {
    guard !replies.isEmpty else { return nil }
    var done = progress[row[progressColumn]]
    for (operation, reply) in replies {
      guard !Progress.isDone(done[operation]) else { return operations[operation].server }
      done[operation] = Progress.done(done[operation], results.number(of: ObservedHistory.Result(reply)))
    }
    row[progressColumn] = progress.number(of: done)
    return nil
  }

  /// Makes a final read, once nothing is on the way, and lets the servers come to rest again.
  ///
  /// - Returns: what it finds; nil if it is not answered.
  mutating func read(_ number: Int, _ row: inout [UInt32]) -> Reply? {
    let operation = operations.count + number
    var answer: Reply?
    var replies = enter(requests[operation], finalReads[number].server, &row)
    var ticks = 0
    while true {
      answer = replies.last { $0.operation == operation }?.reply ?? answer
      let next = steps(from: row).first { step in
        switch step {
        case .deliver, .endTurn: true
        case .tick: answer == nil && ticks < 16 * servers
        case .invoke, .lose, .duplicate, .kill: false
        }
      }
      guard let next else { return answer }
      if case .tick = next { ticks += 1 }
      replies = take(next, &row)
    }
  }
}
