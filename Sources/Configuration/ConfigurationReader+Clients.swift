import KeyValue

extension ConfigurationReader {
  /// Reads the scripted clients, which may be left out where there is a workload.
  mutating func clients(
    _ members: [String: Located], in document: Located, serverCount: Int?
  ) -> [ScriptedClient] {
    let expected = "a list of clients, 1 to \(ClusterConfiguration.clientCountMax)"
    if present(members["workload"]) != nil, present(members["clients"]) == nil { return [] }
    guard let located = required("clients", members, in: document, expected: expected) else { return [] }
    guard let elements = located.elements,
      (1...ClusterConfiguration.clientCountMax).contains(elements.count)
    else {
      report(located, expected: expected)
      return []
    }
    var firstUse: [Int: JSONPath] = [:]
    let clients = elements.compactMap { client($0, serverCount: serverCount, firstUse: &firstUse) }
    let requestCount = clients.reduce(0) { $0 + $1.requests.count }
    if requestCount > ClusterConfiguration.requestCountMax {
      report(
        located.path, found: "\(requestCount) requests",
        expected: "at most \(ClusterConfiguration.requestCountMax) of all clients together")
    }
    return clients
  }

  private mutating func client(
    _ located: Located, serverCount: Int?, firstUse: inout [Int: JSONPath]
  ) -> ScriptedClient? {
    let names = ["client_number", "server_number", "requests"]
    guard let members = members(of: located, names) else { return nil }
    let number = clientNumber(members, in: located, firstUse: &firstUse)
    let serverMax = (serverCount ?? ClusterConfiguration.serverCounts.upperBound) - 1
    let serverExpected = serverCount.map { Self.servers($0) } ?? "the number of a server"
    let server = self.number(
      required("server_number", members, in: located, expected: serverExpected), in: 0...serverMax,
      expected: serverExpected)
    let requests = requests(members, in: located)
    guard let number, let server else { return nil }
    return ScriptedClient(number: number, server: server, requests: requests)
  }

  private mutating func clientNumber(
    _ members: [String: Located], in client: Located, firstUse: inout [Int: JSONPath]
  ) -> Int? {
    let expected = "a number from 0 to \(ClusterConfiguration.clientNumberMax)"
    guard let located = required("client_number", members, in: client, expected: expected),
      let number = number(located, in: 0...ClusterConfiguration.clientNumberMax, expected: expected)
    else { return nil }
    if let first = firstUse[number] {
      report(located.path, found: "\(number), which \(first) has too", expected: "a number of its own")
    } else {
      firstUse[number] = located.path
    }
    return number
  }

  private mutating func requests(_ members: [String: Located], in client: Located) -> [ScriptedRequest] {
    let expected = "a list of at least one request"
    guard let located = required("requests", members, in: client, expected: expected) else { return [] }
    guard let elements = located.elements, !elements.isEmpty else {
      report(located, expected: expected)
      return []
    }
    return elements.compactMap { request($0) }
  }
}

// MARK: - One request

/// What a request does, before what it needs for that is known.
private enum RequestKind {
  case get, set, compareAndSet, sleep

  static let names = ["get", "set", "cas", "sleep"]
  static let aliases = ["read", "write", "put"]

  init?(named name: String) {
    switch name.lowercased() {
    case "get", "read": self = .get
    case "set", "write", "put": self = .set
    case "cas": self = .compareAndSet
    case "sleep": self = .sleep
    default: return nil
    }
  }
}

extension ConfigurationReader {
  private mutating func request(_ located: Located) -> ScriptedRequest? {
    guard
      let members = members(of: located, ["type", "key", "value"], aliases: ["request_type": "type"]),
      let kind = kind(members, in: located)
    else { return nil }
    switch kind {
    case .get:
      refuse(members["value"], expected: "no value, as a get has none")
      return key(members, in: located, of: "get").map { .get($0) }
    case .set:
      let key = key(members, in: located, of: "set")
      let value = value(members, in: located)
      guard let key, let value else { return nil }
      return .set(key, value)
    case .compareAndSet:
      let key = key(members, in: located, of: "compare and set")
      let pair = expectedAndNew(members, in: located)
      if let offender = protocolWithoutCompareAndSet {
        report(
          located.path.member("type"), found: "\"cas\", which \(offender) cannot offer",
          expected: "get, set or sleep, or a protocol that orders all writes")
      }
      guard let key, let pair else { return nil }
      return .compareAndSet(key, expected: pair.expected, new: pair.new)
    case .sleep:
      refuse(members["key"], expected: "no key, as a sleep has none")
      return sleep(members["value"])
    }
  }

  private mutating func kind(_ members: [String: Located], in request: Located) -> RequestKind? {
    let expected = Self.alternatives(RequestKind.names)
    guard let located = required("type", members, in: request, expected: expected) else { return nil }
    if let kind = located.json.string.flatMap({ RequestKind(named: $0) }) { return kind }
    let names = RequestKind.names + RequestKind.aliases
    report(located, expected: expected, suggestion: Self.suggestion(for: located, among: names))
    return nil
  }

  private mutating func key(_ members: [String: Located], in request: Located, of kind: String) -> Key? {
    let expected = "the key to \(kind), a string that is not empty"
    guard let located = required("key", members, in: request, expected: expected) else { return nil }
    if let text = located.json.string, !text.isEmpty { return Key(text) }
    report(located, expected: expected)
    return nil
  }

  private mutating func value(_ members: [String: Located], in request: Located) -> Value? {
    let expected = "the value to set: \(Self.scalarExpected)"
    guard let located = required("value", members, in: request, expected: expected) else { return nil }
    if let value = located.json.scalar { return value }
    report(located, expected: expected)
    return nil
  }

  private mutating func expectedAndNew(
    _ members: [String: Located], in request: Located
  ) -> (expected: Value, new: Value)? {
    let wanted = "a list of the expected and the new value"
    guard let located = required("value", members, in: request, expected: wanted) else { return nil }
    guard let pair = located.elements, pair.count == 2 else {
      report(located, expected: wanted)
      return nil
    }
    for element in pair where element.json.scalar == nil { report(element, expected: Self.scalarExpected) }
    guard let expected = pair[0].json.scalar, let new = pair[1].json.scalar else { return nil }
    return (expected, new)
  }

  private mutating func sleep(_ located: Located?) -> ScriptedRequest? {
    guard let located, !located.isNull else { return .sleep(milliseconds: nil) }
    let range = 0...Int64(ClusterConfiguration.sleepMillisecondsMax)
    if let milliseconds = located.wholeNumber, range.contains(milliseconds) {
      return .sleep(milliseconds: Int(milliseconds))
    }
    report(located, expected: "whole milliseconds from 0 to \(range.upperBound), or none for a random time")
    return nil
  }
}
