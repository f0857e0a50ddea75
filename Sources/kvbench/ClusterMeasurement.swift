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

/// Clients that each do one operation at a time.
struct BenchClients {
  let count: Int
  /// Whether each is a process of its own; otherwise they are sessions of one process.
  var areProcesses = false

  /// The sessions of each client process.
  var sessions: [Range<Int>] { areProcesses ? (0..<count).map { $0..<$0 + 1 } : [0..<count] }

  /// What something is called that is measured with them, by whether its processes are placed, too.
  func name(_ name: String, _ placement: Placement?) -> String {
    let name = areProcesses ? ClusterResults.ofProcesses(name) : name
    return placement == nil ? ClusterResults.unplaced(name) : name
  }
}

/// How loads are measured: half reads, half writes.
struct ClusterMeasuring {
  let duration: Duration
  let warmUp: Duration
  /// Which core each process stays on; nil to leave that to the system.
  var placement: Placement?

  private func workload(_ clients: BenchClients) -> JSON {
    func text(_ duration: Duration) -> JSON { JSON(Int(duration / .milliseconds(1))) }
    return [
      "clients": JSON(clients.sessions.count), "sessions": JSON(clients.sessions[0].count),
      "duration": text(duration + warmUp), "warm_up": text(warmUp), "keys": 100,
    ]
  }

  /// Measures a level.
  func measure(
    _ level: ConsistencyLevel, servers: Int, clients: BenchClients, isRecorded: Bool = false
  ) async throws -> ClusterMeasurement {
    let configuration = try ClusterConfiguration(
      json: [
        "num_servers": JSON(servers), "consistency_level": JSON(level.rawValue),
        "workload": workload(clients),
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
      name: clients.name(level.rawValue, placement), servers: servers, clients: clients.count,
      statistics: load,
      serversProcessorTime: run.serversProcessorTime)
  }

  /// Measures a bare ROUTER that the same client processes ask for the same.
  func measureRouter(clients: BenchClients) throws -> ClusterMeasurement {
    guard let workload = Workload(json: workload(clients)) else {
      throw BenchFailure("the workload is malformed")
    }
    let statistics = try Echo.router.withServer(core: placement?.core(ofServer: 0)) { port in
      let processes = try clients.sessions.enumerated().map { number, sessions in
        let core = placement?.core(sessions: sessions)
        let client = try BenchProcess("kvclient", Placement.arguments(core: core))
        let task = LoadTask(
          client: number, sessions: sessions, workload: workload, seed: 1, initial: [:], isRecorded: false)
        try client.send(
          ClientJob(
            task: .load(task), ports: [UInt16(port)], process: Int32(number),
            processStep: Int32(clients.count), recording: "", timeoutMilliseconds: 30_000
          ).line)
        return client
      }
      return try LoadStatistics.ofClients(processes)
    }
    return ClusterMeasurement(
      name: clients.name(Echo.router.name, placement), servers: 1, clients: clients.count,
      statistics: statistics, serversProcessorTime: nil)
  }

  /// Measures the messages of a linearizable operation with no logic.
  func measure(_ floor: Floor, servers: Int, clients: BenchClients) throws -> ClusterMeasurement {
    try floor.measure(
      servers: servers, clients: clients, duration: duration, warmUp: warmUp, placement: placement)
  }
}

extension LoadStatistics {
  /// Starts clients when all are ready, adds up what they report, and ends them.
  static func ofClients(_ clients: [BenchProcess]) throws -> LoadStatistics {
    defer { for client in clients { client.end() } }
    var statistics = LoadStatistics()
    for client in clients {
      guard case .ready = try client.nextReport() else {
        throw BenchFailure("a client reported something before it was ready")
      }
    }
    for client in clients { try client.send("go") }
    for client in clients {
      reports: while true {
        switch try client.nextReport() {
        case .ready, .progress: break
        case .load(let part): statistics.merge(part)
        case .done: break reports
        case .failed(let reason), .problem(let reason): throw BenchFailure(reason)
        }
      }
    }
    return statistics
  }
}

extension BenchProcess {
  /// The next report of a client.
  fileprivate func nextReport() throws -> ClientReport {
    guard let line = nextLine() else { throw BenchFailure("a client ended early") }
    guard let report = ClientReport(line: line) else { throw BenchFailure("a client said \"\(line)\"") }
    return report
  }
}
