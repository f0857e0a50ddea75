import Testing
import ZeroMQ

@Suite("socket options")
struct SocketOptionTests {
  @Test("what is set is read back")
  func roundTrip() throws {
    let context = try Context()
    let socket = try Socket(.dealer, in: context)
    #expect(try socket.get(.linger) == .zero)
    try socket.set(.linger, to: nil)
    #expect(try socket.get(.linger) == nil)
    try socket.set(.receiveTimeout, to: .microseconds(1001))
    #expect(try socket.get(.receiveTimeout) == .milliseconds(2))
    try socket.set(.sendTimeout, to: .seconds(1 << 40))
    #expect(try socket.get(.sendTimeout) == .milliseconds(Int32.max))
    try socket.set(.sendTimeout, to: .seconds(-5))
    #expect(try socket.get(.sendTimeout) == .zero)
    try socket.set(.handshakeInterval, to: .seconds(3))
    #expect(try socket.get(.handshakeInterval) == .seconds(3))
    try socket.set(.sendHighWaterMark, to: 0)
    #expect(try socket.get(.sendHighWaterMark) == 0)
    #expect(try socket.get(.receiveHighWaterMark) == 1000)
    #expect(try socket.get(.maxMessageSize) == nil)
    try socket.set(.maxMessageSize, to: 1 << 40)
    #expect(try socket.get(.maxMessageSize) == 1 << 40)
    #expect(try socket.get(.immediate) == false)
    try socket.set(.immediate, to: true)
    #expect(try socket.get(.immediate) == true)
    try socket.set(.routingID, to: [1, 0, 2])
    #expect(try socket.get(.routingID) == [1, 0, 2])
  }

  @Test("a value out of range, an option of another kind and one that cannot be read are errors")
  func errors() throws {
    let context = try Context()
    let socket = try Socket(.dealer, in: context)
    let attempts: [(String, (borrowing Socket) throws -> Void)] = [
      ("set send high-water mark", { try $0.set(.sendHighWaterMark, to: -1) }),
      ("set send high-water mark", { try $0.set(.sendHighWaterMark, to: 1 << 32) }),
      ("set largest message", { try $0.set(.maxMessageSize, to: -1) }),
      ("set routing identity", { try $0.set(.routingID, to: []) }),
      ("set routing identity", { try $0.set(.routingID, to: [UInt8](repeating: 1, count: 256)) }),
      ("set router mandatory", { try $0.set(.routerMandatory, to: true) }),
      ("get router mandatory", { _ = try $0.get(.routerMandatory) }),
    ]
    for (operation, attempt) in attempts {
      let error = #expect(throws: ZeroMQError.self) { try attempt(socket) }
      #expect(error == ZeroMQError(operation: operation, code: .invalidArgument))
    }
  }

  @Test("every kind of socket opens")
  func kinds() throws {
    let context = try Context()
    for kind in SocketKind.allCases {
      let socket = try Socket(kind, in: context)
      #expect(socket.kind == kind)
      #expect(try socket.descriptor >= 0)
    }
  }
}
