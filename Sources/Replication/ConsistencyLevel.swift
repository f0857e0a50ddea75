/// A consistency level: what a store promises its clients. `docs/configuration.md` says how a configuration names one.
public enum ConsistencyLevel: String, CaseIterable, Sendable, Hashable, CustomStringConvertible {
  /// Operations take effect one at a time, each between its invocation and its response.
  case linearizable
  /// Operations take effect one at a time, in an order that keeps the order of each client.
  case sequential
  /// Once writes have stopped, all replicas come to hold the same values.
  case eventual

  /// The level of that name or alias, in any case; nil when there is none.
  public init?(named name: String) {
    switch name.lowercased() {
    case "linearizability", "linearisable", "linearisability": self = .linearizable
    case "sequential-consistency": self = .sequential
    case "eventual-consistency": self = .eventual
    case let name: self.init(rawValue: name)
    }
  }

  /// The protocol that keeps the promise where the configuration names none: the cheapest that provides the level.
  public var defaultProtocol: ReplicationProtocol {
    switch self {
    case .linearizable: .totalOrderBroadcast
    case .sequential: .localRead
    case .eventual: .lastWriterWins
    }
  }

  /// The name of the level.
  public var description: String { rawValue }
}
