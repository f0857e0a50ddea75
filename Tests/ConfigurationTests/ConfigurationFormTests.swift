import Configuration
import KeyValue
import Replication
import Testing

@Suite("The form of a configuration")
struct ConfigurationFormTests {
  /// A configuration of two servers with these further members.
  private func twoServers(
    _ members: String = "", level: String = "sequential", clientMembers: String = #""server_number": 1"#,
    requests: String = #"[{"type": "get", "key": "a"}]"#
  ) throws(ConfigurationError) -> ClusterConfiguration {
    try parse(
      """
      {"num_servers": 2, "consistency_level": "\(level)", \(members)
       "clients": [{"client_number": 0, \(clientMembers), "requests": \(requests)}]}
      """)
  }

  @Test("what is left out has its default")
  func defaults() throws {
    let configuration = try twoServers()
    #expect(configuration.name == "test")
    #expect(configuration.level == .sequential)
    #expect(configuration.replicationProtocol == .localRead)
    #expect(configuration.servers == [.free, .free])
    #expect(configuration.initial.isEmpty)
    #expect(configuration.clients.map(\.number) == [0])
    #expect(configuration.clients[0].server == 1)
    #expect(configuration.clients[0].requests == [.get("a")])
  }

  @Test("null says the same as leaving out, where leaving out is allowed")
  func null() throws {
    let members = #""protocol": null, "port_number": null, "initial": null,"#
    #expect(try twoServers(members) == twoServers())
    #expect(
      try twoServers(requests: #"[{"type": "get", "key": "a", "value": null}]"#) == twoServers())
    #expect(
      try twoServers(requests: #"[{"type": "sleep", "key": null, "value": null}]"#)
        == twoServers(requests: #"[{"type": "sleep"}]"#))
  }

  @Test("bounds are read, and left out where they are the usual ones")
  func bounds() throws {
    let configuration = try twoServers(#""bounds": {"updates": 7, "message_bytes": 100},"#)
    var bounds = Bounds()
    bounds.updates = 7
    bounds.messageBytes = 100
    #expect(configuration.bounds == bounds)
    #expect(try ClusterConfiguration(json: configuration.json, name: "test") == configuration)
    #expect(try twoServers(#""bounds": {},"#) == twoServers())
    #expect(try twoServers().json["bounds"] == nil)
  }

  @Test(
    "a level has several spellings",
    arguments: [
      ("linearizable", ConsistencyLevel.linearizable), ("linearizability", .linearizable),
      ("linearisable", .linearizable), ("Linearizability", .linearizable), ("sequential", .sequential),
      ("sequential-consistency", .sequential), ("SEQUENTIAL", .sequential), ("eventual", .eventual),
      ("eventual-consistency", .eventual),
    ])
  func levels(spelling: String, level: ConsistencyLevel) throws {
    let configuration = try twoServers(level: spelling)
    #expect(configuration.level == level)
    #expect(configuration.replicationProtocol == level.defaultProtocol)
  }

  @Test(
    "a request has several spellings",
    arguments: [
      (#"{"type": "get", "key": "a"}"#, ScriptedRequest.get("a")),
      (#"{"type": "read", "key": "a"}"#, .get("a")),
      (#"{"request_type": "read", "key": "a"}"#, .get("a")),
      (#"{"request_type": "GET", "key": "a"}"#, .get("a")),
      (#"{"type": "set", "key": "a", "value": 1}"#, .set("a", 1)),
      (#"{"type": "write", "key": "a", "value": 1}"#, .set("a", 1)),
      (#"{"request_type": "put", "key": "a", "value": 1}"#, .set("a", 1)),
      (#"{"type": "set", "key": "a", "value": null}"#, .set("a", nil)),
      (#"{"type": "set", "key": "a", "value": "null"}"#, .set("a", "null")),
      (#"{"type": "set", "key": "a", "value": "1"}"#, .set("a", "1")),
      (#"{"type": "set", "key": "a", "value": false}"#, .set("a", false)),
      (#"{"type": "set", "key": "a", "value": 1.5}"#, .set("a", .number(1.5))),
      (#"{"type": "sleep"}"#, .sleep(milliseconds: nil)),
      (#"{"type": "sleep", "value": 0}"#, .sleep(milliseconds: 0)),
      (#"{"type": "sleep", "value": 250}"#, .sleep(milliseconds: 250)),
    ])
  func requests(spelling: String, request: ScriptedRequest) throws {
    #expect(try twoServers(requests: "[\(spelling)]").clients[0].requests == [request])
  }

  @Test("numbers of servers and clients may be strings of digits")
  func numerals() throws {
    let configuration = try parse(
      """
      {"num_servers": "2", "consistency_level": "eventual",
       "clients": [{"client_number": "7", "server_number": "1", "requests": [{"type": "get", "key": "a"}]}]}
      """)
    #expect(configuration.servers.count == 2)
    #expect(configuration.clients[0].number == 7)
    #expect(configuration.clients[0].server == 1)
  }

  @Test(
    "ports are an object by server number or a list, and 0 or null is a free port",
    arguments: [
      #"{"0": [1, 2, 3], "1": [4, 5, 65535]}"#, #"{"1": [4, 5, 65535], "0": [1, 2, 3]}"#,
      "[[1, 2, 3], [4, 5, 65535]]",
    ])
  func ports(spelling: String) throws {
    #expect(
      try twoServers("\"port_number\": \(spelling),").servers == [
        ServerPorts(peer: 1, publish: 2, client: 3), ServerPorts(peer: 4, publish: 5, client: 65535),
      ])
    #expect(
      try twoServers(#""port_number": {"0": [0, null, 3], "1": null},"#).servers == [
        ServerPorts(peer: 0, publish: 0, client: 3), .free,
      ])
  }

  @Test("keys and values are taken byte for byte, and kinds of value stay apart")
  func initial() throws {
    let configuration = try twoServers(
      #""initial": {"a": 0, "b": "0", "c": null, "\u00e9": 1, "e\u0301": 2},"#)
    #expect(
      configuration.initial
        == ["a": 0, "b": "0", "c": nil, Key("\u{E9}"): 1, Key("e\u{301}"): 2])
  }

  @Test(
    "a protocol may be named where it provides the level",
    arguments: ConsistencyLevel.allCases, ReplicationProtocol.allCases)
  func protocols(level: ConsistencyLevel, replicationProtocol: ReplicationProtocol) {
    let configuration = try? twoServers(
      "\"protocol\": \"\(replicationProtocol)\",", level: level.rawValue)
    #expect(
      configuration?.replicationProtocol == (replicationProtocol.provides(level) ? replicationProtocol : nil))
  }

  @Test("the JSON of a configuration parses to the same configuration")
  func roundTrip() throws {
    let configuration = try twoServers(
      #"""
      "protocol": "total-order-broadcast", "port_number": [[1, 2, 3], [0, 0, 4]],
      "initial": {"a": 0, "b\n": "0", "\u00e9": 1.5, "e\u0301": null},
      """#,
      requests: """
        [{"type": "set", "key": "a", "value": "x"}, {"type": "set", "key": "a", "value": null},
         {"type": "sleep"}, {"type": "sleep", "value": 3}, {"type": "get", "key": "b"}]
        """)
    #expect(try ClusterConfiguration(json: configuration.json, name: "test") == configuration)
    #expect(try parse(configuration.json.description) == configuration)
    #expect(try parse(configuration.json.indented) == configuration)
  }

  @Test("dynamic ports change nothing but the ports")
  func dynamicPorts() throws {
    let fixed = try twoServers(#""port_number": [[1, 2, 3], [4, 5, 6]],"#)
    #expect(fixed.dynamicPorts() != fixed)
    #expect(try fixed.dynamicPorts() == twoServers())
  }
}
