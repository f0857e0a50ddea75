import Testing
import ZeroMQ

@Suite("endpoints", .timeLimit(.minutes(2)))
struct EndpointTests {
  @Test("a busy port is an error that names the operation, the endpoint and the reason")
  func busyPort() throws {
    let context = try Context()
    let first = try Socket(.router, in: context)
    let endpoint = try first.bind("tcp://127.0.0.1:*")
    let second = try Socket(.router, in: context)
    let error = #expect(throws: ZeroMQError.self) { try second.bind(endpoint) }
    #expect(error == ZeroMQError(operation: "bind", endpoint: endpoint, code: .addressInUse))
    #expect(error?.description == "bind \(endpoint): Address already in use")
  }

  @Test("binding to no particular port reports the one that was picked")
  func pickedPort() throws {
    let context = try Context()
    let socket = try Socket(.router, in: context)
    var ports: Set<Int> = []
    for endpoint in ["tcp://127.0.0.1:*", "tcp://127.0.0.1:0", .tcp("127.0.0.1"), .tcp("127.0.0.1", port: 0)]
      as [Endpoint]
    {
      let bound = try socket.bind(endpoint)
      let port = try #require(bound.port)
      #expect(port > 0 && bound == .tcp("127.0.0.1", port: port))
      ports.insert(port)
    }
    #expect(ports.count == 4)
  }

  @Test("endpoints that mean nothing are errors, not crashes")
  func badEndpoints() throws {
    let context = try Context()
    let socket = try Socket(.router, in: context)
    let bad: [(Endpoint, ZeroMQError.Code)] = [
      ("", .invalidArgument),
      ("nonsense", .invalidArgument),
      ("://", .invalidArgument),
      ("tcp://", .invalidArgument),
      ("tcp://127.0.0.1", .invalidArgument),
      ("tcp://127.0.0.1:", .invalidArgument),
      ("tcp://127.0.0.1:99999", .invalidArgument),
      ("tcp://127.0.0.1:-1", .invalidArgument),
      ("tcp://127.0.0.1:12ab", .invalidArgument),
      ("tcp://127.0.0.1:*\0", .invalidArgument),
      ("inproc://a\0b", .invalidArgument),
      ("carrier-pigeon://loft", .protocolNotSupported),
      ("tcp://no-such-interface:1", .noSuchDevice),
      ("tcp://192.0.2.1:5555", .addressNotAvailable),
      (Endpoint("ipc:///" + String(repeating: "x", count: 5000)), .nameTooLong),
      (Endpoint(String(repeating: "tcp://", count: 20_000)), .invalidArgument),
      (Endpoint("tcp://" + String(repeating: "é", count: 20_000) + ":1"), .noSuchDevice),
    ]
    for (endpoint, code) in bad {
      let error = #expect(throws: ZeroMQError.self) { try socket.bind(endpoint) }
      #expect(error?.operation == "bind" && error?.endpoint == endpoint)
      #expect(error?.code == code, "\(String(endpoint.description.prefix(40)))")
    }
    let connecting = #expect(throws: ZeroMQError.self) { try socket.connect("tcp://127.0.0.1:99999") }
    #expect(connecting?.description == "connect tcp://127.0.0.1:99999: Invalid argument")
  }

  @Test("an endpoint given up is free, and giving up another is an error")
  func unbind() throws {
    let context = try Context()
    let first = try Socket(.pub, in: context)
    let endpoint = try first.bind("inproc://given-up")
    try first.unbind(endpoint)
    let second = try Socket(.pub, in: context)
    #expect(try second.bind(endpoint) == endpoint)
    let unbinding = #expect(throws: ZeroMQError.self) { try first.unbind(endpoint) }
    #expect(unbinding?.code == .noSuchEndpoint)
    let leaving = #expect(throws: ZeroMQError.self) { try first.disconnect("tcp://127.0.0.1:1") }
    #expect(
      leaving == ZeroMQError(operation: "disconnect", endpoint: "tcp://127.0.0.1:1", code: .noSuchEndpoint))
  }

  @Test("only TCP endpoints with a number have a port")
  func ports() {
    #expect(Endpoint("tcp://127.0.0.1:5310").port == 5310)
    #expect(Endpoint("tcp://[::1]:5310").port == 5310)
    #expect(Endpoint.tcp("localhost", port: 1).port == 1)
    for endpoint in ["tcp://127.0.0.1:*", "tcp://x", "tcp://x:65536", "tcp://x:+1", "ipc:///a:5310", ""]
      as [Endpoint]
    {
      #expect(endpoint.port == nil)
    }
  }
}
