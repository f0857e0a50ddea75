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
  var requests: [UInt32] = []
  /// The number of the result that nobody knows; nil where no server is killed.
  let unknown: UInt32?
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
  mutating func fresh(_ server: Int, incarnation: UInt64, wasHere: Bool = false) -> UInt32 {
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
}
