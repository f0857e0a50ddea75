import KeyValue
import Replication

extension MembershipMessage {
  /// Appends the bytes that follow the head of the message.
  func encode(to bytes: inout [UInt8]) {
    switch self {
    case .status(let status):
      bytes.append(varint: status.sender.number)
      bytes.append(varint: status.known.count)
      bytes.append(status.standing.rawValue)
      bytes.append(status.asks ? 1 : 0)
      bytes.append(varint: status.incarnation)
      bytes.append(varints: status.known)
      bytes.append(varints: status.first)
    case .join(let request):
      bytes.append(varint: request.asker.number)
      bytes.append(varint: request.known.count)
      bytes.append(request.wantsState ? 1 : 0)
      bytes.append(varint: request.incarnation)
      bytes.append(varints: request.known)
    case .account(let account):
      account.encode(to: &bytes)
    }
  }
}

extension Account {
  fileprivate func encode(to bytes: inout [UInt8]) {
    bytes.append(varint: sender.number)
    bytes.append(varint: known.count)
    bytes.append(varint: incarnation)
    bytes.append(varints: known)
    bytes.append(varint: clock)
    bytes.append(varints: received)
    bytes.append(varints: heard)
    bytes.append(varints: applied)
    for updates in unstable { bytes.append(updates: updates) }
    bytes.append(state == nil ? 0 : 1)
    guard let state else { return }
    bytes.append(varint: state.entries.count)
    for entry in state.entries {
      bytes.append(text: entry.key.text)
      bytes.append(value: entry.value)
      bytes.append(entry.stamp == nil ? 0 : 1)
      if let stamp = entry.stamp {
        bytes.append(varint: stamp.time)
        bytes.append(varint: stamp.server.number)
      }
    }
    for updates in state.pending { bytes.append(updates: updates) }
  }
}

extension WireReader {
  mutating func status(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> Status {
    let sender = try number(bytes)
    let servers = try number(bytes)
    guard let standing = Standing(rawValue: try byte(bytes)) else { throw .impossible }
    let asks = try flag(bytes)
    let incarnation = try incarnation(bytes)
    guard sender < servers else { throw .impossible }
    return Status(
      sender: ServerID(sender), incarnation: incarnation, standing: standing,
      known: try incarnations(servers, bytes), first: try incarnations(servers, bytes), asks: asks)
  }

  mutating func join(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> JoinRequest {
    let asker = try number(bytes)
    let servers = try number(bytes)
    let wantsState = try flag(bytes)
    let incarnation = try incarnation(bytes)
    guard asker < servers else { throw .impossible }
    return JoinRequest(
      asker: ServerID(asker), incarnation: incarnation, known: try incarnations(servers, bytes),
      wantsState: wantsState)
  }

  mutating func account(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> Account {
    let sender = try number(bytes)
    let servers = try number(bytes)
    guard sender < servers else { throw .impossible }
    let incarnation = try incarnation(bytes)
    let known = try incarnations(servers, bytes)
    let clock = try varint(bytes)
    let received = try varints(servers, bytes)
    let heard = try varints(servers, bytes)
    let applied = try varints(servers, bytes)
    let numbers = [received, heard, applied, [clock]].joined()
    guard numbers.allSatisfy({ $0 < PeerMessage.numbersMax }) else { throw .impossible }
    let unstable = try updateLists(servers, bytes)
    for (stream, updates) in unstable.enumerated() {
      // The last ones up to what was received, without a gap.
      guard UInt64(updates.count) <= received[stream] else { throw .impossible }
      let start = received[stream] - UInt64(updates.count)
      for (index, update) in updates.enumerated() where update.sequence != start + UInt64(index) + 1 {
        throw .impossible
      }
    }
    let state = try flag(bytes) ? try state(servers, bytes) : nil
    return Account(
      sender: ServerID(sender), incarnation: incarnation, known: known, clock: clock, received: received,
      heard: heard, unstable: unstable, applied: applied, state: state)
  }

  private mutating func state(
    _ servers: Int, _ bytes: borrowing Span<UInt8>
  ) throws(Malformed) -> Account.State {
    var entries: [Account.Entry] = []
    for _ in 0..<(try varint(bytes)) {
      let key = Key(try text(bytes))
      let value = try value(bytes)
      var stamp: Stamp?
      if try flag(bytes) {
        let time = try varint(bytes)
        let server = try number(bytes)
        guard time < PeerMessage.numbersMax, server < servers else { throw .impossible }
        stamp = Stamp(time: time, server: ServerID(server))
      }
      entries.append(Account.Entry(key: key, value: value, stamp: stamp))
    }
    return Account.State(entries: entries, pending: try updateLists(servers, bytes))
  }

  private mutating func updateLists(
    _ count: Int, _ bytes: borrowing Span<UInt8>
  ) throws(Malformed) -> [[Update]] {
    var lists: [[Update]] = []
    for _ in 0..<count { lists.append(try updates(bytes)) }
    return lists
  }

  private mutating func incarnation(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> UInt64 {
    let incarnation = try varint(bytes)
    guard incarnation < PeerMessage.numbersMax else { throw .impossible }
    return incarnation
  }

  private mutating func incarnations(
    _ count: Int, _ bytes: borrowing Span<UInt8>
  ) throws(Malformed) -> [UInt64] {
    let incarnations = try varints(count, bytes)
    guard incarnations.allSatisfy({ $0 < PeerMessage.numbersMax }) else { throw .impossible }
    return incarnations
  }
}
