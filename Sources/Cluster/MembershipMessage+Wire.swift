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
      bytes.append(from: request.asker, request.incarnation, known: request.known)
      switch request.wish {
      case .account: bytes.append(0)
      case .entries(let place):
        bytes.append(1)
        bytes.append(varint: place)
      case .updates(let server, let range):
        bytes.append(2)
        bytes.append(varint: server.number)
        bytes.append(varint: range.lowerBound)
        bytes.append(varint: range.upperBound)
      }
    case .account(let account):
      account.encode(to: &bytes)
    case .piece(let piece):
      piece.encode(to: &bytes)
    }
  }
}

extension [UInt8] {
  /// With what joins, accounts and pieces begin.
  fileprivate mutating func append(from sender: ServerID, _ incarnation: UInt64, known: [UInt64]) {
    append(varint: sender.number)
    append(varint: known.count)
    append(varint: incarnation)
    append(varints: known)
  }
}

extension Account {
  fileprivate func encode(to bytes: inout [UInt8]) {
    bytes.append(from: sender, incarnation, known: known)
    bytes.append(varint: clock)
    bytes.append(varints: received)
    bytes.append(varints: heard)
    bytes.append(varints: forgotten)
    bytes.append(varints: applied)
    bytes.append(varint: entries)
  }
}

extension Piece {
  fileprivate func encode(to bytes: inout [UInt8]) {
    bytes.append(from: sender, incarnation, known: known)
    switch content {
    case .entries(let place, let entries):
      bytes.append(0)
      bytes.append(varint: place)
      bytes.append(varint: entries.count)
      for entry in entries {
        bytes.append(text: entry.key.text)
        bytes.append(value: entry.value)
        bytes.append(entry.stamp == nil ? 0 : 1)
        if let stamp = entry.stamp {
          bytes.append(varint: stamp.time)
          bytes.append(varint: stamp.server.number)
        }
      }
    case .updates(let server, let updates):
      bytes.append(1)
      bytes.append(varint: server.number)
      bytes.append(updates: updates)
    }
  }
}

extension WireReader {
  /// The most places in a store that a message can name.
  private static let placesMax: UInt64 = 1 << 48

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

  /// With what joins, accounts and pieces begin: whose they are, and which incarnations of all servers it knows.
  private mutating func head(
    _ bytes: borrowing Span<UInt8>
  ) throws(Malformed) -> (sender: ServerID, incarnation: UInt64, known: [UInt64]) {
    let sender = try number(bytes)
    let servers = try number(bytes)
    guard sender < servers else { throw .impossible }
    return (ServerID(sender), try incarnation(bytes), try incarnations(servers, bytes))
  }

  mutating func join(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> JoinRequest {
    let (asker, incarnation, known) = try head(bytes)
    let servers = known.count
    let wish: JoinRequest.Wish
    switch try byte(bytes) {
    case 0: wish = .account
    case 1: wish = .entries(from: try number(bytes, max: Self.placesMax))
    case 2:
      let server = try number(bytes)
      let lower = try varint(bytes)
      let upper = try varint(bytes)
      guard server < servers, lower >= 1, lower <= upper else { throw .impossible }
      wish = .updates(of: ServerID(server), lower...upper)
    default: throw .impossible
    }
    return JoinRequest(asker: asker, incarnation: incarnation, known: known, wish: wish)
  }

  mutating func account(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> Account {
    let (sender, incarnation, known) = try head(bytes)
    let servers = known.count
    let clock = try varint(bytes)
    let received = try varints(servers, bytes)
    let heard = try varints(servers, bytes)
    let forgotten = try varints(servers, bytes)
    let applied = try varints(servers, bytes)
    let entries = try number(bytes, max: Self.placesMax)
    let numbers = [received, heard, applied, [clock]].joined()
    let account = Account(
      sender: sender, incarnation: incarnation, known: known, clock: clock, received: received,
      heard: heard, forgotten: forgotten, applied: applied, entries: entries)
    guard numbers.allSatisfy({ $0 < PeerMessage.numbersMax }), account.isPossible else { throw .impossible }
    return account
  }

  mutating func piece(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> Piece {
    let (sender, incarnation, known) = try head(bytes)
    let servers = known.count
    let content: Piece.Content
    if try flag(bytes) {
      let server = try number(bytes)
      guard server < servers else { throw .impossible }
      content = .updates(of: ServerID(server), try updates(bytes))
    } else {
      let place = try number(bytes, max: Self.placesMax)
      content = .entries(from: place, try entries(servers, bytes))
    }
    return Piece(sender: sender, incarnation: incarnation, known: known, content: content)
  }

  private mutating func entries(
    _ servers: Int, _ bytes: borrowing Span<UInt8>
  ) throws(Malformed) -> [Account.Entry] {
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
    return entries
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
