public import Configuration
public import History
import KeyValue
import Replication

/// A whole cluster in one process, one thread and virtual time: replicas, clients, network, clocks and faults, driven by
/// one seed.
///
/// The replicas are those that `kvserver` runs. Everything else is a function of the configuration and the seed: there is
/// no wall clock, no other thread, and nothing goes through a dictionary in its order. Each message's fate is drawn from the
/// seed, its link and its number on the link, so that leaving something out of a run changes little elsewhere.
///
/// A run has three parts. Under load, sessions do their operations while faults come and go. Then all faults end; when no
/// request is on the way any more, every server is asked how many updates it has broadcast and waits until it has
/// applied all of everyone's. Then every key is read from every server, and the servers must come to rest.
public struct Simulation {
  /// Nanoseconds since 1970 at which every run begins: 2024-01-01.
  public static let epoch: Int64 = 1_704_067_200_000_000_000
  /// How much virtual time the servers get to settle after the load, in ticks.
  private static let settlingTicks = 4000

  enum Part {
    case load, draining, settling, reading, resting, over
  }

  let configuration: ClusterConfiguration
  let seed: UInt64
  let pace: Pace
  let timeout: Int64
  let loadMax: Int64

  var time: Int64 = 0
  var agenda = Agenda()
  var servers: [SimulatedServer]
  var links: [Link]
  var inputs = Slab<Input>()
  var replies = Slab<(reply: Reply, attempt: UInt64)>()
  var sessions: [Session] = []
  /// Where the operations of sessions of a workload come from.
  var generators: [WorkloadGenerator] = []
  var builder: HistoryBuilder
  var statistics = SimulationStatistics()
  var failure: SimulationFailure?
  var trace: [TraceEvent] = []
  let isTraced: Bool
  /// Whether what servers hold is traced, too.
  let showsStores: Bool

  var part = Part.load
  /// How many sessions have not finished.
  var busySessions = 0
  /// How many requests of clients are on the way to a server, or held by one that stands still.
  var requestsOnTheWay = 0
  var barriersReached = 0
  var ticksSinceLoad = 0
  var loadEnd: Int64 = 0
  /// The time of the last event of a client. Each has a time of its own, so that nothing is left open by equal times.
  var lastClientTime: Int64 = -1

  var plan: FaultPlan
  /// The fault that begins next.
  var nextFault: FaultOccurrence?
  var faults: [FaultOccurrence] = []
  var faultsInForce: [Int] = []
  /// What was added to clients' wall clocks, and when.
  var clientSkews: [(time: Int64, client: Int32, skew: Int64)] = []

  /// The ids of the workload's keys, where they have one already.
  var workloadKeys: [KeyID?]
  /// Whether a server may be killed, so that replicas must find their way back.
  let losesMemory: Bool
  /// Whether an answered write may be lost with its server.
  let mayForget: Bool
  let makeReplica: ReplicaFactory
  /// The operations of requests, the answered writes of each server, those lost with it, and those that clients learned
  /// of; kept only where a write may be lost.
  var operations: [RequestID: OperationID] = [:]
  var answeredWrites: [[AnsweredWrite]]
  var lostWrites: Set<OperationID> = []
  var learnedWrites: [(operation: OperationID, stamp: Stamp, key: KeyID)] = []
  /// For each key the greatest stamp of an acknowledged write.
  var acknowledged: [Stamp?] = []
  /// For each key what the first server ended with.
  var ending: [(value: Value, stamp: Stamp?)?] = []
  /// What a replica puts out at once: kept for its room.
  var outputs: [Output] = []

  /// Runs a configuration to its end.
  ///
  /// - Parameters:
  ///   - seed: where random choices come from; nil for what the configuration says.
  ///   - isTraced: whether to keep what happened, message for message.
  ///   - showsStores: whether to keep also when servers' copies of keys change, where it is traced at all.
  ///   - makeReplica: makes the replicas; nil for those of the configuration's protocol.
  /// - Throws: what the history refuses, which would be a fault of this module.
  /// - Complexity: n log n in the events. A bounded number of them happens after the load.
  public static func run(
    _ configuration: ClusterConfiguration, seed: UInt64? = nil, isTraced: Bool = false,
    showsStores: Bool = false, makeReplica: ReplicaFactory? = nil
  ) throws(HistoryBuilder.Refusal) -> SimulatedRun {
    var simulation = Simulation(
      configuration, seed: seed, isTraced: isTraced, showsStores: isTraced && showsStores,
      makeReplica: makeReplica)
    return try simulation.run()
  }

  private init(
    _ configuration: ClusterConfiguration, seed: UInt64?, isTraced: Bool, showsStores: Bool,
    makeReplica: ReplicaFactory?
  ) {
    let settings = configuration.simulation ?? SimulationSettings()
    let seed = seed ?? settings.seed
    let count = configuration.servers.count
    self.configuration = configuration
    self.seed = seed
    pace = Pace(settings)
    self.isTraced = isTraced
    self.showsStores = showsStores
    timeout = (settings.timeout ?? configuration.workload?.timeout ?? Workload().timeout).nanoseconds
    loadMax =
      if case .duration(let duration) = configuration.workload?.length { duration.nanoseconds } else { .max }
    let replicationProtocol = configuration.replicationProtocol
    let makeReplica = makeReplica ?? { $0.replica(replicationProtocol) }
    let losesMemory = configuration.faults?.killsServers ?? false
    self.makeReplica = makeReplica
    self.losesMemory = losesMemory
    mayForget = losesMemory && !replicationProtocol.ordersWrites
    answeredWrites = Array(repeating: [], count: count)
    servers = (0..<count).map { number in
      SimulatedServer(
        replica: makeReplica(
          ReplicaStart(
            id: ServerID(number), servers: count, initial: configuration.initial,
            incarnation: losesMemory ? 1 : 0, wasHere: false, bounds: configuration.bounds)))
    }
    links = Array(repeating: Link(), count: count * count)
    plan = FaultPlan(configuration.faults ?? FaultSchedule(), servers: count, seed: seed)
    workloadKeys = Array(repeating: nil, count: configuration.workload?.keys ?? 0)
    builder = HistoryBuilder(
      run: RunDescription(
        name: configuration.name, level: configuration.level.rawValue,
        replicationProtocol: configuration.replicationProtocol.rawValue, servers: count, seed: seed,
        host: "simulation", initial: configuration.initial),
      clock: .monotonic)
    makeSessions()
  }

  private mutating func makeSessions() {
    let starts = configuration.simulation?.starts ?? []
    for (index, client) in configuration.clients.enumerated() {
      let starts = starts.indices.contains(index) ? starts[index] : []
      sessions.append(
        Session(
          client: Int32(truncatingIfNeeded: client.number), server: client.server, stream: client.number,
          source: .script(client.requests, starts: starts), process: sessions.count))
    }
    guard let workload = configuration.workload else { return }
    generators = WorkloadGenerator.generators(
      workload, seed: seed, sessions: 0..<workload.sessions, initial: configuration.initial)
    for session in generators.indices {
      let client = configuration.firstWorkloadClient + session / workload.sessionsPerClient
      sessions.append(
        Session(
          client: Int32(truncatingIfNeeded: client), server: session % servers.count,
          stream: configuration.firstWorkloadClient + session, source: .workload(session),
          process: sessions.count))
    }
  }

  private mutating func run() throws(HistoryBuilder.Refusal) -> SimulatedRun {
    statistics.runs = 1
    busySessions = sessions.count
    for session in sessions.indices { agenda.plan(.wake, at: firstWake(session), subject: session) }
    agenda.plan(.tick, at: pace.tick)
    if losesMemory {
      for server in servers.indices {
        servers[server].isJoining = true
        openTurn(server)
      }
    }
    planNextFault()
    var isOver = busySessions == 0
    while !isOver, let event = agenda.next() {
      time = event.time
      statistics.events += 1
      try happen(event)
      isOver = try isRunOver()
    }
    statistics.virtualTime = time
    let reason = failure?.description
    builder.end(RunEnd(isClean: failure == nil, reason: reason, events: 0))
    return SimulatedRun(
      history: builder.history(wallClockOffset: Self.epoch), failure: failure, statistics: statistics,
      trace: trace, faults: faults, loadEnd: loadEnd,
      sessions: sessions.map { SessionLane(stream: $0.stream, server: $0.server, isFinal: $0.isFinal) },
      lostWrites: lostWrites, clientSkews: clientSkews)
  }

  private mutating func happen(_ event: Agenda.Event) throws(HistoryBuilder.Refusal) {
    switch event.kind {
    case .delivery: deliver(event)
    case .request: receiveRequest(event)
    case .reply: try receiveReply(event)
    case .wake: try takeStep(Int(event.subject))
    case .turnEnd: endTurn(Int(event.subject))
    case .tick: try tick()
    case .faultStart: beginFault()
    case .faultEnd: endFault(Int(event.subject))
    }
  }

  // MARK: The parts of a run

  /// Goes on to the next part when one is over. True when the last is, or when something went wrong.
  private mutating func isRunOver() throws(HistoryBuilder.Refusal) -> Bool {
    switch part {
    case .load:
      guard busySessions == 0 else { return false }
      part = .draining
      loadEnd = time
      endAllFaults()
      return try isRunOver()
    case .draining:
      guard requestsOnTheWay == 0, servers.allSatisfy({ $0.replica.standing == .member }) else {
        return false
      }
      part = .settling
      let target = servers.map(\.replica.position)
      for server in servers.indices {
        enter(.barrier(Self.harnessRequest, target), server)
      }
      return false
    case .settling:
      guard barriersReached == servers.count else { return false }
      part = .reading
      startFinalReads()
      return false
    case .reading:
      guard busySessions == 0 else { return false }
      part = .resting
      return false
    case .resting: return false
    case .over: return true
    }
  }

  private mutating func startFinalReads() {
    let keys = builder.keys
    for write in learnedWrites where !lostWrites.contains(write.operation) {
      acknowledge(write.stamp, write.key)
    }
    acknowledged += Array(repeating: nil, count: max(0, keys.count - acknowledged.count))
    ending = Array(repeating: nil, count: keys.count)
    let firstProcess = sessions.map { Int($0.process.number) + sessions.count }.max() ?? 0
    for server in servers.indices where !keys.isEmpty {
      var session = Session(
        client: nil, server: server, stream: 1 << 24 + server,
        source: .script(keys.map { .get($0) }, starts: []),
        process: firstProcess + server)
      session.isFinal = true
      sessions.append(session)
      busySessions += 1
      agenda.plan(.wake, at: time, subject: sessions.count - 1)
    }
  }

  private mutating func tick() throws(HistoryBuilder.Refusal) {
    for server in servers.indices where !servers[server].isStill && servers[server].replica.isWaiting {
      if servers[server].replica.isOwing { enter(.lull, server) }
      enter(.tick, server)
    }
    try expireOperations()
    agenda.plan(.tick, at: time + pace.tick)
    guard part != .load else { return }
    ticksSinceLoad += 1
    if part == .resting, !servers.contains(where: \.replica.isWaiting) { part = .over }
    guard ticksSinceLoad > Self.settlingTicks else { return }
    switch part {
    case .load, .over: break
    case .draining where requestsOnTheWay > 0: fail(.stuck("requests stayed on their way"))
    case .draining: fail(.stuck("a server that was started anew did not find its way back"))
    case .settling: fail(.stuck("\(barriersReached) of \(servers.count) servers came to have everything"))
    case .reading: fail(.stuck("a final read was not answered"))
    case .resting:
      if let server = servers.firstIndex(where: \.replica.isWaiting) { fail(.neverQuiet(server: server)) }
    }
    part = .over
  }
}
