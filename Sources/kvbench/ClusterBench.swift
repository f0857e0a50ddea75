import ArgumentParser
import Cluster
import Configuration
import Foundation
import History
import Replication

/// Measures every level under load, beside bare echoes in the same run.
struct ClusterBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster",
    abstract: "Measures every level with several numbers of clients and servers, beside bare echoes.",
    discussion: """
      The clients are sessions of one client process, and with three servers also processes of their own. Each does one \
      operation at a time: half reads, half writes, 100 keys. Nothing is recorded, except to measure what recording \
      costs. Each server stays on one processor core, as kvrun has it where cores are few; what is "not placed" is left to \
      the system. Build with -c release.
      """)

  @Flag(help: "Take less than two minutes, for a first look.")
  var quick = false

  @Option(help: ArgumentHelp("Put the tables into this document, between its marks.", valueName: "file"))
  var document: String?

  @Option(help: ArgumentHelp("Draw the charts into this folder.", valueName: "folder"))
  var charts: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Measure these numbers of clients only.", valueName: "number"))
  var clients: [Int] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Measure these numbers of servers only.", valueName: "number"))
  var servers: [Int] = []

  @Flag(help: .hidden)
  var smoke = false

  func validate() throws {
    guard clients.allSatisfy({ (1...Workload.sessionCountMax).contains($0) }) else {
      throw ValidationError("--clients takes numbers from 1 to \(Workload.sessionCountMax)")
    }
    guard servers.allSatisfy({ ClusterConfiguration.serverCounts.contains($0) }) else {
      throw ValidationError(
        "--servers takes numbers from 1 to \(ClusterConfiguration.serverCounts.upperBound)")
    }
  }

  func run() async throws {
    let unplaced = ClusterMeasuring(
      duration: smoke ? .milliseconds(30) : quick ? .milliseconds(600) : .milliseconds(1500),
      warmUp: smoke ? .zero : quick ? .milliseconds(200) : .milliseconds(500))
    guard let placement = Placement() else {
      throw BenchFailure(
        "this system does not let a process choose its core, so the runs could not be compared")
    }
    var measuring = unplaced
    measuring.placement = placement
    let serverCounts = !servers.isEmpty ? servers : smoke ? [3] : quick ? [1, 3] : [1, 3, 5, 7]
    let clientCounts = !clients.isEmpty ? clients : smoke ? [1, 2] : quick ? [1, 16, 64] : [1, 4, 16, 64]
    // Before anything is measured in vain.
    if let document { try ClusterResults.put(nil, into: document) }
    var results = ClusterResults(clientCounts: clientCounts, serverCounts: serverCounts)
    let echoes = smoke ? 20 : quick ? 2000 : 20_000
    for echo in [Echo.tcp, .request] { results.roundTrips.append((echo.name, [])) }
    for clients in clientCounts {
      // Between the loads, so that echoes and levels share the machine's mood.
      for (index, echo) in [Echo.tcp, .request].enumerated() {
        results.roundTrips[index].nanoseconds += try echo.measure(count: echoes / clientCounts.count)
      }
      results.roundTripsOnOneCore += try Echo.request.measure(
        count: echoes / clientCounts.count, core: placement.core(ofServer: 0))
      // A lone client is a process of its own anyway.
      for areProcesses in clients == 1 ? [false] : [false, true] {
        let clients = BenchClients(count: clients, areProcesses: areProcesses)
        let text = "\(clients.count) \(areProcesses ? "client processes" : "clients")"
        say("\(Echo.router.name), \(text)")
        for measuring in [measuring, unplaced] {
          results.measurements.append(try measuring.measureRouter(clients: clients))
        }
        for servers in serverCounts {
          let isUsual = servers == ClusterResults.usualServers
          guard isUsual || !areProcesses else { continue }
          for measuring in isUsual ? [measuring, unplaced] : [measuring] {
            // A server alone acknowledges to nobody.
            for floor in servers == 1 ? [.toAll] : Floor.allCases {
              say("\(floor.name), \(text), \(servers) servers")
              results.measurements.append(
                try measuring.measure(floor, servers: servers, clients: clients))
            }
            for level in ConsistencyLevel.allCases {
              say("\(level), \(text), \(servers) servers")
              results.measurements.append(
                try await measuring.measure(level, servers: servers, clients: clients))
            }
          }
        }
      }
    }
    for level in ConsistencyLevel.allCases {
      for _ in 0..<(quick || smoke ? 1 : 3) {
        for isRecorded in [false, true] {
          say("\(level), recording \(isRecorded ? "on" : "off")")
          let measurement = try await measuring.measure(
            level, servers: 3, clients: BenchClients(count: 16), isRecorded: isRecorded)
          results.recordings[level.rawValue, default: [:]][isRecorded, default: []].append(measurement)
        }
      }
    }
    say(nil)
    let text = results.markdown
    print(text, terminator: "")
    if let document { try ClusterResults.put(text, into: document) }
    if let charts { try results.draw(into: charts) }
  }

  /// Says on a terminal what is being measured.
  private func say(_ text: String?) {
    guard isatty(STDERR_FILENO) != 0 else { return }
    try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K\(text ?? "")".utf8))
  }
}
