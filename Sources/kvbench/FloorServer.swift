import Foundation
import ZeroMQ

/// A server that passes the messages of a linearizable operation and does nothing else: no replica, nothing read but the
/// first bytes, every message by itself. What it takes is what the transport takes.
///
/// A request is broadcast; whoever receives a broadcast acknowledges it, to all or to its sender; when every peer has, the
/// request is answered.
/// Messages between two servers arrive in order, so acknowledgements need only be counted.
struct FloorServer: ~Copyable {
  private enum Kind {
    static let update = UInt8(ascii: "U")
    static let acknowledgement = UInt8(ascii: "A")
  }

  /// As long as a packet with one write, and as one without updates, among three servers.
  private static let updateSize = 58
  private static let acknowledgementSize = 34

  private let number: Int
  private let publisher: Socket
  private let subscriber: Socket
  private let clients: Socket
  /// How many requests each peer has acknowledged; none are expected of this server.
  private var acknowledged: [Int]
  private var answeredCount = 0
  /// Requests that are not answered, by what goes before their answers.
  private var waiting: [[[UInt8]]] = []
  private var answeredOfWaiting = 0
  private var received = Message()
  private var answer = Message()

  /// Runs one of so many servers: says its two ports on standard output, reads all publishers' from standard input, says
  /// when it is ready, and ends with standard input.
  static func run(_ floor: Floor, number: Int, servers: Int) throws {
    var server = try FloorServer(number: number, servers: servers)
    try server.serve(floor, servers: servers)
  }

  private init(number: Int, servers: Int) throws {
    let context = try Context()
    let publisher = try Socket(.xpub, in: context)
    let subscriber = try Socket(.sub, in: context)
    let clients = try Socket(.router, in: context)
    // Else equal subscriptions are told once only.
    try publisher.set(.xpubVerbose, to: true)
    try publisher.set(.sendHighWaterMark, to: 0)
    try subscriber.set(.receiveHighWaterMark, to: 0)
    self.number = number
    self.publisher = publisher
    self.subscriber = subscriber
    self.clients = clients
    acknowledged = (0..<servers).map { $0 == number ? .max : 0 }
  }

  private mutating func serve(_ floor: Floor, servers: Int) throws {
    let publish = try publisher.bind(.tcp("127.0.0.1")).port ?? 0
    let client = try clients.bind(.tcp("127.0.0.1")).port ?? 0
    Self.say("\(publish) \(client)")
    let ports = (readLine() ?? "").split(separator: " ").compactMap { Int($0) }
    try subscriber.subscribe(to: [Kind.update])
    let acknowledgements = [Kind.acknowledgement] + (floor == .toSender ? [UInt8(number)] : [])
    try subscriber.subscribe(to: acknowledgements)
    for (peer, port) in ports.enumerated() where peer != number {
      try subscriber.connect(.tcp("127.0.0.1", port: port))
    }
    for _ in 0..<2 * (servers - 1) { try publisher.receive(into: &received) }
    Self.say("ready")
    var poller = Poller()
    let broadcasts = poller.add(subscriber)
    let requests = poller.add(clients)
    let end = poller.add(descriptor: STDIN_FILENO)
    while true {
      try poller.poll()
      if !poller.readiness(of: end).isEmpty { return }
      if poller.isReadable(broadcasts) { try takeBroadcasts() }
      if poller.isReadable(requests) { try takeRequests() }
      try answerRequests()
    }
  }

  private static func say(_ line: String) {
    FileHandle.standardOutput.write(Data("\(line)\n".utf8))
  }

  /// A message of a kind about a request of a server.
  private func message(_ kind: UInt8, of server: UInt8, size: Int) -> [UInt8] {
    [kind, server, UInt8(number)] + Array(repeating: 0, count: size - 3)
  }

  private mutating func takeBroadcasts() throws {
    while try subscriber.tryReceive(into: &received) {
      let (kind, server, sender) = received.withBytes(of: 0) { ($0[0], $0[1], $0[2]) }
      if kind == Kind.update {
        try publisher.send(message(Kind.acknowledgement, of: server, size: Self.acknowledgementSize))
      } else if server == number {
        acknowledged[Int(sender)] += 1
      }
    }
  }

  private mutating func takeRequests() throws {
    while try clients.tryReceive(into: &received) {
      waiting.append((0..<received.count - 1).map { received.bytes(of: $0) })
      try publisher.send(message(Kind.update, of: UInt8(number), size: Self.updateSize))
    }
  }

  private mutating func answerRequests() throws {
    let complete = min(acknowledged.min() ?? 0, answeredCount + waiting.count - answeredOfWaiting)
    while answeredCount < complete {
      for part in waiting[answeredOfWaiting] { answer.append(part) }
      answer.append(Echo.answer)
      _ = try clients.trySend(&answer)
      answeredCount += 1
      answeredOfWaiting += 1
    }
    if answeredOfWaiting == waiting.count {
      waiting.removeAll(keepingCapacity: true)
      answeredOfWaiting = 0
    }
  }
}
