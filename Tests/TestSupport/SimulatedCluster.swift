import HeapModule
public import History
public import KeyValue
public import Replication

/// A cluster of replicas, its clients and its network in one thread and in virtual time, driven by one seed.
///
/// The replicas are the ones that `kvserver` runs. The network delays each message by a random time, keeps the order on
/// each link and mixes it between links, and loses as many messages between replicas as it is told to. Broadcasts and
/// what is sent to one replica travel on links of their own, so that either may overtake the other. Each client is
/// bound to one replica and does one operation at a time. Servers may be killed and started anew with nothing but their
/// number; what they had sent stays on its way, and what was sent to them reaches whoever is there then. When all clients have finished, every replica waits until it
/// has everything and every key is read from every replica.
public struct SimulatedCluster {
  /// What a run is made of.
  public struct Conditions: Sendable {
    /// The number of replicas.
    public var servers = 3
    /// The number of clients; client c is bound to replica c modulo the number of replicas.
    public var clients = 3
    /// The number of operations of each client.
    public var operations = 4
    /// The keys.
    public var keys: [Key] = ["a", "b"]
    /// How many operations of a hundred are reads.
    public var readPercent = 50
    /// How many operations of a hundred, of those that are no reads, compare and set.
    public var comparePercent = 0
    /// How many messages between replicas of a hundred are lost.
    public var lossPercent = 0
    /// How often a server is killed, and started anew after a while, as long as another one has its memory.
    public var crashes = 0
    /// The longest time that a killed server is away, in microseconds.
    public var absenceMax: UInt64 = 3000
    /// The longest delay of a message, in microseconds.
    public var delayMax: UInt64 = 300
    /// The longest time that a client waits between operations, in microseconds.
    public var pauseMax: UInt64 = 200
    /// How many microseconds pass before a replica's wall clock shows another time: equal times are likely when it is
    /// large.
    public var clockGranularity: UInt64 = 1000

    /// Conditions that every run can stand.
    public init() {}

    /// Conditions drawn from a seed: 1 to 7 replicas, few or many clients, quiet or lossy links.
    ///
    /// - Parameters:
    ///   - ordersWrites: whether the replicas can compare and set.
    ///   - hasCrashes: whether servers are killed and started anew.
    public init(seed: UInt64, ordersWrites: Bool = false, hasCrashes: Bool = false) {
      var random = SplitMix64(seed: seed)
      servers = Int.random(in: 1...7, using: &random)
      clients = Int.random(in: 1...5, using: &random)
      operations = Int.random(in: 1...5, using: &random)
      keys = Array(["a", "b", "c"].prefix(Int.random(in: 1...3, using: &random)))
      readPercent = [20, 50, 80].randomElement(using: &random) ?? 50
      lossPercent = [0, 0, 5, 30].randomElement(using: &random) ?? 0
      delayMax = [10, 300, 3000].randomElement(using: &random) ?? 300
      pauseMax = [1, 200, 2000].randomElement(using: &random) ?? 200
      clockGranularity = [1, 1000, 1_000_000].randomElement(using: &random) ?? 1
      if ordersWrites { comparePercent = [0, 30, 80].randomElement(using: &random) ?? 0 }
      guard hasCrashes else { return }
      servers = Int.random(in: 2...5, using: &random)
      operations = Int.random(in: 2...8, using: &random)
      crashes = Int.random(in: 1...6, using: &random)
      absenceMax = [1, 300, 5000].randomElement(using: &random) ?? 300
    }
  }

  /// What a run left behind.
  public struct Run: Sendable {
    /// What the clients saw, final reads included.
    public let history: History
    /// Whether every client finished and every replica received everything. When false the replicas got stuck.
    public let isComplete: Bool
  }

  /// A start of a server.
  public struct Start: Sendable {
    /// Which server.
    public let id: ServerID
    /// Which start of it, from 1.
    public let incarnation: UInt64
    /// Whether the server is told that it was here before.
    public let wasHere: Bool
  }

  private enum Event {
    case input(Input, ServerID)
    case reply(Reply, RequestID)
    case giveUp(RequestID)
    case crash
    case start(ServerID)
    case wake(client: Int)
    case tick(ServerID)
    case endTurn(ServerID)
  }

  private struct Scheduled: Comparable {
    let time: UInt64
    let order: Int
    let event: Event
    static func < (left: Scheduled, right: Scheduled) -> Bool {
      (left.time, left.order) < (right.time, right.order)
    }
    static func == (left: Scheduled, right: Scheduled) -> Bool { left.order == right.order }
  }

  private struct Client {
    let server: ServerID
    var remaining: [Command]
    var process: Int
    var isFinal = false
  }

  private let conditions: Conditions
  private var random: SplitMix64
  private let makeReplica: (Start) -> any Replica
  /// nil for a server that was killed.
  private var replicas: [(any Replica)?]
  private var incarnations: [UInt64]
  /// Requests at a server that does not serve yet.
  private var held: [[Input]]
  /// The clients that wait for an answer.
  private var asking: [RequestID: Int] = [:]
  private var lastRequest: UInt64 = 0
  private var barriers: Set<RequestID> = []
  private var lastProcess = 0
  private var clients: [Client] = []
  private var agenda: Heap<Scheduled> = []
  private var order = 0
  private var time: UInt64 = 0
  private var isTurnOpen: [Bool]
  private var skew: [UInt64]
  private struct Link: Hashable {
    let sender: ServerID
    let receiver: ServerID
    let isBroadcast: Bool
    /// Another start of a server is another connection: what came before may come after.
    let incarnations: [UInt64]
  }
  /// When the last message on each link arrives.
  private var lastArrival: [Link: UInt64] = [:]
  private var busyClients = 0
  /// Until the clients have finished.
  private var mayCrash = true
  private var builder: HistoryBuilder

  /// Runs a cluster to its end.
  ///
  /// - Parameter makeReplica: makes the replica of that number.
  public static func run(
    seed: UInt64, conditions: Conditions, makeReplica: (ServerID) -> any Replica
  ) throws -> Run {
    try withoutActuallyEscaping(makeReplica) { makeReplica in
      try run(seed: seed, conditions: conditions, start: { makeReplica($0.id) })
    }
  }

  /// Runs a cluster to its end.
  ///
  /// - Parameter start: makes the replica for a start of a server.
  public static func run(
    seed: UInt64, conditions: Conditions, start: (Start) -> any Replica
  ) throws -> Run {
    try withoutActuallyEscaping(start) { start in
      var cluster = SimulatedCluster(seed: seed, conditions: conditions, makeReplica: start)
      return try cluster.run()
    }
  }

  private init(seed: UInt64, conditions: Conditions, makeReplica: @escaping (Start) -> any Replica) {
    self.conditions = conditions
    self.makeReplica = makeReplica
    random = SplitMix64(seed: seed)
    replicas = (0..<conditions.servers).map {
      makeReplica(Start(id: ServerID($0), incarnation: 1, wasHere: false))
    }
    incarnations = Array(repeating: 1, count: conditions.servers)
    held = Array(repeating: [], count: conditions.servers)
    lastProcess = conditions.clients - 1
    isTurnOpen = Array(repeating: false, count: conditions.servers)
    skew = []
    let run = RunDescription(name: "simulation", servers: conditions.servers, seed: seed, host: "simulation")
    builder = HistoryBuilder(run: run, clock: .monotonic)
    for _ in 0..<conditions.servers { skew.append(UInt64.random(in: 0...1000, using: &random)) }
    for number in 0..<conditions.clients {
      clients.append(
        Client(
          server: ServerID(number % conditions.servers),
          remaining: (0..<conditions.operations).map { sequence in
            let key = conditions.keys.randomElement(using: &random) ?? "a"
            let isRead = Int.random(in: 0..<100, using: &random) < conditions.readPercent
            if isRead { return .read(key) }
            let new = Self.value(of: number, sequence)
            guard Int.random(in: 0..<100, using: &random) < conditions.comparePercent else {
              return .write(key, new)
            }
            let expected =
              Bool.random(using: &random)
              ? .null
              : Self.value(
                of: Int.random(in: 0..<conditions.clients, using: &random),
                Int.random(in: 0..<conditions.operations, using: &random))
            return .compareAndSet(key, expected: expected, new: new)
          }, process: number))
    }
  }

  private static func value(of client: Int, _ sequence: Int) -> Value {
    .integer(Int64(client * 1000 + sequence + 1))
  }

  private mutating func run() throws -> Run {
    for server in replicas.indices {
      schedule(.tick(ServerID(server)), in: 1000)
      endTurnSoon(ServerID(server))
    }
    for _ in 0..<conditions.crashes {
      schedule(.crash, in: UInt64.random(in: 0...20_000, using: &random))
    }
    for client in clients.indices { pauseThenWake(client) }
    busyClients = clients.count
    guard try pass({ $0.busyClients == 0 }) else { return finish(isComplete: false) }
    mayCrash = false

    guard try pass({ $0.replicas.allSatisfy { $0?.standing == .member } }) else {
      return finish(isComplete: false)
    }
    let target = replicas.map { $0?.position ?? 0 }
    for server in replicas.indices {
      lastRequest += 1
      let request = RequestID(lastRequest)
      barriers.insert(request)
      schedule(.input(.barrier(request, target), ServerID(server)), in: 1)
    }
    guard try pass({ $0.barriers.isEmpty }) else { return finish(isComplete: false) }

    for server in replicas.indices {
      clients.append(
        Client(
          server: ServerID(server), remaining: conditions.keys.map { .read($0) }, process: clients.count,
          isFinal: true))
      lastProcess += 1
      clients[clients.count - 1].process = lastProcess
      busyClients += 1
      pauseThenWake(clients.count - 1)
    }
    let isComplete = try pass { $0.busyClients == 0 }
    return finish(isComplete: isComplete)
  }

  private func finish(isComplete: Bool) -> Run {
    Run(history: builder.history(), isComplete: isComplete)
  }

  /// Lets events happen until a condition holds. False when it does not within a bounded number of events.
  private mutating func pass(_ isDone: (SimulatedCluster) -> Bool) throws -> Bool {
    for _ in 0..<100_000 {
      if isDone(self) { return true }
      guard let next = agenda.popMin() else { return false }
      time = next.time
      try happen(next.event)
    }
    return false
  }

  private mutating func schedule(_ event: Event, in delay: UInt64) {
    schedule(event, at: time + delay)
  }

  private mutating func schedule(_ event: Event, at time: UInt64) {
    order += 1
    agenda.insert(Scheduled(time: time, order: order, event: event))
  }

  private mutating func delay() -> UInt64 {
    UInt64.random(in: 1...conditions.delayMax, using: &random)
  }

  private mutating func pauseThenWake(_ client: Int) {
    schedule(.wake(client: client), in: UInt64.random(in: 0...conditions.pauseMax, using: &random))
  }

  private mutating func happen(_ event: Event) throws {
    switch event {
    case .input(let input, let server):
      if case .request = input, replicas[server.number]?.standing != .member {
        // A server reads what clients ask only once it serves them.
        if replicas[server.number] != nil { held[server.number].append(input) }
        return
      }
      handle(input, at: server)
      endTurnSoon(server)
    case .endTurn(let server):
      isTurnOpen[server.number] = false
      handle(.turnEnded, at: server)
    case .tick(let server):
      if replicas[server.number]?.isWaiting == true {
        handle(.tick, at: server)
        endTurnSoon(server)
      }
      schedule(.tick(server), in: 1000)
    case .crash:
      crash()
    case .start(let server):
      start(server)
    case .wake(let client):
      try invoke(client)
    case .reply(let reply, let request):
      if let client = asking.removeValue(forKey: request) { try complete(client, reply) }
    case .giveUp(let request):
      guard let client = asking.removeValue(forKey: request) else { return }
      try builder.complete(ProcessID(Int32(clients[client].process)), .unknown, at: nanoseconds)
      lastProcess += 1
      clients[client].process = lastProcess
      pauseThenWake(client)
    }
  }

  private mutating func endTurnSoon(_ server: ServerID) {
    guard !isTurnOpen[server.number] else { return }
    isTurnOpen[server.number] = true
    schedule(.endTurn(server), in: UInt64.random(in: 0...5, using: &random))
  }

  /// Kills a server, unless no other one has its memory, or everything is over.
  private mutating func crash() {
    let members = replicas.indices.filter { replicas[$0]?.standing == .member }
    let victims = replicas.indices.filter { victim in
      replicas[victim] != nil && members.contains { $0 != victim }
    }
    guard mayCrash, let victim = victims.randomElement(using: &random) else { return }
    replicas[victim] = nil
    held[victim] = []
    schedule(.start(ServerID(victim)), in: UInt64.random(in: 1...conditions.absenceMax, using: &random))
  }

  private mutating func start(_ server: ServerID) {
    incarnations[server.number] += 1
    let isTold = Bool.random(using: &random)
    replicas[server.number] = makeReplica(
      Start(id: server, incarnation: incarnations[server.number], wasHere: isTold))
    endTurnSoon(server)
    for peer in replicas.indices where peer != server.number {
      schedule(.input(.peerJoined, ServerID(peer)), in: delay())
      schedule(.input(.peerJoined, server), in: delay())
    }
  }

  private mutating func handle(_ input: Input, at server: ServerID) {
    var outputs: [Output] = []
    let now = (time + skew[server.number]) / conditions.clockGranularity
    replicas[server.number]?.handle(input, now: now, &outputs)
    for output in outputs {
      switch output {
      case .reply(let request, let reply):
        if barriers.contains(request) {
          if reply == .reached { barriers.remove(request) }
        } else {
          schedule(.reply(reply, request), in: delay())
        }
      case .broadcast(let packet): broadcast(.packet(packet), from: server)
      case .send(let packet, let peer): send(.packet(packet), from: server, to: peer)
      case .fetch(let fetch, let peer): send(.fetch(fetch), from: server, to: peer)
      case .membership(let message, let peer?): send(.membership(message), from: server, to: peer)
      case .membership(let message, nil): broadcast(.membership(message), from: server)
      }
    }
    guard replicas[server.number]?.standing == .member, !held[server.number].isEmpty else { return }
    let waiting = held[server.number]
    held[server.number] = []
    for input in waiting { schedule(.input(input, server), in: 0) }
  }

  private mutating func broadcast(_ input: Input, from server: ServerID) {
    for peer in replicas.indices where peer != server.number {
      send(input, from: server, to: ServerID(peer), isBroadcast: true)
    }
  }

  private mutating func send(
    _ input: Input, from sender: ServerID, to receiver: ServerID, isBroadcast: Bool = false
  ) {
    send(
      input,
      on: Link(
        sender: sender, receiver: receiver, isBroadcast: isBroadcast,
        incarnations: [incarnations[sender.number], incarnations[receiver.number]]))
  }

  private mutating func send(_ input: Input, on link: Link) {
    if Int.random(in: 0..<100, using: &random) < conditions.lossPercent { return }
    let arrival = max(time + delay(), lastArrival[link, default: 0])
    lastArrival[link] = arrival
    schedule(.input(input, link.receiver), at: arrival)
  }

  private var nanoseconds: Int64 { Int64(time) * 1000 }

  private mutating func invoke(_ number: Int) throws {
    guard !clients[number].remaining.isEmpty else {
      busyClients -= 1
      return
    }
    let command = clients[number].remaining.removeFirst()
    let client = clients[number]
    let process = ProcessID(Int32(client.process))
    lastRequest += 1
    let request = RequestID(lastRequest)
    asking[request] = number
    let server = Int32(client.server.number)
    switch command {
    case .read(let key):
      try builder.invoke(
        .read, process: process, key: key, at: nanoseconds, server: server, isFinal: client.isFinal)
    case .write(let key, let value):
      try builder.invoke(.write, process: process, key: key, value: value, at: nanoseconds, server: server)
    case .compareAndSet(let key, let expected, let new):
      try builder.invoke(
        .compareAndSet, process: process, key: key, value: new, expected: expected, at: nanoseconds,
        server: server)
    }
    schedule(.input(.request(request, command), client.server), in: delay())
    if conditions.crashes > 0, !client.isFinal {
      schedule(.giveUp(request), in: UInt64.random(in: 3000...40_000, using: &random))
    }
  }

  private mutating func complete(_ number: Int, _ reply: Reply) throws {
    let process = ProcessID(Int32(clients[number].process))
    switch reply {
    case .value(let value, _): try builder.complete(process, .ok, result: value, at: nanoseconds)
    case .mismatch(let found, _):
      try builder.complete(process, .ok, result: found, isMismatch: true, at: nanoseconds)
    case .written: try builder.complete(process, .ok, at: nanoseconds)
    case .refused: try builder.complete(process, .fail, at: nanoseconds)
    case .reached: break
    }
    pauseThenWake(number)
  }
}
