import History
import Replication
import Reports

extension ClusterResults {
  /// What was measured against the floor and the bare ROUTER, and how far the tails are from the medians.
  var ratios: String {
    var rows: [[String]] = []
    func append(_ name: String, _ ratio: (Int) -> Double?) {
      let ratios = clientCounts.map { clients in
        ratio(clients).flatMap { $0.isFinite ? TimeText.fixed($0, places: 2) : nil } ?? "-"
      }
      rows.append([name] + ratios)
    }
    let usual = Self.usualServers
    let linearizable = ConsistencyLevel.linearizable.rawValue
    let eventual = ConsistencyLevel.eventual.rawValue
    let several = serverCounts.filter { $0 > 1 }
    for floor in Floor.allCases {
      for servers in several {
        append("median, \(linearizable) / \(floor.name), \(servers) servers") { clients in
          self.ratio(linearizable, servers, floor.name, servers, clients) { $0.latency(50).map(Double.init) }
        }
      }
      for servers in several {
        append("throughput, \(linearizable) / \(floor.name), \(servers) servers") { clients in
          self.ratio(linearizable, servers, floor.name, servers, clients) { $0.statistics.rate }
        }
      }
    }
    for level in levels {
      append("throughput, \(level), placed / not placed, \(usual) servers") { clients in
        self.ratio(level, usual, Self.unplaced(level), usual, clients) { $0.statistics.rate }
      }
    }
    for floor in Floor.allCases {
      append("throughput, \(linearizable) / \(floor.name), neither placed, \(usual) servers") { clients in
        self.ratio(Self.unplaced(linearizable), usual, Self.unplaced(floor.name), usual, clients) {
          $0.statistics.rate
        }
      }
    }
    for floor in Floor.allCases {
      for name in [Self.ofProcesses, { Self.unplaced(Self.ofProcesses($0)) }] {
        append("throughput, \(name(linearizable)) / \(floor.name), \(usual) servers") { clients in
          self.ratio(name(linearizable), usual, name(floor.name), usual, clients) { $0.statistics.rate }
        }
      }
    }
    append("throughput, \(eventual) / \(Echo.router.name), \(usual) servers") { clients in
      self.ratio(eventual, usual, Echo.router.name, 1, clients) { $0.statistics.rate }
    }
    for level in levels {
      append("p99 / median, \(level), \(usual) servers") { clients in
        guard let one = measurement(level, servers: usual, clients: clients), let tail = one.latency(99),
          let median = one.latency(50)
        else { return nil }
        return Double(tail) / Double(median)
      }
    }
    let headings = clientCounts.map { $0 == 1 ? "1 client" : "\($0) clients" }
    return table([""] + headings, texts: 1, rows)
  }

  private func ratio(
    _ name: String, _ servers: Int, _ otherName: String, _ otherServers: Int, _ clients: Int,
    _ value: (ClusterMeasurement) -> Double?
  ) -> Double? {
    guard
      let one = measurement(name, servers: servers, clients: clients).flatMap(value),
      let other = measurement(otherName, servers: otherServers, clients: clients).flatMap(value)
    else { return nil }
    return one / other
  }
}
