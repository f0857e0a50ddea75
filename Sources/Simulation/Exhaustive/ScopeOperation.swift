import Configuration
import History
import KeyValue
import Replication

/// An operation of a scope.
struct ScopeOperation: Hashable {
  /// The place of its client among the clients, those that make the final reads behind all others.
  let client: Int
  let server: Int
  let command: Command
}

extension ScriptedClient {
  /// What the client asks for, without its sleep.
  var commands: [Command] {
    requests.compactMap { request in
      switch request {
      case .get(let key): .read(key)
      case .set(let key, let value): .write(key, value)
      case .compareAndSet(let key, let expected, let new): .compareAndSet(key, expected: expected, new: new)
      case .sleep: nil
      }
    }
  }
}

extension ObservedHistory.Result {
  /// What a client sees of a reply.
  init(_ reply: Reply) {
    switch reply {
    case .value(let value, _): self = .value(value)
    case .written: self = .written
    case .mismatch(let value, _): self = .mismatch(value)
    case .refused, .busy, .reached: self = .refused
    }
  }
}

extension HistoryBuilder {
  /// Begins an operation of a scope.
  mutating func invoke(
    _ operation: ScopeOperation, as process: ProcessID, of configuration: ClusterConfiguration, at time: Int64
  ) throws(Refusal) {
    let clients = configuration.clients
    let client =
      clients.indices.contains(operation.client)
      ? Int32(truncatingIfNeeded: clients[operation.client].number) : nil
    let (kind, value, expected): (Operation.Kind, Value, Value) =
      switch operation.command {
      case .read: (.read, .null, .null)
      case .write(_, let value): (.write, value, .null)
      case .compareAndSet(_, let expected, let new): (.compareAndSet, new, expected)
      }
    _ = try invoke(
      kind, process: process, key: operation.command.key, value: value, expected: expected,
      at: time,
      client: client, server: Int32(truncatingIfNeeded: operation.server), isFinal: client == nil)
  }

  /// Ends an operation of a scope.
  mutating func complete(
    _ process: ProcessID, _ result: ObservedHistory.Result, at time: Int64
  ) throws(Refusal) {
    switch result {
    case .value(let value): try complete(process, .ok, resultID: id(of: value), at: time)
    case .written: try complete(process, .ok, resultID: nil, at: time)
    case .mismatch(let value):
      try complete(process, .ok, resultID: id(of: value), isMismatch: true, at: time)
    case .refused: try complete(process, .fail, resultID: nil, at: time)
    case .unknown: try complete(process, .unknown, resultID: nil, at: time)
    }
  }
}
