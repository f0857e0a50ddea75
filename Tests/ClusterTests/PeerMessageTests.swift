import Cluster
import KeyValue
import Replication
import TestSupport
import Testing

@Suite("Messages between servers")
struct PeerMessageTests {
  private let run: UInt64 = 0xFEDC_BA98_7654_3210

  private func decode(_ bytes: [UInt8], run: UInt64? = nil) -> Result<PeerMessage, PeerMessage.Malformed> {
    Result { () throws(PeerMessage.Malformed) in try PeerMessage(decoding: bytes.span, run: run ?? self.run) }
  }

  @Test("a random message is read back as it was, every scalar in the form it had")
  func roundTrip() {
    for seed in 0..<seedCount(default: 3000) {
      var random = SplitMix64(seed: seed)
      let message = random.peerMessage()
      let bytes = encoded(message, run: run)
      // Equal bytes again: unlike equality, they tell 10 from 10.0.
      guard case .success(let read) = decode(bytes), read == message, encoded(read, run: run) == bytes else {
        Issue.record("seed \(seed): \(message)")
        return
      }
    }
  }

  @Test("a message cut anywhere is short, one with something behind it long")
  func length() {
    for seed in 0..<seedCount(default: 100) {
      var random = SplitMix64(seed: seed)
      let bytes = encoded(random.peerMessage(), run: run)
      for count in 0..<bytes.count {
        let result = decode(Array(bytes.prefix(count)))
        guard result == .failure(.short) else {
          Issue.record("seed \(seed), \(count) bytes of \(bytes.count): \(result)")
          return
        }
      }
      #expect(decode(bytes + [0]) == .failure(.long))
    }
  }

  @Test("another run's messages and another version's are refused")
  func strangers() {
    for seed in 0..<seedCount(default: 100) {
      var random = SplitMix64(seed: seed)
      var bytes = encoded(random.peerMessage(), run: run)
      #expect(decode(bytes, run: run ^ 1 << UInt64(random.below(64))) == .failure(.otherRun))
      bytes[1] = PeerMessage.version ^ UInt8(1 + random.below(255))
      #expect(decode(bytes) == .failure(.unknown))
      bytes[1] = PeerMessage.version
      bytes[0] = UInt8(ascii: "X")
      #expect(decode(bytes) == .failure(.unknown))
    }
  }

  @Test("whatever the bytes, they are refused or are exactly the message that was read from them")
  func fuzz() {
    var accepted = 0
    for seed in 0..<seedCount(default: 30_000) {
      var random = SplitMix64(seed: seed)
      var bytes = random.mutation(of: encoded(random.peerMessage(), run: run))
      if seed % 4 == 0 { bytes = random.bytes(upTo: 80) }
      guard case .success(let message) = decode(bytes) else { continue }
      accepted += 1
      guard encoded(message, run: run) == bytes else {
        Issue.record("seed \(seed): \(bytes) was read as \(message)")
        return
      }
    }
    #expect(accepted > 100, "so few that nothing was tried")
  }

  @Test("what no server can have sent is refused")
  func impossible() {
    func packet(
      _ clock: UInt64, _ sequence: UInt64, _ update: (sequence: UInt64, time: UInt64)? = nil,
      delivered: Stamp = .zero
    ) -> [UInt8] {
      let updates = update.map { [Update(sequence: $0.sequence, time: $0.time, command: .read("a"))] } ?? []
      return encoded(
        .packet(
          Packet(
            sender: ServerID(0), clock: clock, sequence: sequence, delivered: delivered, received: [0, 0],
            updates: updates)), run: run)
    }
    #expect(decode(packet(1 << 62 - 1, 1 << 62 - 1)) != .failure(.impossible))
    for bytes in [
      packet(1 << 62, 0), packet(0, 1 << 62), packet(5, 5, (0, 1)), packet(5, 5, (6, 1)),
      packet(5, 5, (1, 6)), packet(5, 5, delivered: Stamp(time: 6, server: ServerID(0))),
      packet(5, 5, delivered: Stamp(time: 5, server: ServerID(2))),
    ] { #expect(decode(bytes) == .failure(.impossible)) }
    let sender = encoded(
      .packet(Packet(sender: ServerID(2), clock: 0, sequence: 0, received: [0, 0])), run: run)
    #expect(decode(sender) == .failure(.impossible))
    let fetch = encoded(.fetch(Fetch(asker: ServerID(0), range: 0...1)), run: run)
    #expect(decode(fetch) == .failure(.impossible))
    func account(forgotten: UInt64, applied: UInt64) -> [UInt8] {
      encoded(
        .membership(
          .account(
            Account(
              sender: ServerID(0), incarnation: 1, known: [1, 1], clock: 9, received: [5, 5], heard: [9, 9],
              forgotten: [2, forgotten], applied: [2, applied], entries: 0))), run: run)
    }
    #expect(decode(account(forgotten: 5, applied: 5)) != .failure(.impossible))
    #expect(decode(account(forgotten: 2, applied: 6)) == .failure(.impossible))
    #expect(decode(account(forgotten: 4, applied: 3)) == .failure(.impossible))
    let key = encoded(
      .packet(
        Packet(
          sender: ServerID(0), clock: 1, sequence: 1, received: [0],
          updates: [Update(sequence: 1, time: 1, command: .write("\u{E9}", .number(1.5)))])), run: run)
    #expect(decode(key.map { $0 == 0xC3 ? 0xFF : $0 }) == .failure(.impossible))
    // The number 1.5 with the exponent of infinity.
    #expect(decode(key.dropLast(2) + [0xF8, 0x7F]) == .failure(.impossible))
  }

  @Test("word for one server stands under a topic that no other server subscribes to")
  func words() {
    let numbers = [0, 1, 9, 10, 63, 127, 128, 300]
    for recipient in numbers {
      let packet = Packet(sender: ServerID(0), clock: 1, sequence: 1, received: [0])
      let word = encoded(.word(packet, to: ServerID(recipient)), run: run)
      #expect(decode(word) == .success(.word(packet, to: ServerID(recipient))))
      for number in numbers {
        let topic = PeerMessage.wordTopic(to: ServerID(number), run: run)
        #expect(word.starts(with: topic) == (number == recipient))
      }
    }
  }

  @Test("a topic names a server only if it is the one that the server subscribes to")
  func topics() {
    for number in [0, 1, 9, 10, 63] {
      let topic = PeerMessage.subscriptionTopic(of: ServerID(number))
      #expect(PeerMessage.subscriber(topic: topic) == ServerID(number))
    }
    for text in [
      "", "@", "@-1", "@+1", "@01", "@1 ", "@ 1", "@x", "@1.0", "1", "B", "@99999999999999999999", "@\u{0}",
    ] {
      #expect(PeerMessage.subscriber(topic: Array(text.utf8)) == nil, "\(text)")
    }
    #expect(PeerMessage.subscriber(topic: [UInt8(ascii: "@"), 0xFF]) == nil)
  }
}
