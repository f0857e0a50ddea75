import Cluster
import Configuration
import Foundation
import History

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
    servers: Int, clients: BenchClients, duration: Duration, warmUp: Duration, placement: Placement?
  ) throws -> ClusterMeasurement {
    var processes: [BenchProcess] = []
    defer { for process in processes { process.end() } }
    for number in 0..<servers {
      processes.append(
        try BenchProcess(
          "kvbench",
          ["helper", "--floor", "\(number)", "--servers", "\(servers)"]
            + (self == .toSender ? ["--to-sender"] : [])
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
    let clientPorts = ports.map { $0[1] }
    let statistics = try LoadStatistics.ofClients(
      clients.sessions.map { sessions in
        // A process of one session has the server that a session of its number has.
        let ports = clients.areProcesses ? [clientPorts[sessions.lowerBound % servers]] : clientPorts
        let load = FloorLoad(ports: ports, clients: sessions.count)
        return try BenchProcess(
          "kvbench",
          ["helper", "--floor-load", load.text(duration: duration, warmUp: warmUp)]
            + Placement.arguments(core: placement?.core(sessions: sessions)))
      })
    let times = zip(before, processes.map(\.processorTime)).map { $1 - $0 }
    return ClusterMeasurement(
      name: clients.name(name, placement), servers: servers, clients: clients.count,
      statistics: statistics,
      serversProcessorTime: times.reduce(0, +))
  }
}
