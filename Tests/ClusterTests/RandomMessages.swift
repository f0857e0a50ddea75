import Cluster
import KeyValue
import Replication
import TestSupport

extension TestSupport.SplitMix64 {
  /// A message of a cluster of up to seven servers.
  mutating func peerMessage() -> PeerMessage {
    let servers = among(1...7)
    if percent(30) {
      let lower = UInt64(among(1...1000))
      return .fetch(Fetch(asker: ServerID(below(servers)), range: lower...lower + UInt64(below(1000))))
    }
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
    return .packet(
      Packet(
        sender: ServerID(below(servers)), clock: clock, sequence: sequence,
        received: (0..<servers).map { _ in next() }, isProbe: percent(50), updates: updates))
  }
}

/// The bytes of a message.
func encoded(_ message: PeerMessage, run: UInt64) -> [UInt8] {
  var bytes: [UInt8] = []
  message.encode(run: run, to: &bytes)
  return bytes
}
