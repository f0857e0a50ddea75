import ArgumentParser
import Cluster
import Configuration
import Foundation
import History
import KeyValue
import Replication
import Reports

/// Measures what an operation of one client costs at each level, beside a bare round trip in the same run.
struct LatencyBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latency",
    abstract:
      "Measures latencies of one client against three servers, as ratios to a bare REQ/REP round trip.",
    discussion: """
      Each round measures a bare echo between two processes and then each level, so that what slows the machine slows \
      all of them. The figures are of all rounds together.
      """)

  @Option(help: "The number of operations of each kind in a round.")
  var operations = 2000

  @Option(help: "The number of rounds.")
  var rounds = 5

  @Option(help: "The number of servers.")
  var servers = 3

  func validate() throws {
    // Each is written and read, and a configuration holds so many requests at most.
    let operationsMax = ClusterConfiguration.requestCountMax / 2
    guard (1...operationsMax).contains(operations) else {
      throw ValidationError("--operations takes a number from 1 to \(operationsMax)")
    }
    guard rounds >= 1 else { throw ValidationError("--rounds takes a number from 1 on") }
    let serverCounts = ClusterConfiguration.serverCounts
    guard serverCounts.contains(servers) else {
      throw ValidationError(
        "--servers takes a number from \(serverCounts.lowerBound) to \(serverCounts.upperBound)")
    }
  }

  func run() async throws {
    var latencies: [String: [Int64]] = [:]
    var order: [String] = []
    func add(_ name: String, _ values: [Int64]) {
      if latencies[name] == nil { order.append(name) }
      latencies[name, default: []] += values
    }
    for _ in 0..<rounds {
      add(
        "bare REQ/REP echo",
        try Echo.request.measure(count: operations))
      for level in ConsistencyLevel.allCases {
        let history = try await history(level)
        for kind in [Operation.Kind.write, .read] {
          let operations = history.operations.filter { $0.kind == kind && !$0.isFinal && $0.outcome == .ok }
          add("\(level) \(kind.eventFunction)", operations.map { $0.completed - $0.invoked })
        }
      }
    }
    print(Self.table(order, latencies).text, terminator: "")
  }

  private static func table(_ order: [String], _ latencies: [String: [Int64]]) -> Table {
    let sorted = latencies.mapValues { $0.sorted() }
    func percentile(_ name: String, _ percent: Double) -> Int64 {
      RunSummary.latency(percentile: percent, of: sorted[name, default: []]) ?? 0
    }
    var table = Table([
      "operation", .number("count"), .number("median"), .number("p99"), .number("median / bare"),
    ])
    let bare = order.first.map { percentile($0, 50) } ?? 1
    for name in order {
      let median = percentile(name, 50)
      table.append([
        name, "\(latencies[name]?.count ?? 0)", TimeText.duration(nanoseconds: median),
        TimeText.duration(nanoseconds: percentile(name, 99)),
        TimeText.fixed(Double(median) / Double(max(1, bare)), places: 2),
      ])
    }
    return table
  }

  /// Runs one client that writes so many times and then reads as often: in turns, a read would be charged with what the
  /// servers still have to say about the write before it.
  private func history(_ level: ConsistencyLevel) async throws -> History {
    let writes = (0..<operations).map { ["type": "set", "key": "a", "value": JSON($0 + 1)] as JSON }
    let requests = writes + Array(repeating: ["type": "get", "key": "a"], count: operations)
    let configuration = try ClusterConfiguration(
      json: [
        "num_servers": JSON(servers), "consistency_level": JSON(level.rawValue),
        "clients": [["client_number": 0, "server_number": 0, "requests": .array(requests)]],
      ], name: "kvbench")
    let parts = FileManager.default.temporaryDirectory.appending(path: "kvbench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: parts, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: parts) }
    let run = await ClusterRun.run(
      configuration,
      ClusterRun.Options(
        seed: 1, timeout: .seconds(30), programs: ClusterRun.programsBesideThisOne, parts: parts),
      interrupts: AsyncStream { $0.finish() })
    if let failure = run.failure { throw failure }
    let file = parts.appending(path: "history.jsonl").path(percentEncoded: false)
    try run.history.write(to: file)
    return try HistoryReader().read(path: file)
  }
}
