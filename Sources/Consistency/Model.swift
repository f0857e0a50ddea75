/// A consistency model: a promise about what the clients of a store can see.
///
/// `docs/models.md` defines each one.
public enum Model: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// One total order of all operations extends real time, and each read returns the latest write of its key.
  case linearizable
  /// One total order of all operations extends each process's order, and each read returns the latest write of its key.
  case sequential
  /// Once writes have stopped, all replicas agree on a value that was written and that nothing replaced.
  case eventual

  /// The model of that name or alias; nil when there is none.
  public init?(named name: String) {
    switch name.lowercased() {
    case "linearizability", "linearisable", "atomic": self = .linearizable
    case "sequential-consistency": self = .sequential
    case let name: self.init(rawValue: name)
    }
  }

  /// The name of the model.
  public var description: String { rawValue }
}
