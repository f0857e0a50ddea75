import Cluster
import Configuration
import KeyValue
import Testing
import ZeroMQ

@Suite("Looking for busy ports")
struct PortCheckTests {
  private func reading(_ ports: [[UInt16]], level: JSON = "sequential", asList: Bool = false)
    -> ConfigurationReading
  {
    var members = JSONObject()
    for (number, ports) in ports.enumerated() {
      members.append(.init(name: "\(number)", json: .array(ports.map { JSON($0) })))
    }
    return ConfigurationReading(
      json: [
        "num_servers": JSON(ports.count), "consistency_level": level,
        "port_number": asList ? .array(members.members.map(\.json)) : .object(members),
        "clients": [
          ["client_number": 0, "server_number": 0, "requests": [["type": "get", "key": "a"]]]
        ],
      ], name: "ports")
  }

  @Test("each busy port is named with its place in the configuration, and none that the system may choose")
  func busy() throws {
    let context = try Context()
    let socket = try Socket(.rep, in: context)
    let ports = try ["tcp://127.0.0.1:*", "tcp://*:*"].map { endpoint in
      UInt16(try #require(try socket.bind(Endpoint(endpoint)).port))
    }
    let busy = reading([[0, 0, 0], [0, ports[0], 0], [ports[1], 0, 0]]).busyPorts()
    #expect(busy.map(\.path) == [#"$.port_number["1"][1]"#, #"$.port_number["2"][0]"#])
    #expect(busy.map(\.port) == ports)
    #expect(busy.allSatisfy { $0.reason == "Address already in use" })
    #expect(busy[0].description.contains("port \(ports[0])") && busy[0].description.hasPrefix(busy[0].path))
    let listed = reading([[0, 0, 0], [0, ports[0], 0]], asList: true).busyPorts()
    #expect(listed.map(\.path) == ["$.port_number[1][1]"], "the path is that of the form that was written")
    let wrong = reading([[0, ports[0], ports[0]]], level: "strong")
    #expect(throws: ConfigurationError.self) { try wrong.configuration.get() }
    #expect(
      wrong.busyPorts().map(\.path) == [#"$.port_number["0"][1]"#], "in spite of other problems, and once")
  }
}
