public import Configuration
import KeyValue
import Replication

/// What a server tells whoever started it, one JSON line each on its standard output.
public enum ServerReport: Sendable, Hashable {
  /// Its ports are open. The numbers are those in use, also where it was left to the system to choose.
  case bound(ServerPorts)
  /// It has seen every peer's subscription and heard every peer: it serves clients now.
  case ready
  /// It cannot start; the sentence says why.
  case failed(String)

  /// The line, without its line break.
  public var line: String {
    let json: JSON =
      switch self {
      case .bound(let ports): ["event": "bound", "ports": ports.json]
      case .ready: ["event": "ready"]
      case .failed(let reason): ["event": "failed", "reason": JSON(reason)]
      }
    return json.description
  }

  /// Reads a line; nil when it is none.
  public init?(line: String) {
    guard let json = try? JSON(parsing: line) else { return nil }
    switch json["event"]?.string {
    case "bound":
      guard let ports = ServerPorts(json: json["ports"]) else { return nil }
      self = .bound(ports)
    case "ready": self = .ready
    case "failed": self = .failed(json["reason"]?.string ?? "no reason given")
    default: return nil
    }
  }
}

/// What the launcher tells a server on its standard input: where everyone listens. The end of the input ends the server.
public struct ServerOrder: Sendable, Hashable {
  /// The ports of all servers, by number.
  public var servers: [ServerPorts]

  /// Makes an order.
  public init(servers: [ServerPorts]) {
    self.servers = servers
  }

  /// The line, without its line break.
  public var line: String {
    JSON.object(["servers": .array(servers.map(\.json))]).description
  }

  /// Reads a line; nil when it is none.
  public init?(line: String) {
    guard let list = (try? JSON(parsing: line))?["servers"]?.array else { return nil }
    servers = list.compactMap { ServerPorts(json: $0) }
    guard servers.count == list.count else { return nil }
  }
}

/// The launcher's first line to a server: what it is to be.
public struct ServerSetup: Sendable {
  /// What it is to be.
  public var settings: Server.Settings

  /// Makes a setup.
  public init(settings: Server.Settings) {
    self.settings = settings
  }

  /// The line, without its line break.
  public var line: String {
    var initial = JSONObject()
    for (key, value) in settings.initial { initial.append(.init(name: key.text, json: .value(value))) }
    return JSON.object([
      "id": JSON(settings.id.number), "servers": JSON(settings.servers),
      "protocol": JSON(settings.replicationProtocol.rawValue), "initial": .object(initial),
      "ports": settings.ports.json, "run": JSON(Int64(bitPattern: settings.run)),
      "incarnation": JSON(settings.incarnation), "wasHere": JSON(settings.wasHere),
      "bounds": settings.bounds.json,
    ]).description
  }

  /// Reads a line; nil when it is none.
  public init?(line: String) {
    guard let json = try? JSON(parsing: line), let id = json["id"]?.integer,
      let servers = json["servers"]?.integer,
      let replicationProtocol = json["protocol"]?.string.flatMap({ ReplicationProtocol(rawValue: $0) }),
      let ports = ServerPorts(json: json["ports"]), let run = json["run"]?.integer,
      let incarnation = json["incarnation"]?.integer.flatMap({ UInt64(exactly: $0) }),
      let wasHere = json["wasHere"]?.bool, let bounds = json["bounds"].flatMap({ Bounds(json: $0) }), id >= 0,
      id < servers
    else { return nil }
    var initial: [Key: Value] = [:]
    for member in json["initial"]?.object?.members ?? [] {
      guard let value = member.json.scalar else { return nil }
      initial[Key(member.name)] = value
    }
    settings = Server.Settings(
      id: ServerID(Int(id)), servers: Int(servers), replicationProtocol: replicationProtocol,
      initial: initial,
      ports: ports, run: UInt64(bitPattern: run), incarnation: incarnation, wasHere: wasHere, bounds: bounds)
  }
}

extension ServerPorts {
  /// The inverse of ``ServerPorts/json``; nil when it is something else.
  fileprivate init?(json: JSON?) {
    guard let list = json?.array, list.count == 3 else { return nil }
    let ports = list.compactMap { $0.integer.flatMap { UInt16(exactly: $0) } }
    guard ports.count == 3 else { return nil }
    self.init(peer: ports[0], publish: ports[1], client: ports[2])
  }
}
