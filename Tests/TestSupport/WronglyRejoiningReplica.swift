import KeyValue
public import Replication

/// A replica that finds its way back into its cluster, but gets one part of it wrong.
public struct WronglyRejoiningReplica: Replica {
  /// What is wrong with it.
  public enum Mistake: Sendable, CaseIterable {
    /// It takes over the store and forgets what was received and not delivered.
    case missingQueue
    /// It answers before it has caught up.
    case readsWhileCatchingUp
  }

  private let mistake: Mistake
  private let isRestarted: Bool
  private var replica: any Replica

  /// Makes one of so many replicas.
  public init(
    _ replicationProtocol: ReplicationProtocol, _ start: SimulatedCluster.Start, servers: Int,
    mistake: Mistake
  ) {
    self.mistake = mistake
    isRestarted = start.incarnation > 1
    replica = replicationProtocol.makeRejoiningReplica(
      id: start.id, servers: servers, initial: [:], incarnation: start.incarnation, wasHere: start.wasHere)
  }

  /// The number of updates broadcast.
  public var position: UInt64 { replica.position }
  /// Whether a message may have been lost.
  public var isWaiting: Bool { replica.isWaiting }
  /// Where it stands, or says that it does.
  public var standing: Standing { mistake == .readsWhileCatchingUp ? .member : replica.standing }

  /// Takes an input.
  public mutating func handle(_ input: Input, now: LogicalTime, _ outputs: inout [Output]) {
    switch (mistake, input) {
    case (.readsWhileCatchingUp, .request(let request, .read))
    where isRestarted && replica.standing != .member:
      outputs.append(.reply(request, .value(.null, nil)))
    case (.missingQueue, .membership(.account(var account))):
      account.unstable = account.unstable.map { _ in [] }
      account.state?.pending = account.unstable
      replica.handle(.membership(.account(account)), now: now, &outputs)
    default:
      replica.handle(input, now: now, &outputs)
    }
  }
}
