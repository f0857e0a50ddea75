import Cluster
import Configuration
import KeyValue
import Replication
import Testing
import ZeroMQ

/// A peer of a server under test that does only what the test has it do, over real sockets.
final class FakePeer {
  let id: ServerID
  let run: UInt64
  let ports: ServerPorts
  private let publisher: Socket
  private let router: Socket
  private let subscriber: Socket
  private let asker: Socket

  init(_ number: Int, run: UInt64, in context: Context) throws {
    let publisher = try openSocket(.xpub, in: context)
    try publisher.set(.sendHighWaterMark, to: 0)
    let router = try openSocket(.router, in: context)
    let subscriber = try openSocket(.sub, in: context)
    let asker = try openSocket(.dealer, in: context)
    ports = ServerPorts(
      peer: UInt16(try #require(try router.bind("tcp://127.0.0.1:*").port)),
      publish: UInt16(try #require(try publisher.bind("tcp://127.0.0.1:*").port)), client: 1)
    id = ServerID(number)
    self.run = run
    self.publisher = publisher
    self.router = router
    self.subscriber = subscriber
    self.asker = asker
  }

  /// Connects to the server, waits until it subscribes, and greets it.
  ///
  /// - Parameter standing: where the peer says it stands.
  func meet(
    _ server: ServerID, at ports: ServerPorts, servers: Int = 2, standing: Standing = .member
  ) throws {
    try subscriber.subscribe(to: [PeerMessage.packetTopic])
    try subscriber.subscribe(to: PeerMessage.subscriptionTopic(of: id))
    try subscriber.connect(.tcp("127.0.0.1", port: Int(ports.publish)))
    try asker.connect(.tcp("127.0.0.1", port: Int(ports.peer)))
    while try Subscription(publisher.receive())?.topic != PeerMessage.subscriptionTopic(of: server) {}
    let starts = Array(repeating: UInt64(1), count: servers)
    let status = Status(
      sender: id, incarnation: 1, standing: standing, known: starts, first: starts, asks: true)
    try publisher.send(encoded(.membership(.status(status)), run: run))
  }

  /// Publishes a packet as the peer's first start.
  func publish(_ packet: Packet) throws {
    try publisher.send(encoded(firstStart(packet), run: run))
  }

  private func firstStart(_ packet: Packet) -> PeerMessage {
    var packet = packet
    packet.incarnation = 1
    return .packet(packet)
  }

  /// Publishes frames as they are.
  func publish(_ frames: [[UInt8]]) throws {
    for (index, frame) in frames.enumerated() { try publisher.send(frame, more: index < frames.count - 1) }
  }

  /// The next packet that the server publishes.
  func heard() throws -> Packet {
    try packet(try subscriber.receive(), part: 0)
  }

  /// The next packet that the server publishes and that satisfies a condition.
  func heard(until isWanted: (Packet) -> Bool) throws -> Packet {
    while true {
      let packet = try heard()
      if isWanted(packet) { return packet }
    }
  }

  /// The next request of the server for missed updates, and under which identity it asks.
  func asked() throws -> (identity: [UInt8], range: ClosedRange<UInt64>) {
    let message = try router.receive()
    guard case .fetch(let fetch) = try decoded(message, part: 1) else { throw Hang(what: "a fetch") }
    return (message.bytes(of: 0), fetch.range)
  }

  func answer(_ packet: Packet, to identity: [UInt8]) throws {
    try router.send(identity, more: true)
    try router.send(encoded(firstStart(packet), run: run))
  }

  /// Asks the server for updates.
  func fetch(_ range: ClosedRange<UInt64>) throws -> Packet {
    try asker.send(encoded(.fetch(Fetch(asker: id, range: range)), run: run))
    return try packet(try asker.receive(), part: 0)
  }

  /// Sends frames to the server's peer port as they are.
  func tell(_ frames: [[UInt8]]) throws {
    for (index, frame) in frames.enumerated() { try asker.send(frame, more: index < frames.count - 1) }
  }

  private func packet(_ message: borrowing Message, part: Int) throws -> Packet {
    guard case .packet(let packet) = try decoded(message, part: part) else { throw Hang(what: "a packet") }
    return packet
  }

  private func decoded(_ message: borrowing Message, part: Int) throws -> PeerMessage {
    let bytes = message.bytes(of: part)
    return try PeerMessage(decoding: bytes.span, run: run)
  }
}
