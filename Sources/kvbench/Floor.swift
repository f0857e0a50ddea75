import Cluster
import Configuration
import Foundation
import History
import ZeroMQ

/// The floor under every linearizable operation: a client, servers, and the messages between them, with no logic.
enum Floor: CaseIterable {
  /// Every server acknowledges every request to all.
  case toAll
  /// Every server acknowledges every request to the one that broadcast it, as a level does for a lone client.
  case toSender

  /// What tables call it.
  var name: String {
    switch self {
    case .toAll: "floor"
    case .toSender: "floor, sender only"
    }
  }

  /// What it is, where there is room to say so.
  var description: String {
    switch self {
    case .toAll: "floor: a linearizable operation's messages, no logic, acknowledged to all"
    case .toSender: "floor: the same, acknowledged to the sender only"
    }
  }

  /// Measures clients that do one operation at a time against servers that only pass messages.
  func measure(
    servers: Int, clients: Int, duration: Duration, warmUp: Duration, placement: Placement?
  ) throws -> ClusterMeasurement {
    var processes: [BenchProcess] = []
    defer { for process in processes { process.end() } }
    for number in 0..<servers {
      processes.append(
        try BenchProcess(
          "kvbench",
          ["--floor", "\(number)", "--servers", "\(servers)"] + (self == .toSender ? ["--to-sender"] : [])
            + Placement.arguments(core: placement?.core(ofServer: number))))
    }
    let ports = processes.map { process in
      (process.nextLine() ?? "").split(separator: " ").compactMap { Int($0) }
    }
    guard ports.allSatisfy({ $0.count == 2 }) else { throw BenchFailure("a floor server did not start") }
    for process in processes { try process.send(ports.map { "\($0[0])" }.joined(separator: " ")) }
    for process in processes where process.nextLine() != "ready" {
      throw BenchFailure("a floor server did not find the others")
    }
    let before = processes.map(\.processorTime)
    let core = placement?.core(sessions: 0..<clients, servers: servers)
    let statistics = try Placement.staying(on: core) {
      var client = try FloorClient(ports: ports.map { $0[1] }, clients: clients)
      return try client.run(duration: duration, warmUp: warmUp)
    }
    let times = zip(before, processes.map(\.processorTime)).map { $1 - $0 }
    return ClusterMeasurement(
      name: ClusterMeasuring.name(name, placement), servers: servers, clients: clients,
      statistics: statistics,
      serversProcessorTime: times.reduce(0, +))
  }
}

/// So many clients in one loop, each of which sends the same request when the last one was answered.
private struct FloorClient: ~Copyable {
  /// A socket in a list: lists hold what can be copied, which a reference can.
  private final class Connection {
    let socket: Socket

    init(port: Int, in context: Context) throws {
      socket = try Socket(.dealer, in: context)
      try socket.connect(.tcp("127.0.0.1", port: port))
    }
  }

  private let connections: [Connection]
  private var starts: [Int64]
  private var received = Message()

  init(ports: [Int], clients: Int) throws {
    let context = try Context()
    connections = try ports.map { try Connection(port: $0, in: context) }
    starts = Array(repeating: 0, count: clients)
  }

  mutating func run(duration: Duration, warmUp: Duration) throws -> LoadStatistics {
    var statistics = LoadStatistics()
    var poller = Poller()
    let tokens = connections.map { poller.add($0.socket) }
    let start = Recorder.Time.now().monotonic
    let counted = start + warmUp.nanoseconds
    let end = counted + duration.nanoseconds
    let processorTime = BenchProcess.processorTime()
    for client in starts.indices { try begin(client, at: start) }
    var now = start
    while now < end {
      try poller.poll()
      for (token, connection) in zip(tokens, connections) where poller.isReadable(token) {
        while try connection.socket.tryReceive(into: &received) {
          let client = received.withBytes(of: 0) { bytes in
            bytes.withUnsafeBytes { $0.loadUnaligned(as: Int.self) }
          }
          now = Recorder.Time.now().monotonic
          if starts[client] < counted {
            statistics.warmingUp += 1
          } else {
            statistics.record(.write, .ok, nanoseconds: now - starts[client])
          }
          try begin(client, at: now)
        }
      }
    }
    statistics.elapsed = now - counted
    statistics.processorTime = BenchProcess.processorTime() - processorTime
    return statistics
  }

  private mutating func begin(_ client: Int, at time: Int64) throws {
    starts[client] = time
    let connection = connections[client % connections.count]
    var tag = client
    try withUnsafeBytes(of: &tag) { try connection.socket.send($0, more: true) }
    try connection.socket.send([] as [UInt8], more: true)
    try connection.socket.send(Echo.message)
  }
}
