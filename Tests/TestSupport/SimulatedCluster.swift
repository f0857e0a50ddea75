import HeapModule
public import History
public import KeyValue
public import Replication

/// A cluster of replicas, its clients and its network in one thread and in virtual time, driven by one seed.
///
/// The replicas are the ones that `kvserver` runs. The network delays each message by a random time, keeps the order on
/// each link and mixes it between links, and loses as many messages between replicas as it is told to. Broadcasts and
/// what is sent to one replica travel on links of their own, so that either may overtake the other. Each client is
/// bound to one replica and does one operation at a time. When all clients have finished, every replica waits until it
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
    /// - Parameter ordersWrites: whether the replicas can compare and set.
    public init(seed: UInt64, ordersWrites: Bool = false) {
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
    }
  }

  /// What a run left behind.
  public struct Run: Sendable {
    /// What the clients saw, final reads included.
    public let history: History
    /// Whether every client finished and every replica received everything. When false the replicas got stuck.
    public let isComplete: Bool
  }

  private enum Event {
    case input(Input, ServerID)
    case reply(Reply, client: Int)
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
    var current: Command?
    var isFinal = false
  }

  private let conditions: Conditions
  private var random: SplitMix64
  private var replicas: [any Replica]
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
  }
  /// When the last message on each link arrives.
  private var lastArrival: [Link: UInt64] = [:]
  private var barriersReached = 0
  private var busyClients = 0
  private var builder: HistoryBuilder

  /// Runs a cluster to its end.
  ///
  /// - Parameter makeReplica: makes the replica of that number.
  public static func run(
    seed: UInt64, conditions: Conditions, makeReplica: (ServerID) -> any Replica
  ) throws -> Run {
    var cluster = SimulatedCluster(seed: seed, conditions: conditions, makeReplica: makeReplica)
    return try cluster.run()
  }

  private init(seed: UInt64, conditions: Conditions, makeReplica: (ServerID) -> any Replica) {
    self.conditions = conditions
    random = SplitMix64(seed: seed)
    replicas = (0..<conditions.servers).map { makeReplica(ServerID($0)) }
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
          }))
    }
  }

  private static func value(of client: Int, _ sequence: Int) -> Value {
    .integer(Int64(client * 1000 + sequence + 1))
  }

  private mutating func run() throws -> Run {
    for server in replicas.indices { schedule(.tick(ServerID(server)), in: 1000) }
    for client in clients.indices { pauseThenWake(client) }
    busyClients = clients.count
    guard try pass({ $0.busyClients == 0 }) else { return finish(isComplete: false) }

    let target = replicas.map(\.position)
    for server in replicas.indices {
      let request = RequestID(UInt64(1_000_000 + server))
      schedule(.input(.barrier(request, target), ServerID(server)), in: 1)
    }
    guard try pass({ $0.barriersReached == $0.replicas.count }) else { return finish(isComplete: false) }

    for server in replicas.indices {
      clients.append(
        Client(server: ServerID(server), remaining: conditions.keys.map { .read($0) }, isFinal: true))
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
      handle(input, at: server)
      if !isTurnOpen[server.number] {
        isTurnOpen[server.number] = true
        schedule(.endTurn(server), in: UInt64.random(in: 0...5, using: &random))
      }
    case .endTurn(let server):
      isTurnOpen[server.number] = false
      handle(.turnEnded, at: server)
    case .tick(let server):
      if replicas[server.number].isWaiting { handle(.tick, at: server) }
      schedule(.tick(server), in: 1000)
    case .wake(let client):
      try invoke(client)
    case .reply(let reply, let client):
      try complete(client, reply)
    }
  }

  private mutating func handle(_ input: Input, at server: ServerID) {
    var outputs: [Output] = []
    let now = (time + skew[server.number]) / conditions.clockGranularity
    replicas[server.number].handle(input, now: now, &outputs)
    for output in outputs {
      switch output {
      case .reply(let request, let reply):
        if request.number >= 1_000_000 {
          if reply == .reached { barriersReached += 1 }
        } else {
          schedule(.reply(reply, client: Int(request.number)), in: delay())
        }
      case .broadcast(let packet):
        for peer in replicas.indices where peer != server.number {
          send(.packet(packet), on: Link(sender: server, receiver: ServerID(peer), isBroadcast: true))
        }
      case .send(let packet, let peer):
        send(.packet(packet), on: Link(sender: server, receiver: peer, isBroadcast: false))
      case .fetch(let fetch, let peer):
        send(.fetch(fetch), on: Link(sender: server, receiver: peer, isBroadcast: false))
      }
    }
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
    clients[number].current = command
    let process = ProcessID(Int32(number))
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
    schedule(.input(.request(RequestID(UInt64(number)), command), client.server), in: delay())
  }

  private mutating func complete(_ number: Int, _ reply: Reply) throws {
    let process = ProcessID(Int32(number))
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
