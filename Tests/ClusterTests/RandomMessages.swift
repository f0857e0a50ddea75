import Cluster
import KeyValue
import Replication
import TestSupport

extension SplitMix64 {
  private mutating func numbers(_ count: Int) -> [UInt64] {
    (0..<count).map { _ in percent(30) ? UInt64(below(200)) : next() >> 2 }
  }

  private mutating func updates(from start: UInt64) -> [Update] {
    (0..<below(4)).map { index in
      Update(sequence: start + UInt64(index) + 1, time: next() >> 2, command: .write(Key(text()), value()))
    }
  }

  private mutating func membershipMessage(_ servers: Int) -> MembershipMessage {
    let sender = ServerID(below(servers))
    let incarnation = next() >> 2
    switch below(4) {
    case 0:
      return .status(
        Status(
          sender: sender, incarnation: incarnation, standing: pick(Standing.allCases),
          known: numbers(servers), first: numbers(servers), asks: percent(50)))
    case 1:
      return .join(
        JoinRequest(asker: sender, incarnation: incarnation, known: numbers(servers), wish: wish(servers)))
    case 2:
      let received = numbers(servers)
      return .account(
        Account(
          sender: sender, incarnation: incarnation, known: numbers(servers), clock: next() >> 2,
          received: received, heard: numbers(servers), forgotten: received.map { $0 / 3 },
          applied: received.map { $0 / 2 }, entries: below(1_000_000)))
    default:
      let entries = (0..<below(4)).map { _ in
        Account.Entry(
          key: Key(text()), value: value(),
          stamp: percent(50) ? Stamp(time: next() >> 2, server: ServerID(below(servers))) : nil)
      }
      return .piece(
        Piece(
          sender: sender, incarnation: incarnation, known: numbers(servers),
          content: percent(50)
            ? .entries(from: below(1_000_000), entries)
            : .updates(of: ServerID(below(servers)), updates(from: UInt64(below(1000))))))
    }
  }

  private mutating func wish(_ servers: Int) -> JoinRequest.Wish {
    let lower = UInt64(among(1...1000))
    return switch below(3) {
    case 0: .account
    case 1: .entries(from: below(1_000_000))
    default: .updates(of: ServerID(below(servers)), lower...lower + UInt64(below(1000)))
    }
  }

  /// A message of a cluster of up to seven servers.
  mutating func peerMessage() -> PeerMessage {
    let servers = among(1...7)
    if percent(30) {
      let lower = UInt64(among(1...1000))
      return .fetch(Fetch(asker: ServerID(below(servers)), range: lower...lower + UInt64(below(1000))))
    }
    if percent(40) { return .membership(membershipMessage(servers)) }
    let sequence = UInt64(among(1...1_000_000))
    let clock = next() >> 2
    let updates = (0..<below(4)).map { _ in
      Update(
        sequence: UInt64(among(1...Int(sequence))), time: UInt64(below(Int(clock) + 1)),
        command: percent(30)
          ? .read(Key(text()))
          : percent(50)
            ? .write(Key(text()), value()) : .compareAndSet(Key(text()), expected: value(), new: value()))
    }
    let packet = Packet(
      sender: ServerID(below(servers)), clock: clock, sequence: sequence,
      delivered: Stamp(time: UInt64(below(Int(clock) + 1)), server: ServerID(below(servers))),
      received: (0..<servers).map { _ in next() }, isProbe: percent(50), updates: updates)
    return percent(70) ? .packet(packet) : .word(packet, to: ServerID(below(servers)))
  }
}

/// The bytes of a message.
func encoded(_ message: PeerMessage, run: UInt64) -> [UInt8] {
  var bytes: [UInt8] = []
  message.encode(run: run, to: &bytes)
  return bytes
}
