import Cluster
import Configuration
import Foundation
import KeyValue
import Logging
import Replication
import Testing
import ZeroMQ

/// No test waits longer than this for what it expects: reaching it is a failure.
let patience = Duration.seconds(30)

/// What was waited for did not come.
struct Hang: Error {
  let what: String
}

/// Servers in this process, each on a thread and in a ZeroMQ context of its own, as if they were processes.
///
/// Started and stopped as `kvserver` is: the ports are bound, then everyone is told everyone's ports, then the end of a
/// pipe ends the server.
final class TestCluster {
  private enum Event: Sendable {
    case bound(Int, ServerPorts)
    case ready(Int)
    case lost(Int)
    case ended(Int)
  }

  /// The number of the run.
  let run: UInt64 = 0x5EED
  let context: Context
  private let events: Mailbox<Event>
  private var poller = Poller()
  private var orders: [Int: Mailbox<[ServerPorts]?>] = [:]
  private var controls: [Int: CInt] = [:]
  private(set) var ports: [Int: ServerPorts] = [:]
  private(set) var ready: Set<Int> = []
  private var lost: Set<Int> = []
  private var incarnations: [Int: UInt64] = [:]
  private var ended: Set<Int> = []

  init() throws {
    context = try Context()
    events = try Mailbox()
    _ = poller.add(events)
  }

  /// Starts servers that find one another.
  convenience init(servers: Int, _ replicationProtocol: ReplicationProtocol, initial: [Key: Value] = [:])
    throws
  {
    try self.init()
    for number in 0..<servers { try start(number, of: servers, replicationProtocol, initial: initial) }
    let ports = (0..<servers).compactMap { self.ports[$0] }
    for number in 0..<servers { connect(number, to: ports) }
    try awaitReady()
  }

  deinit {
    for order in orders.values { order.post(nil) }
    for control in controls.values { close(control) }
  }

  /// Starts a server and waits until its ports are open, the same ones as before if it was here before.
  ///
  /// - Parameter wasHere: whether it is told that it was.
  func start(
    _ number: Int, of servers: Int, _ replicationProtocol: ReplicationProtocol, initial: [Key: Value] = [:],
    wasHere: Bool = false
  ) throws {
    let settings = Server.Settings(
      id: ServerID(number), servers: servers, replicationProtocol: replicationProtocol, initial: initial,
      ports: ports[number] ?? .free, run: run, incarnation: incarnations[number, default: 0] + 1,
      wasHere: wasHere)
    incarnations[number] = settings.incarnation
    ports[number] = nil
    ended.remove(number)
    ready.remove(number)
    var control: [CInt] = [-1, -1]
    try #require(pipe(&control) == 0)
    for descriptor in control { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    let input = control[0]
    let orders = try Mailbox<[ServerPorts]?>()
    let events = events
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    self.orders[number] = orders
    controls[number] = control[1]
    _ = try LoopThread(name: "server \(number)") {
      do throws(ZeroMQError) {
        var server = try Server(settings, log: log)
        events.post(.bound(number, server.ports))
        var poller = Poller()
        _ = poller.add(orders)
        try poller.poll()
        if let peers = orders.drain().first, let peers {
          try server.connect(to: peers)
          if case .stateIsLost = try server.run(control: input, onReady: { events.post(.ready(number)) }) {
            events.post(.lost(number))
          }
        }
      } catch {
        Issue.record("server \(number): \(error)")
      }
      close(input)
      events.post(.ended(number))
    }
    try wait(for: "server \(number) to open its ports") { $0.ports[number] != nil }
  }

  /// Tells a server where everyone listens.
  func connect(_ number: Int, to ports: [ServerPorts]) {
    orders[number]?.post(ports)
  }

  /// Waits until every server serves clients.
  func awaitReady() throws {
    try wait(for: "the servers to be ready") { $0.ready == Set($0.ports.keys) }
  }

  /// Waits until a server ends because the state is lost, without having been ready.
  func awaitLoss(_ number: Int) throws {
    try wait(for: "server \(number) to find that the state is lost") { $0.ended.contains(number) }
    #expect(lost == [number] && ready.isEmpty)
  }

  /// Ends a server, which forgets everything.
  func end(_ number: Int) throws {
    controls.removeValue(forKey: number).map { _ = close($0) }
    try wait(for: "server \(number) to end") { $0.ended.contains(number) }
    ready.remove(number)
  }

  /// Starts a server that has ended anew, on the same ports.
  func restart(_ number: Int, of servers: Int, _ replicationProtocol: ReplicationProtocol) throws {
    try start(number, of: servers, replicationProtocol)
    connect(number, to: (0..<servers).compactMap { ports[$0] })
  }

  /// Ends all servers, all of which must have lived until now.
  func stop() throws {
    #expect(ended.isEmpty, "a server ended by itself")
    for order in orders.values { order.post(nil) }
    for control in controls.values { close(control) }
    controls = [:]
    try wait(for: "the servers to end") { $0.ended == Set($0.ports.keys) }
  }

  /// A client of a server.
  func client(of number: Int, _ kind: SocketKind = .req) throws -> TestClient {
    try TestClient(try #require(ports[number]).client, kind, in: context)
  }

  private func wait(for what: String, until isDone: (TestCluster) -> Bool) throws {
    let deadline = ContinuousClock.now + patience
    while !isDone(self) {
      guard try poller.poll(for: max(.zero, deadline - .now)) > 0 else { throw Hang(what: what) }
      for event in events.drain() {
        switch event {
        case .bound(let number, let bound): ports[number] = bound
        case .ready(let number): ready.insert(number)
        case .lost(let number): lost.insert(number)
        case .ended(let number): ended.insert(number)
        }
      }
    }
  }
}

/// A socket that talks to a server's client port as a program in any language might.
struct TestClient: ~Copyable {
  let socket: Socket

  init(_ port: UInt16, _ kind: SocketKind, in context: Context) throws {
    let socket = try openSocket(kind, in: context)
    try socket.connect(.tcp("127.0.0.1", port: Int(port)))
    self.socket = socket
  }

  /// Sends frames.
  func send(_ frames: [UInt8]...) throws {
    for (index, frame) in frames.enumerated() { try socket.send(frame, more: index < frames.count - 1) }
  }

  func send(_ text: String) throws {
    try socket.send(text)
  }

  /// The frames of the next answer.
  func receive() throws -> [String] {
    texts(try socket.receive())
  }

  /// What the server answers to a request.
  func ask(_ text: String) throws -> String {
    try send(text)
    return try receive().joined(separator: "|")
  }

  func set(_ key: String, _ value: Int) throws -> String {
    try ask(#"{"type":"set","key":"\#(key)","value":\#(value)}"#)
  }

  func get(_ key: String) throws -> String {
    try ask(#"{"type":"get","key":"\#(key)"}"#)
  }
}

/// A socket whose blocking calls fail rather than hang.
func openSocket(_ kind: SocketKind, in context: Context) throws -> Socket {
  let socket = try Socket(kind, in: context)
  try socket.set(.receiveTimeout, to: patience)
  try socket.set(.sendTimeout, to: patience)
  return socket
}

/// The parts of a message as texts.
private func texts(_ message: borrowing Message) -> [String] {
  var texts: [String] = []
  for part in 0..<message.count { texts.append(message.text(of: part)) }
  return texts
}
