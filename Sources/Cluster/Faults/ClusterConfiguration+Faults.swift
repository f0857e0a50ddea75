public import Configuration
import Replication

extension FaultName {
  /// Why processes and TCP connections do not suffer the fault; nil when they do.
  var obstacle: String? {
    switch self {
    case .partition, .kill, .pause, .slow, .delay, .reset, .bandwidth: nil
    case .loss, .queue: "connections lose nothing while they stand; reset loses what is on its way"
    case .duplicate, .reorder: "connections deliver in order and once"
    case .clock: "the processes of a run share the clock of their machine"
    }
  }

  /// The kinds that processes and connections suffer.
  static var ofProcesses: [FaultName] { allCases.filter { $0.obstacle == nil } }
}

extension ClusterConfiguration {
  /// The faults that only a simulation can make, each as a problem with its place.
  public var faultsForSimulation: [String] {
    let expected = "expected " + FaultName.ofProcesses.map(\.rawValue).joined(separator: ", ")
    return (faults?.entries ?? []).enumerated().flatMap { index, entry -> [String] in
      switch entry {
      case .fault(let fault):
        let name = fault.kind.name
        return name.obstacle.map {
          ["$.faults[\(index)].fault: found \"\(name)\", \(expected): \($0); kvsim simulates it"]
        } ?? []
      case .random(let random):
        // Of all kinds, those are drawn that can be.
        guard random.kinds != FaultName.allCases else { return [] }
        return random.kinds.enumerated().compactMap { place, name in
          name.obstacle.map {
            "$.faults[\(index)].kinds[\(place)]: found \"\(name)\", \(expected): \($0); kvsim simulates it"
          }
        }
      }
    }
  }

  /// The faults of a run on processes: what is drawn from all kinds is drawn from those that they suffer.
  ///
  /// A kill is not drawn for a protocol that answers a write before any other server has it: to lose such a write is what
  /// the protocol is known to do, and the level's model would call it a violation.
  var faultsOnProcesses: FaultSchedule? {
    guard let faults, !faults.isEmpty else { return nil }
    return FaultSchedule(
      faults.entries.map { entry in
        guard case .random(var random) = entry, random.kinds == FaultName.allCases else { return entry }
        random.kinds = FaultName.ofProcesses.filter {
          replicationProtocol != .lastWriterWins || $0 != .kill
        }
        return .random(random)
      })
  }

  /// How many files the proxy on the links has open at most: a listener for each, and both ends of each connection.
  public var proxyDescriptors: Int {
    guard faultsOnProcesses != nil else { return 0 }
    let pairs = servers.count * (servers.count - 1)
    return 6 * pairs + servers.count * (1 + 2 * (clients.count + (workload?.clients ?? 0)))
  }
}
