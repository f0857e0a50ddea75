import Foundation
import KeyValue
public import Replication

/// A replica of a total order whose inputs and outputs are tampered with, so that it does one thing wrong.
///
/// Equal ones had a replica proper that is equal: an exhaustive search takes them for one state.
public struct MistakenReplica: Replica, Hashable {
  /// The request under which it asks the replica proper something itself.
  private static let ownRequest = RequestID(.max - 1)

  private let id: ServerID
  private let servers: Int
  private let incarnation: UInt64
  private let mistake: Mistake
  private var replica: any Replica
  /// What a read of the key answered last.
  private var answers: [Key: Reply] = [:]
  private var readKeys: [RequestID: Key] = [:]
  /// Writes by the numbers of their updates, until they are sent.
  private var unsent: [UInt64: RequestID] = [:]
  /// The numbers of updates that were sent again, and of what was sent again in their place.
  private var repeated: Set<UInt64> = []
  /// Requests that were answered early.
  private var answered: Set<RequestID> = []

  /// Makes one of so many replicas.
  ///
  /// - Parameters:
  ///   - incarnation: which start of its server it is; 0 where servers are not killed.
  ///   - wasHere: whether it is told that it was here before.
  public init(
    _ replicationProtocol: ReplicationProtocol, id: ServerID, servers: Int, incarnation: UInt64,
    wasHere: Bool, mistake: Mistake
  ) {
    self.id = id
    self.servers = servers
    self.incarnation = incarnation
    self.mistake = mistake
    let followed = mistake == .readsLocally ? .localRead : replicationProtocol
    replica =
      incarnation == 0
      ? followed.makeReplica(id: id, servers: servers, initial: [:])
      : followed.makeRejoiningReplica(
        id: id, servers: servers, initial: [:], incarnation: incarnation,
        wasHere: wasHere && mistake != .rejoinsAsNew)
  }

  /// The number of updates broadcast.
  public var position: UInt64 { replica.position }
  /// Whether a message may have been lost.
  public var isWaiting: Bool { replica.isWaiting }
  /// Whether it has something to tell that nobody waits for.
  public var isOwing: Bool { replica.isOwing }
  /// Where it stands, or says that it does.
  public var standing: Standing { mistake == .readsWhileCatchingUp ? .member : replica.standing }

  /// Takes an input.
  public mutating func handle(_ input: Input, now: LogicalTime, _ outputs: inout [Output]) {
    var own: [Output] = []
    if let input = altered(input, &own) { replica.handle(input, now: now, &own) }
    note(input)
    for output in own { outputs += altered(output) }
  }

  // MARK: Inputs

  private mutating func altered(_ input: Input, _ outputs: inout [Output]) -> Input? {
    switch (mistake, input) {
    case (.ignoresClocks, .packet(let packet)):
      return .packet(copy(packet, clock: packet.clock + 1_000_000, received: packet.received))
    case (.countsOneForAll, .packet(let packet)):
      for peer in 0..<servers where peer != id.number && peer != packet.sender.number {
        let claim = Packet(
          sender: ServerID(peer), clock: 0, sequence: 0, received: packet.received)
        replica.handle(.packet(claim), now: 0, &outputs)
      }
      return input
    case (.comparesOnReceipt, .request(let request, .compareAndSet(let key, let expected, let new))):
      var answer: [Output] = []
      replica.handle(.request(Self.ownRequest, .read(key)), now: 0, &answer)
      guard case .reply(_, .value(let value, let stamp))? = answer.first else { return input }
      if value == expected { return .request(request, .write(key, new)) }
      outputs.append(.reply(request, .mismatch(value, stamp)))
      return nil
    case (.dropsFetches, .fetch): return nil
    case (.readsWhileCatchingUp, .request(let request, .read)) where replica.standing != .member:
      outputs.append(.reply(request, .value(.null, nil)))
      return nil
    case (.forgetsTheQueue, .membership(.account(var account))):
      account.applied = account.received
      account.forgotten = account.received
      return .membership(.account(account))
    case (.rejoinsWithAnOldClock, .membership(.account(var account))):
      account.clock = 0
      return .membership(.account(account))
    case (.forgetsAnEntry, .membership(.piece(let piece))):
      guard case .entries(let place, var entries) = piece.content else { return input }
      // Of each piece the one written last.
      let last = entries.indices.max { (entries[$0].stamp?.time ?? 0) < (entries[$1].stamp?.time ?? 0) }
      if let last { entries[last] = Account.Entry(key: entries[last].key, value: .null, stamp: nil) }
      return .membership(
        .piece(
          Piece(
            sender: piece.sender, incarnation: piece.incarnation, known: piece.known,
            content: .entries(from: place, entries))))
    case (.rejoinsAsNew, .membership(.status(let status))):
      var first = status.first
      if first.indices.contains(id.number), first[id.number] != 0 { first[id.number] = incarnation }
      return .membership(
        .status(
          Status(
            sender: status.sender, incarnation: status.incarnation, standing: status.standing,
            known: status.known, first: first, asks: status.asks)))
    default: return input
    }
  }

  private func copy(_ packet: Packet, clock: LogicalTime, received: [UInt64]) -> Packet {
    Packet(
      sender: packet.sender, clock: clock, sequence: packet.sequence, delivered: packet.delivered,
      received: received, isProbe: packet.isProbe, updates: packet.updates, incarnation: packet.incarnation)
  }

  private mutating func note(_ input: Input) {
    switch (mistake, input) {
    case (.servesStaleReads, .request(let request, .read(let key))): readKeys[request] = key
    case (.acknowledgesWhenSent, .request(let request, .write)): unsent[position] = request
    default: break
    }
  }

  // MARK: Outputs

  private mutating func altered(_ output: Output) -> [Output] {
    switch (mistake, output) {
    case (.servesStaleReads, .reply(let request, let reply)):
      guard let key = readKeys.removeValue(forKey: request) else { return [output] }
      let stale = answers[key]
      answers[key] = reply
      return [.reply(request, stale ?? reply)]
    case (.acknowledgesWhenSent, .broadcast(let packet)):
      var outputs = [output]
      for update in packet.updates {
        guard let request = unsent.removeValue(forKey: update.sequence) else { continue }
        answered.insert(request)
        outputs.append(.reply(request, .written(Stamp(time: update.time, server: id))))
      }
      return outputs
    case (.acknowledgesWhenSent, .reply(let request, _)):
      return answered.remove(request) == nil ? [output] : []
    case (.repeatsUnderNewNumbers, .send(let packet, _)):
      var outputs = [output]
      for update in packet.updates where repeated.insert(update.sequence).inserted {
        repeated.insert(position + 1)
        replica.handle(.request(Self.ownRequest, update.command), now: 0, &outputs)
      }
      return outputs.filter { if case .reply(Self.ownRequest, _) = $0 { false } else { true } }
    case (.repeatsUnderNewNumbers, .reply(Self.ownRequest, _)): return []
    default: return [output]
    }
  }
}

extension MistakenReplica {
  private var state: [AnyHashable] {
    // One that cannot be compared is equal to none.
    let replica = (replica as? any Hashable).map { AnyHashable($0) } ?? AnyHashable(UUID())
    return [id, incarnation, mistake, replica, answers, readKeys, unsent, repeated, answered]
  }

  /// Whether both behave alike from now on.
  public static func == (left: MistakenReplica, right: MistakenReplica) -> Bool { left.state == right.state }

  /// Feeds what equality goes by to a hasher.
  public func hash(into hasher: inout Hasher) { hasher.combine(state) }
}
