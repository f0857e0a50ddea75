import Testing
import ZeroMQ

@Suite("contexts", .timeLimit(.minutes(2)))
struct ContextTests {
  @Test("a context ends once all its sockets are gone, whatever they had still to send")
  func termination() throws {
    weak var ended: Context?
    do {
      let context = try Context()
      ended = context
      let push = try openSocket(.push, in: context)
      try push.connect("tcp://127.0.0.1:9")
      for _ in 0..<100 { try push.send([UInt8](repeating: 1, count: 10_000)) }
      let request = try openSocket(.req, in: context)
      try request.connect(try openSocket(.router, in: context).bind("tcp://127.0.0.1:*"))
      try request.send("never answered")
      let publisher = try openSocket(.xpub, in: context)
      try publisher.bind("tcp://127.0.0.1:*")
      let monitor = try Monitor(of: publisher)
      var poller = Poller()
      _ = poller.add(publisher)
      _ = poller.add(monitor)
      try poller.poll(for: .zero)
    }
    #expect(ended == nil)
  }

  @Test("a context outlives its variable for as long as it has a socket")
  func lifetime() throws {
    func open() throws -> Socket { try openSocket(.pair, in: Context()) }
    let socket = try open()
    let peer = try openSocket(.pair, in: Context())
    try peer.connect(try socket.bind("tcp://127.0.0.1:*"))
    try peer.send("alive")
    let received = try receiveParts(socket)
    #expect(received == [Array("alive".utf8)])
  }

  @Test("numbers out of range and too many sockets are errors")
  func limits() throws {
    for threads in [-1, 1 << 40] {
      let error = #expect(throws: ZeroMQError.self) { try Context(ioThreads: threads) }
      #expect(error?.description == "set I/O threads of a context: Invalid argument")
    }
    let context = try Context(socketsMax: 1)
    let only = try Socket(.pair, in: context)
    let error = #expect(throws: ZeroMQError.self) { _ = try Socket(.pair, in: context) }
    #expect(error?.description == "open pair socket: Too many open files")
    #expect(only.kind == .pair)
  }
}
