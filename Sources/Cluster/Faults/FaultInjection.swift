import Configuration
import KeyValue
import Replication
import ZeroMQ

/// The faults of a run: which come when, which are in force, and the proxy that stands on every link for them.
struct FaultInjection {
  private var plan: FaultPlan?
  private(set) var next: FaultOccurrence?
  /// What is in force, in order of its beginnings.
  private(set) var inForce: [FaultOccurrence] = []
  /// When the first could begin; nil before, and when all is over.
  private(set) var start: ContinuousClock.Instant?
  private let seed: UInt64
  private var proxy: LinkProxy?
  private var addresses: [LinkEnd: [Int: ServerPorts]] = [:]
  /// How many faults that hold a server up are in force.
  private var pauses: [Int: Int] = [:]
  /// The kills of each server.
  var kills: [Int: KillCount] = [:]

  init(_ configuration: ClusterConfiguration, seed: UInt64) {
    self.seed = seed
    guard let schedule = configuration.faultsOnProcesses else { return }
    plan = FaultPlan(schedule, servers: configuration.servers.count, seed: seed)
    next = plan?.next()
  }

  /// Whether there are any.
  var areAny: Bool { plan != nil }

  // MARK: Links

  /// Opens the proxy's ports for so many servers and the clients.
  mutating func openLinks(servers: Int) throws(ZeroMQError) {
    let proxy = try LinkProxy(seed: seed)
    for server in 0..<servers {
      for other in 0..<servers where other != server {
        addresses[.server(other), default: [:]][server] = ServerPorts(
          peer: try proxy.open(from: .server(other), to: .init(server: server, role: .peer)),
          publish: try proxy.open(from: .server(other), to: .init(server: server, role: .publish)),
          client: 0)
      }
      addresses[.clients, default: [:]][server] = ServerPorts(
        peer: 0, publish: 0,
        client: try proxy.open(from: .clients, to: .init(server: server, role: .client)))
    }
    self.proxy = proxy
  }

  /// Where one end finds a server: at its own ports, where there is no proxy.
  func address(of server: Int, _ real: ServerPorts, for end: LinkEnd) -> ServerPorts {
    addresses[end]?[server] ?? real
  }

  /// A server has opened its ports.
  func place(_ server: Int, _ ports: ServerPorts) {
    proxy?.place(.init(server: server, role: .peer), at: ports.peer)
    proxy?.place(.init(server: server, role: .publish), at: ports.publish)
    proxy?.place(.init(server: server, role: .client), at: ports.client)
  }

  /// A server has ended: its ports may be somebody else's soon.
  func displace(_ server: Int) { proxy?.displace(server) }

  /// Tells the proxy what is wrong with the links.
  func setConditions() {
    var conditions: [LinkPath: LinkCondition] = [:]
    for fault in inForce {
      for path in fault.paths { conditions[path, default: LinkCondition()].add(fault.kind) }
    }
    proxy?.set(conditions)
  }

  /// Resets the connections of a fault's links.
  func resetConnections(of fault: FaultOccurrence) { proxy?.reset(Set(fault.paths)) }

  /// Settles what becomes of what a cut has held: of every other cut, drawn from the seed, the connections are reset, as a
  /// network does that has waited too long. What they held is lost then.
  func losesWhatItHeld(_ fault: FaultOccurrence) -> Bool {
    guard case .partition = fault.kind else { return false }
    var random = SplitMix64(seed: seed, stream: 0xC07 << 32 | UInt64(fault.number))
    return random.below(2) == 0
  }

  // MARK: Times

  mutating func begin() { start = .now }

  /// The next beginning or end until now, or else when it will be.
  enum Change {
    case begins(FaultOccurrence)
    case ends(FaultOccurrence)
    case later(Duration)
    case never
  }

  /// Takes the next change.
  mutating func takeChange() -> Change {
    guard let start else { return .never }
    let now = ContinuousClock.now - start
    let ending = inForce.compactMap { fault in fault.end.map { (end: $0, fault: fault) } }.min {
      ($0.end, $0.fault.number) < ($1.end, $1.fault.number)
    }
    if let ending, ending.end <= next?.start ?? ending.end {
      guard ending.end <= now else { return .later(ending.end - now) }
      inForce.removeAll { $0.number == ending.fault.number }
      return .ends(ending.fault)
    }
    guard let fault = next else { return .never }
    guard fault.start <= now else { return .later(fault.start - now) }
    inForce.append(fault)
    next = plan?.next()
    return .begins(fault)
  }

  /// Ends everything.
  ///
  /// - Returns: what was in force.
  mutating func end() -> [FaultOccurrence] {
    defer { inForce = [] }
    start = nil
    return inForce
  }

  // MARK: Servers

  /// A fault that holds a server up begins or ends.
  ///
  /// - Returns: whether the server is to stand still, where that changes.
  mutating func pause(_ server: Int, by change: Int) -> Bool? {
    let before = pauses[server, default: 0]
    pauses[server] = before + change
    return (before == 0) == (before + change == 0) ? nil : change > 0
  }

  func isPaused(_ server: Int) -> Bool { pauses[server, default: 0] > 0 }

  func isDown(_ server: Int) -> Bool { kills[server]?.isDown ?? false }
}

extension FaultOccurrence {
  /// The paths that it concerns. What a slow server sends is late, and connections are cut with clients, too.
  var paths: [LinkPath] {
    switch kind {
    case .partition, .delay, .bandwidth: links.map { LinkPath($0) }
    case .reset:
      links.map { LinkPath($0) } + servers.map { LinkPath(from: .server($0), to: .clients) }
    case .slow(_):
      servers.map { LinkPath(from: .server($0), to: .clients) }
        + allOthers.map { LinkPath($0) }
    case .kill, .pause, .loss, .duplicate, .reorder, .clock, .queue: []
    }
  }

  /// The links from its servers to any other.
  private var allOthers: [DirectedLink] {
    servers.flatMap { server in
      ClusterConfiguration.serverCounts.compactMap { count in
        count - 1 == server ? nil : DirectedLink(from: server, to: count - 1)
      }
    }
  }
}
