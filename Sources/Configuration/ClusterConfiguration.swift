public import KeyValue
public import Replication

/// What to run: a cluster of servers at a consistency level, and the clients that use it.
///
/// A value comes only from a document that was validated, so whoever holds one need not check it again.
/// `docs/configuration.md` describes the document.
public struct ClusterConfiguration: Sendable, Hashable {
  /// How many servers a cluster may have.
  public static let serverCounts = 1...64
  /// How many clients a configuration may have; each is a process of its own.
  public static let clientCountMax = 1024
  /// How many requests all clients together may have.
  public static let requestCountMax = 100_000
  /// The highest number that a client may have.
  public static let clientNumberMax = 1_000_000
  /// The longest that a client may sleep at once, in milliseconds: an hour.
  public static let sleepMillisecondsMax = 3_600_000

  /// The name of the run: that of the configuration's file, without folder and extension.
  public let name: String
  /// What the store promises.
  public package(set) var level: ConsistencyLevel
  /// How it keeps the promise; it provides the level.
  public package(set) var replicationProtocol: ReplicationProtocol
  /// The ports of each server, indexed by the server's number. No two fixed ports are equal.
  public package(set) var servers: [ServerPorts]
  /// What keys hold at the start; others hold null.
  public let initial: [Key: Value]
  /// The clients in the order in which they were written. Their numbers differ and their servers exist.
  public package(set) var clients: [ScriptedClient]
  /// What further clients draw from a seed; nil for nothing. There are scripted clients, a workload, or both.
  public package(set) var workload: Workload?
  /// What goes wrong meanwhile; nil where the configuration does not say, which is nothing but for a swarm.
  public package(set) var faults: FaultSchedule?
  /// How much each server keeps at most for others that are slow.
  public package(set) var bounds: Bounds
  /// How a simulation behaves; nil where the configuration does not say.
  public package(set) var simulation: SimulationSettings?

  /// Parses and validates the text of a configuration.
  ///
  /// - Throws: ``ConfigurationError`` with every problem at once. Never traps, whatever the bytes.
  /// - Complexity: linear in the number of bytes.
  public init(parsing bytes: Span<UInt8>, name: String) throws(ConfigurationError) {
    self = try ConfigurationReading(parsing: bytes, name: name).configuration.get()
  }

  /// Validates a configuration.
  ///
  /// - Throws: ``ConfigurationError`` with every problem at once.
  public init(json: JSON, name: String) throws(ConfigurationError) {
    self = try ConfigurationReading(json: json, name: name).configuration.get()
  }

  init(
    name: String, level: ConsistencyLevel, replicationProtocol: ReplicationProtocol, servers: [ServerPorts],
    initial: [Key: Value], clients: [ScriptedClient], workload: Workload?, faults: FaultSchedule?,
    bounds: Bounds, simulation: SimulationSettings?
  ) {
    self.name = name
    self.level = level
    self.replicationProtocol = replicationProtocol
    self.servers = servers
    self.initial = initial
    self.clients = clients
    self.workload = workload
    self.faults = faults
    self.bounds = bounds
    self.simulation = simulation
  }

  /// The same configuration with every port left to the system.
  public func dynamicPorts() -> ClusterConfiguration {
    var configuration = self
    configuration.servers = servers.map { _ in .free }
    return configuration
  }

  /// The same configuration at another level, by that level's default protocol.
  public func promising(_ level: ConsistencyLevel) -> ClusterConfiguration {
    var configuration = self
    configuration.level = level
    configuration.replicationProtocol = level.defaultProtocol
    return configuration
  }

  /// The number of the workload's first client; the others follow. Scripted clients have lower ones.
  public var firstWorkloadClient: Int {
    (clients.map(\.number).max() ?? -1) + 1
  }

  /// The configuration written out with every member and no alias. Parsing it gives an equal configuration.
  public var json: JSON {
    var ports = JSONObject()
    for (number, server) in servers.enumerated() { ports.append(.init(name: "\(number)", json: server.json)) }
    var values = JSONObject()
    for (key, value) in initial.sorted(by: { $0.key < $1.key }) {
      values.append(.init(name: key.text, json: .value(value)))
    }
    var object: JSONObject = [
      "num_servers": JSON(servers.count), "consistency_level": JSON(level.rawValue),
      "protocol": JSON(replicationProtocol.rawValue), "port_number": .object(ports),
      "initial": .object(values),
    ]
    if !clients.isEmpty { object["clients"] = .array(clients.map(\.json)) }
    object["workload"] = workload?.json
    object["faults"] = faults?.json
    if bounds != Bounds() { object["bounds"] = bounds.json }
    object["simulation"] = simulation?.json
    return .object(object)
  }
}
