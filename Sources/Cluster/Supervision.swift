public import Configuration
import KeyValue

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
      let ports = json["ports"]?.array?.compactMap { $0.integer.flatMap { UInt16(exactly: $0) } }
      guard let ports, ports.count == 3 else { return nil }
      self = .bound(ServerPorts(peer: ports[0], publish: ports[1], client: ports[2]))
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
    servers = []
    for json in list {
      let ports = json.array?.compactMap { $0.integer.flatMap { UInt16(exactly: $0) } } ?? []
      guard ports.count == 3 else { return nil }
      servers.append(ServerPorts(peer: ports[0], publish: ports[1], client: ports[2]))
    }
  }
}
