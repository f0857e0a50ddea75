import Configuration
import Consistency
import History
import KeyValue
import Replication

/// Goes through all states that a scope can come to, breadth first, so that the first failure takes the fewest steps.
///
/// A state is a row of numbers: for each server its replica's state, which servers have a turn to end, for each lane what is
/// on the way, what the clients have done and seen so far, and how many messages were lost. Everything that is more
/// than a number is kept once and compared whole, never by its hash alone, so that no state is taken for another.
struct ExhaustiveSearch {
  let scope: ExhaustiveScope
  let operations: [ScopeOperation]
  /// The reads of the end: every key at every server.
  let finalReads: [ScopeOperation]
  let model: Model
  /// For each client the operations that are its own.
  let ranges: [Range<Int>]
  /// For each client one that does the same at the same server and begins no later.
  let twins: [Int?]
  let servers: Int

  var locals: LocalStates
  var lanes = Interner<[UInt32]>()
  var progress = Interner<[UInt64]>()
  var results = Interner<ObservedHistory.Result>()
  var table: StateTable
  var result = ExhaustiveResult()
  /// What the final reads find, by the states of the replicas; nil where one is not answered.
  var endings: [[UInt32]: [Value]?] = [:]
  private var requests: [UInt32] = []
  /// The number of the result that nobody knows; nil where no server is killed.
  private let unknown: UInt32?
  let turnEnd: UInt32
  let tick: UInt32
  /// The steps from state to state, as pairs of places.
  private var edges: [(from: UInt32, to: UInt32)] = []
  private var ends: [Int] = []

  init(_ scope: ExhaustiveScope) {
    self.scope = scope
    let configuration = scope.configuration
    let clients = configuration.clients
    servers = configuration.servers.count
    model = scope.model ?? configuration.level.model
    operations = clients.enumerated().flatMap { index, client in
      client.commands.map { ScopeOperation(client: index, server: client.server, command: $0) }
    }
    var first = 0
    ranges = clients.map { client in
      defer { first += client.commands.count }
      return first..<(first + client.commands.count)
    }
    twins = clients.indices.map { index in
      guard scope.usesSymmetry else { return nil }
      return clients[..<index].lastIndex {
        $0.server == clients[index].server && $0.commands == clients[index].commands
      }
    }
    result.interchangeable = twins.count { $0 != nil }
    var keys: [Key] = []
    for operation in operations where !keys.contains(operation.command.key) {
      keys.append(operation.command.key)
    }
    finalReads = configuration.servers.indices.flatMap { server in
      keys.map { ScopeOperation(client: clients.count + server, server: server, command: .read($0)) }
    }
    locals = LocalStates(servers: servers, hasCopies: scope.duplicates > 0, merges: scope.mergesReplicas)
    turnEnd = locals.inputs.number(of: .turnEnded)
    tick = locals.inputs.number(of: .tick)
    for (number, operation) in (operations + finalReads).enumerated() {
      requests.append(
        locals.inputs.number(of: .request(RequestID(UInt64(number)), operation.command)))
    }
    table = StateTable(width: Self.width(servers, lanes: locals.laneCount))
    unknown = scope.kills > 0 ? results.number(of: .unknown) : nil
  }

  // MARK: The columns of a row

  var turnColumn: Int { servers }
  var progressColumn: Int { servers + 1 }
  var lossColumn: Int { servers + 2 }
  var duplicateColumn: Int { servers + 3 }
  var killColumn: Int { servers + 4 }
  func column(ofLane lane: Int) -> Int { servers + 5 + lane }

  private static func width(_ servers: Int, lanes: Int) -> Int { servers + 5 + lanes }

  /// The state in which everything begins.
  mutating func start() -> [UInt32] {
    var row = Array(repeating: UInt32(0), count: Self.width(servers, lanes: locals.laneCount))
    for number in 0..<servers { row[number] = fresh(number, incarnation: scope.kills > 0 ? 1 : 0) }
    let empty = lanes.number(of: [])
    for lane in 0..<locals.laneCount { row[column(ofLane: lane)] = empty }
    row[progressColumn] = progress.number(of: Array(repeating: 0, count: operations.count))
    if scope.kills > 0 { introduce(&row) }
    return row
  }

  /// Has the servers learn that none of them was here before, in one order: only then does anything else begin.
  private mutating func introduce(_ row: inout [UInt32]) {
    for server in 0..<servers { row[turnColumn] |= 1 << UInt32(server) }
    var count = 0
    // Replicas that never come to know one another are left to the search, which finds them stuck.
    while count < 10_000,
      let next = steps(from: row).first(where: { step in
        switch step {
        case .deliver, .endTurn: true
        case .tick(let server): locals.standing(row[server]) != .member
        case .invoke, .lose, .duplicate, .kill: false
        }
      })
    {
      count += 1
      _ = take(next, &row)
    }
  }

  /// The state of a server's replica that has just been started.
  private mutating func fresh(_ server: Int, incarnation: UInt64, wasHere: Bool = false) -> UInt32 {
    let configuration = scope.configuration
    let replicationProtocol = configuration.replicationProtocol
    let start = ReplicaStart(
      id: ServerID(server), servers: servers, initial: configuration.initial, incarnation: incarnation,
      wasHere: wasHere, bounds: configuration.bounds)
    return locals.number(of: start, scope.makeReplica ?? { $0.replica(replicationProtocol) })
  }

  // MARK: The search

  mutating func run(_ isOver: (Int) -> Bool) throws(HistoryBuilder.Refusal) -> ExhaustiveResult {
    _ = table.insert(start(), from: 0, by: 0)
    var place = 0
    // The first place of the next depth.
    var nextDepth = 1
    while place < table.count, result.failure == nil {
      if place == nextDepth {
        result.depth += 1
        nextDepth = table.count
      }
      if table.count > scope.statesMax || place % 1024 == 0 && isOver(table.count) { break }
      try expand(place)
      place += 1
    }
    result.states = table.count
    result.isExhausted = result.failure == nil && place == table.count
    if result.isExhausted, let doomed = firstDoomed() {
      try fail(doomed, .stuck("the servers came to no end, whatever happened next"))
    }
    return result
  }

  private mutating func expand(_ place: Int) throws(HistoryBuilder.Refusal) {
    let row = table.row(place)
    let steps = steps(from: row)
    // A server may be killed at any time, and need not be.
    let isEnd = steps.allSatisfy { if case .kill = $0 { true } else { false } }
    if isEnd {
      let done = progress[row[progressColumn]]
      guard done.allSatisfy(Progress.isDone) else {
        return try fail(place, .stuck("an operation was not answered"))
      }
      ends.append(place)
      try judge(place, row)
      guard result.failure == nil else { return }
    }
    for step in steps {
      result.transitions += 1
      var next = row
      let replies = take(step, &next)
      if let server = note(replies, &next) {
        _ = table.insert(next, from: place, by: step.code)
        return try fail(place, .answeredTwice(server: server), after: step)
      }
      let reached = table.insert(next, from: place, by: step.code).place
      edges.append((UInt32(place), UInt32(reached)))
    }
  }

  /// The first state from which no end can be reached.
  private func firstDoomed() -> Int? {
    var starts = Array(repeating: 0, count: table.count + 1)
    for edge in edges { starts[Int(edge.to) + 1] += 1 }
    for place in 0..<table.count { starts[place + 1] += starts[place] }
    var sources = Array(repeating: UInt32(0), count: edges.count)
    var filled = starts
    for edge in edges {
      sources[filled[Int(edge.to)]] = edge.from
      filled[Int(edge.to)] += 1
    }
    var comesToAnEnd = Array(repeating: false, count: table.count)
    var waiting = ends
    for end in ends { comesToAnEnd[end] = true }
    while let place = waiting.popLast() {
      for source in sources[starts[place]..<starts[place + 1]] where !comesToAnEnd[Int(source)] {
        comesToAnEnd[Int(source)] = true
        waiting.append(Int(source))
      }
    }
    return comesToAnEnd.firstIndex(of: false)
  }

  // MARK: Steps

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
