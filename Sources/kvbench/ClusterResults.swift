import Configuration
import Foundation
import History
import Replication
import Reports

import struct History.Operation

/// Everything that was measured, as tables and charts.
struct ClusterResults {
  let clientCounts: [Int]
  let serverCounts: [Int]
  var measurements: [ClusterMeasurement] = []
  /// The durations of bare round trips, one at a time, by the echo's name.
  var roundTrips: [(name: String, nanoseconds: [Int64])] = []
  /// The same of REQ/REP where both sides stay on one core; empty where that cannot be.
  var roundTripsOnOneCore: [Int64] = []
  /// Runs that were recorded and runs that were not, by level.
  var recordings: [String: [Bool: [ClusterMeasurement]]] = [:]

  /// The number of servers for which levels are compared with one another.
  static let usualServers = 3

  /// What something is called where the system chooses the cores of its processes.
  static func unplaced(_ name: String) -> String { "\(name), not placed" }

  /// What something is called where each client is a process of its own.
  static func ofProcesses(_ name: String) -> String { "\(name), a process each" }

  var levels: [String] { ConsistencyLevel.allCases.map(\.rawValue) }

  func measurement(_ name: String, servers: Int, clients: Int) -> ClusterMeasurement? {
    measurements.first { $0.name == name && $0.servers == servers && $0.clients == clients }
  }

  // MARK: Tables

  /// The tables of the document.
  var markdown: String {
    let tables = [
      ("One client, three servers, one operation at a time:", oneClient),
      ("Ratios, by the number of clients:", ratios),
      ("Latency and throughput, by the numbers of clients and servers:", everything),
      ("What recording costs, with 16 clients and three servers:", recording),
    ]
    return tables.map { "\($0.0)\n\n\($0.1)" }.joined(separator: "\n")
  }

  func table(_ headings: [String], texts: Int, _ rows: [[String]]) -> String {
    let rules = headings.indices.map { $0 < texts ? "---" : "---:" }
    return ([headings, rules] + rows).map { "| \($0.joined(separator: " | ")) |\n" }.joined()
  }

  private func time(_ nanoseconds: Int64?) -> String {
    nanoseconds.map { TimeText.duration(nanoseconds: $0) } ?? "-"
  }

  private var oneClient: String {
    let trips = roundTrips.map { ($0.name, $0.nanoseconds.sorted()) }
    func percentile(_ sorted: [Int64], _ percent: Double) -> Int64? {
      RunSummary.latency(percentile: percent, of: sorted)
    }
    let bare = trips.last.flatMap { percentile($0.1, 50) }
    let onOneCore = roundTripsOnOneCore.sorted()
    let bareOnOneCore = percentile(onOneCore, 50)
    func ratio(_ nanoseconds: Int64?, _ bare: Int64?) -> String {
      guard let nanoseconds, let bare, bare > 0 else { return "-" }
      return TimeText.fixed(Double(nanoseconds) / Double(bare), places: 2)
    }
    func row(_ name: String, _ percentile: (Double) -> Int64?) -> [String] {
      let median = percentile(50)
      return [
        name, time(median), time(percentile(99)), time(percentile(99.9)), ratio(median, bare),
        ratio(median, bareOnOneCore),
      ]
    }
    var rows = trips.map { name, sorted in row(name) { percentile(sorted, $0) } }
    if !onOneCore.isEmpty {
      rows.append(row("\(Echo.request.name), on one core") { percentile(onOneCore, $0) })
    }
    func append(_ name: String, _ measurement: ClusterMeasurement, _ kind: Operation.Kind?) {
      rows.append(row(name) { measurement.latency($0, of: kind) })
    }
    for name in [{ $0 }, Self.unplaced] {
      if let router = measurement(name(Echo.router.name), servers: 1, clients: 1) {
        append(name("\(Echo.router.name), asked by the same client"), router, nil)
      }
      for floor in Floor.allCases {
        guard let one = measurement(name(floor.name), servers: Self.usualServers, clients: 1) else {
          continue
        }
        append(name(floor.description), one, nil)
      }
      for level in levels {
        guard let one = measurement(name(level), servers: Self.usualServers, clients: 1) else { continue }
        append(name("\(level) read"), one, .read)
        append(name("\(level) write"), one, .write)
      }
    }
    return table(
      ["", "median", "p99", "p99.9", "median / REQ/REP", "median / REQ/REP on one core"], texts: 1, rows)
  }

  private var everything: String {
    let rows = measurements.sorted {
      (rank($0), $0.servers, $0.clients) < (rank($1), $1.servers, $1.clients)
    }.map { one in
      [
        one.name, "\(one.servers)", "\(one.clients)", TimeText.fixed(one.statistics.rate, places: 0),
        time(one.latency(50, of: .read)), time(one.latency(99, of: .read)),
        time(one.latency(99.9, of: .read)),
        time(one.latency(50, of: .write)), time(one.latency(99, of: .write)),
        time(one.latency(99.9, of: .write)), time(one.serversTimeEach), time(one.clientTimeEach),
      ]
    }
    return table(
      [
        "", "servers", "clients", "per second", "read p50", "p99", "p99.9", "write p50", "p99", "p99.9",
        "servers' processor time each", "client's",
      ], texts: 1, rows)
  }

  private func rank(_ measurement: ClusterMeasurement) -> Int {
    let names = levels + Floor.allCases.map(\.name) + [Echo.router.name]
    let ofProcesses = names.map(Self.ofProcesses)
    let all = names + names.map(Self.unplaced) + ofProcesses + ofProcesses.map(Self.unplaced)
    return all.firstIndex(of: measurement.name) ?? .max
  }

  private var recording: String {
    let rows = levels.compactMap { level -> [String]? in
      guard let off = recordings[level]?[false], let on = recordings[level]?[true],
        let rateOff = median(off.map(\.statistics.rate)), let rateOn = median(on.map(\.statistics.rate))
      else { return nil }
      func clientTime(_ runs: [ClusterMeasurement]) -> String {
        time(median(runs.compactMap { $0.clientTimeEach.map(Double.init) }).map { Int64($0) })
      }
      return [
        level, TimeText.fixed(rateOff, places: 0), TimeText.fixed(rateOn, places: 0),
        TimeText.fixed(100 * (1 - rateOn / max(1, rateOff)), places: 1) + " %", clientTime(off),
        clientTime(on),
      ]
    }
    return table(
      ["", "off, per second", "on, per second", "cost", "client's processor time each, off", "on"], texts: 1,
      rows)
  }

  private func median(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.sorted()[values.count / 2]
  }

  // MARK: Document

  private static let begin = "<!-- kvbench cluster -->\n"
  private static let end = "<!-- end of kvbench cluster -->\n"

  /// Replaces what stands between the marks of a document; nil only looks for them.
  static func put(_ text: String?, into path: String) throws {
    var document: String
    do {
      document = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw BenchFailure("\(path): cannot be read: \(fileReason(error))")
    }
    guard let start = document.range(of: begin), let end = document.range(of: end),
      start.upperBound <= end.lowerBound
    else {
      throw BenchFailure(
        "\(path): has no lines \(begin.dropLast()) and \(end.dropLast()) to put the tables between")
    }
    guard let text else { return }
    document.replaceSubrange(start.upperBound..<end.lowerBound, with: "\n\(text)\n")
    try write(document, path)
  }

  private static func write(_ text: String, _ path: String) throws {
    do {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    } catch {
      throw BenchFailure("\(path): cannot be written: \(fileReason(error))")
    }
  }

  // MARK: Charts

  /// Draws throughput and latency over the number of clients, and for each level the throughput by the number of servers.
  func draw(into folder: String) throws {
    let note = "\(Self.usualServers) servers, half reads, half writes, two cores"
    let columns = clientCounts.map { "\($0)" }
    func chart(_ name: String, _ picture: ChartPicture) throws {
      try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Self.write(picture.svg(), "\(folder)/\(name).svg")
    }
    func values(_ name: String, servers: Int, _ value: (ClusterMeasurement) -> Double?) -> [Double?] {
      clientCounts.map { measurement(name, servers: servers, clients: $0).flatMap(value) }
    }
    let compared =
      levels.map { ($0, Self.usualServers) }
      + [(Floor.toSender.name, Self.usualServers), (Echo.router.name, 1)]
    let rates = compared.enumerated().map { group, one in
      ChartPicture.Series(
        one.0, values(one.0, servers: one.1) { $0.statistics.rate }, group: group)
    }
    try chart(
      "throughput",
      ChartPicture(
        title: "Operations a second", note: note, axis: "clients", columns: columns, series: rates,
        label: { TimeText.fixed($0, places: 0) }))
    let latencies = compared.enumerated().flatMap { group, one in
      [(50.0, false), (99.0, true)].map { percentile, isDashed in
        ChartPicture.Series(
          isDashed ? "\(one.0) p99" : one.0,
          values(one.0, servers: one.1) { $0.latency(percentile).map(Double.init) }, group: group,
          isDashed: isDashed)
      }
    }
    try chart(
      "latency",
      ChartPicture(
        title: "Latency, median and p99", note: note, axis: "clients", columns: columns, series: latencies,
        label: { TimeText.duration(nanoseconds: Int64($0)) }))
    for level in levels {
      let series = serverCounts.enumerated().map { group, servers in
        ChartPicture.Series(
          Quantity.count(servers, "server"),
          values(level, servers: servers) { $0.statistics.rate },
          group: group)
      }
      try chart(
        "throughput-\(level)",
        ChartPicture(
          title: "Operations a second, \(level)", note: "half reads, half writes, two cores", axis: "clients",
          columns: columns, series: series, label: { TimeText.fixed($0, places: 0) }))
    }
  }
}
