import KeyValue

extension ConfigurationReader {
  /// Reads the ports of all servers, an object by server number or a list; nil when the number of servers is unknown.
  mutating func ports(_ located: Located?, serverCount: Int?) -> [ServerPorts]? {
    let free = serverCount.map { Array(repeating: ServerPorts.free, count: $0) }
    guard let located, !located.isNull else { return free }
    guard let entries = portEntries(located) else { return nil }
    var servers = free
    var seen: Set<Int> = []
    var firstUse: [UInt16: JSONPath] = [:]
    for (number, entry) in entries {
      let ports = serverPorts(entry, firstUse: &firstUse)
      guard let serverCount else { continue }
      guard let number, number < serverCount else {
        report(
          entry.path, found: "ports of a server that does not exist",
          expected: "\(Self.servers(serverCount)), as num_servers is \(serverCount)")
        continue
      }
      if seen.insert(number).inserted {
        servers?[number] = ports
      } else {
        report(entry.path, found: "a second entry for server \(number)", expected: "one")
      }
    }
    let missing = (0..<(serverCount ?? 0)).filter { !seen.contains($0) }
    if let serverCount, !missing.isEmpty {
      let names = Self.alternatives(missing.map(\.description), last: "and")
      report(
        located.path, found: "nothing for server \(names)",
        expected: "the ports of each server, as num_servers is \(serverCount)")
    }
    return servers
  }

  /// The servers that exist, in words.
  static func servers(_ count: Int) -> String {
    count == 1 ? "server 0" : "a server from 0 to \(count - 1)"
  }

  /// The entries with the number of their server, nil where a name is no number.
  private mutating func portEntries(_ located: Located) -> [(Int?, Located)]? {
    if let elements = located.elements {
      return elements.enumerated().map { ($0.offset, $0.element) }
    }
    if let object = located.json.object {
      return object.members.map { member in
        let number = Located.numeral(member.name).flatMap { Int(exactly: $0) }
        return (
          number.flatMap { $0 >= 0 ? $0 : nil }, Located(member.json, at: located.path.member(member.name))
        )
      }
    }
    report(located, expected: "an object or a list with three ports for each server")
    return nil
  }

  private mutating func serverPorts(_ entry: Located, firstUse: inout [UInt16: JSONPath]) -> ServerPorts {
    guard !entry.isNull else { return .free }
    let ports = entry.elements?.map { port($0, firstUse: &firstUse) } ?? []
    guard ports.count == 3 else {
      report(entry, expected: "a list of three ports: peer, publish and client")
      return .free
    }
    return ServerPorts(peer: ports[0], publish: ports[1], client: ports[2])
  }

  private mutating func port(_ located: Located, firstUse: inout [UInt16: JSONPath]) -> UInt16 {
    guard !located.isNull else { return 0 }
    guard let port = located.wholeNumber.flatMap({ UInt16(exactly: $0) }) else {
      report(located, expected: "a port from 1 to 65535, or 0 for a free one")
      return 0
    }
    guard port != 0 else { return 0 }
    if let first = firstUse[port] {
      report(located.path, found: "\(port), which \(first) has too", expected: "a port of its own")
    } else {
      firstUse[port] = located.path
      fixedPorts.append(.init(path: located.path.description, port: port))
    }
    return port
  }
}
