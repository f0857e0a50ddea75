import Cluster
import Configuration
import KeyValue
import Testing
import ZeroMQ

@Suite("Looking for busy ports")
struct PortCheckTests {
  private func configuration(_ ports: [[UInt16]]) throws -> ClusterConfiguration {
    var members = JSONObject()
    for (number, ports) in ports.enumerated() {
      members.append(.init(name: "\(number)", json: .array(ports.map { JSON($0) })))
    }
    return try ClusterConfiguration(
      json: [
        "num_servers": JSON(ports.count), "consistency_level": "sequential", "port_number": .object(members),
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
    let busy = try configuration([[0, 0, 0], [0, ports[0], 0], [ports[1], 0, 0]]).busyPorts()
    #expect(busy.map(\.path) == [#"$.port_number["1"][1]"#, #"$.port_number["2"][0]"#])
    #expect(busy.map(\.port) == ports)
    #expect(busy.allSatisfy { $0.reason == "Address already in use" })
    #expect(busy[0].description.contains("port \(ports[0])") && busy[0].description.hasPrefix(busy[0].path))
    #expect(try configuration([[0, ports[0], 0]]).dynamicPorts().busyPorts().isEmpty)
  }
}
