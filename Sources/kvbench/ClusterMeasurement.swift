import Cluster
import Configuration
import Foundation
import History
import KeyValue
import Replication

import struct History.Operation

/// What one load came to: so many clients against so many servers.
struct ClusterMeasurement {
  /// The level, or the name of what is measured beside the levels.
  let name: String
  let servers: Int
  let clients: Int
  let statistics: LoadStatistics
  /// The processor time of all servers, in nanoseconds; nil where that cannot be told.
  let serversProcessorTime: Int64?

  /// The processor time that the servers take for an operation, in nanoseconds.
  var serversTimeEach: Int64? { serversProcessorTime.flatMap(each) }
  /// The processor time that the client takes for an operation, in nanoseconds.
  var clientTimeEach: Int64? { each(statistics.processorTime) }

  private func each(_ nanoseconds: Int64) -> Int64? {
    let count = statistics.count + statistics.warmingUp
    return count == 0 || nanoseconds == 0 ? nil : nanoseconds / Int64(count)
  }

  func latency(_ percentile: Double, of kind: Operation.Kind? = nil) -> Int64? {
    let latencies = kind.map { statistics.kinds[$0]?.latencies } ?? statistics.latencies
    return latencies?.nanoseconds(percentile: percentile)
  }
}

/// How loads are measured: as many sessions in one client process as there are to be clients, half reads, half writes.
struct ClusterMeasuring {
  let duration: Duration
  let warmUp: Duration
  /// Which core each process stays on; nil to leave that to the system.
  var placement: Placement?

  /// What something is called, by whether its processes are placed.
  static func name(_ name: String, _ placement: Placement?) -> String {
    placement == nil ? ClusterResults.unplaced(name) : name
  }

  private func workload(sessions: Int) -> JSON {
    func text(_ duration: Duration) -> JSON { JSON(Int(duration / .milliseconds(1))) }
    return [
      "clients": 1, "sessions": JSON(sessions), "duration": text(duration + warmUp), "warm_up": text(warmUp),
      "keys": 100,
    ]
  }

  /// Measures a level.
  func measure(
    _ level: ConsistencyLevel, servers: Int, clients: Int, isRecorded: Bool = false
  ) async throws -> ClusterMeasurement {
    let configuration = try ClusterConfiguration(
      json: [
        "num_servers": JSON(servers), "consistency_level": JSON(level.rawValue),
        "workload": workload(sessions: clients),
      ], name: "kvbench")
    let parts = FileManager.default.temporaryDirectory.appending(path: "kvbench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: parts, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: parts) }
    var options = ClusterRun.Options(
      seed: 1, timeout: .seconds(30), programs: ClusterRun.programsBesideThisOne, parts: parts)
    options.recordsLoad = isRecorded
    options.placement = placement
    let run = await ClusterRun.run(configuration, options, interrupts: AsyncStream { $0.finish() })
    if let failure = run.failure { throw failure }
    guard let load = run.load, load.errors == 0 else {
      throw BenchFailure("\(level): \(run.load?.errors ?? 0) operations went wrong")
    }
    return ClusterMeasurement(
      name: Self.name(level.rawValue, placement), servers: servers, clients: clients, statistics: load,
      serversProcessorTime: run.serversProcessorTime)
  }

  /// Measures a bare ROUTER that the same client process asks for the same.
  func measureRouter(clients: Int) throws -> ClusterMeasurement {
    guard let workload = Workload(json: workload(sessions: clients)) else {
      throw BenchFailure("the workload is malformed")
    }
    let core = placement?.core(sessions: 0..<clients, servers: 1)
    let statistics = try Echo.router.withServer(core: placement?.core(ofServer: 0)) { port in
      let client = try BenchProcess("kvclient", Placement.arguments(core: core))
      defer { client.end() }
      let task = LoadTask(
        client: 0, sessions: 0..<clients, workload: workload, seed: 1, initial: [:], isRecorded: false)
      try client.send(
        ClientJob(
          task: .load(task), ports: [UInt16(port)], process: 0, processStep: Int32(clients), recording: "",
          timeoutMilliseconds: 30_000
        ).line)
      return try Self.statistics(of: client)
    }
    return ClusterMeasurement(
      name: Self.name(Echo.router.name, placement), servers: 1, clients: clients, statistics: statistics,
      serversProcessorTime: nil)
  }

  /// Measures the messages of a linearizable operation with no logic.
  func measure(_ floor: Floor, servers: Int, clients: Int) throws -> ClusterMeasurement {
    try floor.measure(
      servers: servers, clients: clients, duration: duration, warmUp: warmUp, placement: placement)
  }

  /// Starts a client when it is ready, and adds up what it reports.
  private static func statistics(of client: BenchProcess) throws -> LoadStatistics {
    var statistics = LoadStatistics()
    while let line = client.nextLine() {
      switch ClientReport(line: line) {
      case .ready: try client.send("go")
      case .progress: break
      case .load(let part): statistics.merge(part)
      case .done: return statistics
      case .failed(let reason), .problem(let reason): throw BenchFailure(reason)
      case nil: throw BenchFailure("a client said \"\(line)\"")
      }
    }
    throw BenchFailure("a client ended early")
  }
}
