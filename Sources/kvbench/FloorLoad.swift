import Cluster
import Configuration
import Foundation
import History
import ZeroMQ

/// So many clients in one loop, each of which sends the same request to a floor's server when the last one was answered.
struct FloorLoad {
  /// The servers' ports, which the clients take in turn.
  let ports: [Int]
  let clients: Int

  /// The load as an argument.
  func text(duration: Duration, warmUp: Duration) -> String {
    ([Int(duration.nanoseconds), Int(warmUp.nanoseconds), clients] + ports).map(String.init)
      .joined(separator: ",")
  }

  /// Runs a load that an argument describes, as `kvclient` does: says when it is ready, waits for a line, and reports
  /// what the operations came to.
  static func run(_ text: String) throws {
    let numbers = text.split(separator: ",").compactMap { Int($0) }
    guard numbers.count > 3 else { throw BenchFailure("--floor-load \(text) cannot be understood") }
    var client = try FloorClient(FloorLoad(ports: Array(numbers[3...]), clients: numbers[2]))
    report(.ready)
    guard readLine() != nil else { return }
    let statistics = try client.run(
      duration: .nanoseconds(numbers[0]), warmUp: .nanoseconds(numbers[1]))
    for part in statistics.parts { report(.load(part)) }
    report(.done)
  }

  private static func report(_ report: ClientReport) {
    FileHandle.standardOutput.write(Data("\(report.line)\n".utf8))
  }
}

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

  init(_ load: FloorLoad) throws {
    let context = try Context()
    connections = try load.ports.map { try Connection(port: $0, in: context) }
    starts = Array(repeating: 0, count: load.clients)
  }

  mutating func run(duration: Duration, warmUp: Duration) throws -> LoadStatistics {
    var statistics = LoadStatistics()
    var poller = Poller()
    let tokens = connections.map { poller.add($0.socket) }
    let parent = poller.add(descriptor: STDIN_FILENO)
    let start = Recorder.Time.now().monotonic
    let counted = start + warmUp.nanoseconds
    let end = counted + duration.nanoseconds
    let processorTime = BenchProcess.processorTime()
    for client in starts.indices { try begin(client, at: start) }
    var now = start
    while now < end {
      try poller.poll()
      guard poller.readiness(of: parent).isEmpty else { throw BenchFailure("stopped") }
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
