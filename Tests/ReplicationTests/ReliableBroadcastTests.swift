import KeyValue
import Replication
import TestSupport
import Testing

@Suite("Reliable broadcast")
struct ReliableBroadcastTests {
  private let own = ServerID(0)
  private let peer = ServerID(1)

  private func update(_ sequence: UInt64) -> Update {
    Update(sequence: sequence, time: 10 * sequence, command: .write("k", .integer(Int64(sequence))))
  }

  private func bounds(_ updates: Int) -> Bounds {
    var bounds = Bounds()
    bounds.updates = updates
    return bounds
  }

  /// A packet of the peer with these updates, its clock that of its latest update.
  private func packet(_ updates: [UInt64], latest: UInt64? = nil, received: UInt64 = 0, isProbe: Bool = false)
    -> Packet
  {
    let latest = latest ?? updates.max() ?? 0
    return Packet(
      sender: peer, clock: 10 * latest, sequence: latest, received: [received, latest], isProbe: isProbe,
      updates: updates.map(update))
  }

  private func endTurn(_ link: inout ReliableBroadcast, clock: LogicalTime = 0) -> [Output] {
    var outputs: [Output] = []
    link.endTurn(clock: clock, &outputs)
    return outputs
  }

  private func tick(_ link: inout ReliableBroadcast, clock: LogicalTime = 0, isWaiting: Bool = false)
    -> [Output]
  {
    var outputs: [Output] = []
    link.tick(clock: clock, isWaiting: isWaiting, &outputs)
    return outputs
  }

  private func answer(_ link: ReliableBroadcast, _ range: ClosedRange<UInt64>, asker: ServerID? = nil)
    -> Packet?
  {
    var outputs: [Output] = []
    link.answer(Fetch(asker: asker ?? peer, range: range), &outputs)
    guard case .send(let packet, to: asker ?? peer)? = outputs.first, outputs.count == 1 else { return nil }
    return packet
  }

  private func fetches(_ outputs: [Output]) -> [ClosedRange<UInt64>] {
    outputs.compactMap {
      if case .fetch(let fetch, from: peer) = $0, fetch.asker == own { fetch.range } else { nil }
    }
  }

  // MARK: Losses and sizes

  @Test("a peer that talks but does not come any further with what was sent is asked at the second tick")
  func lostOnTheWayOut() {
    var link = ReliableBroadcast(id: own, servers: 2)
    _ = link.broadcast(.write("k", 1), time: 1)
    #expect(endTurn(&link, clock: 1).count == 1)
    var probes: [Bool] = []
    for round in 1...4 as ClosedRange<UInt64> {
      // The packet was lost; the peer goes on sending updates of its own.
      _ = link.receive(packet([round]))
      let isProbe = tick(&link, clock: 1).contains { output in
        if case .broadcast(let packet) = output { packet.isProbe && packet.sequence == 1 } else { false }
      }
      probes.append(isProbe)
    }
    #expect(probes.contains(true))
    _ = link.receive(packet([], latest: 5, received: 1))
    _ = link.receive(packet([5], received: 1))
    #expect(tick(&link, clock: 1).isEmpty)
  }

  @Test("what is too much for a packet goes out in several, each promising no more than it brings")
  func largeTurn() {
    var link = ReliableBroadcast(id: own, servers: 2)
    let value = Value.string(String(repeating: "x", count: 400_000))
    for time in 1...7 as ClosedRange<UInt64> { _ = link.broadcast(.write("k", value), time: time) }
    let packets = endTurn(&link, clock: 9).compactMap { output in
      if case .broadcast(let packet) = output { packet } else { nil }
    }
    #expect(packets.map { $0.updates.map(\.sequence) } == [[1, 2], [3, 4], [5, 6], [7]])
    #expect(packets.map(\.sequence) == [2, 4, 6, 7])
    #expect(packets.map(\.clock) == [2, 4, 6, 9])
    #expect(answer(link, 1...7)?.updates.count == 2)
  }

  @Test("many bytes fill the store of what is kept as many updates do")
  func fullOfBytes() {
    var link = ReliableBroadcast(id: own, servers: 2)
    let value = Value.string(String(repeating: "x", count: 1 << 20))
    for time in 1...64 as ClosedRange<UInt64> {
      #expect(!link.isFull)
      _ = link.broadcast(.write("k", value), time: time)
    }
    #expect(link.isFull)
    _ = endTurn(&link, clock: 64)
    _ = link.receive(packet([], latest: 1, received: 64))
    #expect(!link.isFull)
  }

  // MARK: Receiving

  @Test("updates in order are passed on at once, and nothing is asked for")
  func inOrder() {
    var link = ReliableBroadcast(id: own, servers: 2)
    #expect(link.receive(packet([1])).map(\.sequence) == [1])
    #expect(link.receive(packet([2, 3])).map(\.sequence) == [2, 3])
    #expect(link.received == [0, 3])
    #expect(link.heard(peer) == 30)
    #expect(!link.isWaiting)
    #expect(endTurn(&link) == [])
  }

  @Test("what arrives behind a gap waits until the gap is closed, and the gap is asked for")
  func gap() {
    var link = ReliableBroadcast(id: own, servers: 2)
    #expect(link.receive(packet([3])) == [])
    #expect(link.received == [0, 0] && link.isWaiting)
    #expect(link.heard(peer) == 0, "what is missing may be older than the packet's clock")
    #expect(fetches(endTurn(&link)) == [1...2])
    #expect(fetches(endTurn(&link)) == [], "asked twice without reason")
    #expect(link.receive(packet([4])) == [])
    #expect(fetches(endTurn(&link)) == [])
    #expect(link.receive(packet([1, 2], latest: 4)).map(\.sequence) == [1, 2, 3, 4])
    #expect(link.heard(peer) == 40)
    #expect(!link.isWaiting)
  }

  @Test("repeated updates are passed on once")
  func duplicates() {
    var link = ReliableBroadcast(id: own, servers: 2)
    #expect(link.receive(packet([1, 2])).count == 2)
    #expect(link.receive(packet([1, 2])) == [])
    #expect(link.receive(packet([2, 3])).map(\.sequence) == [3])
    #expect(link.receive(packet([5])) == [])
    #expect(link.receive(packet([5])) == [])
    #expect(link.receive(packet([4])).map(\.sequence) == [4, 5])
  }

  @Test("an update that arrived early and comes once more in its turn leaves nothing behind")
  func earlyAndInTurn() {
    var link = ReliableBroadcast(id: own, servers: 2)
    #expect(link.receive(packet([2])) == [])
    #expect(fetches(endTurn(&link)) == [1...1])
    #expect(link.receive(packet([1, 2, 3])).map(\.sequence) == [1, 2, 3])
    #expect(link.receive(packet([], latest: 4)) == [])
    #expect(fetches(endTurn(&link)) == [4...4])
  }

  @Test("updates that are only announced are asked for too, and again with every tick until they come")
  func announced() {
    var link = ReliableBroadcast(id: own, servers: 2)
    #expect(link.receive(packet([], latest: 2)) == [])
    #expect(link.isWaiting)
    #expect(fetches(endTurn(&link)) == [1...2])
    #expect(fetches(tick(&link)) == [1...2])
    #expect(link.receive(packet([1], latest: 2)).map(\.sequence) == [1])
    #expect(fetches(tick(&link)) == [2...2])
    #expect(link.receive(packet([2])).map(\.sequence) == [2])
    #expect(fetches(tick(&link)) == [])
  }

  @Test("at most 256 updates are asked for at once")
  func fetchSize() {
    var link = ReliableBroadcast(id: own, servers: 2)
    _ = link.receive(packet([1000]))
    #expect(fetches(endTurn(&link)) == [1...256])
    _ = link.receive(packet(Array(1...256), latest: 1000))
    #expect(fetches(endTurn(&link)) == [257...512])
    _ = link.receive(packet(Array(257...999), latest: 1000))
    #expect(link.received == [0, 1000])
    #expect(fetches(endTurn(&link)) == [])
  }

  @Test("the rest of an answer that was cut is asked for at once, each part once")
  func cutAnswer() {
    var link = ReliableBroadcast(id: own, servers: 2)
    _ = link.receive(packet([9]))
    #expect(fetches(endTurn(&link)) == [1...8])
    _ = link.receive(packet([], latest: 9))
    #expect(fetches(endTurn(&link)) == [], "what says nothing of the gap may be ahead of the answer")
    _ = link.receive(packet([1, 2, 3], latest: 9))
    #expect(fetches(endTurn(&link)) == [4...8])
    #expect(fetches(endTurn(&link)) == [])
    _ = link.receive(packet([4, 5, 6, 7, 8], latest: 9))
    #expect(link.received == [0, 9])
    #expect(fetches(endTurn(&link)) == [])
  }

  @Test("packets of nobody, of oneself and of another cluster are passed over")
  func strangers() {
    var link = ReliableBroadcast(id: own, servers: 2)
    for (sender, counts) in [(0, 2), (2, 2), (-1, 2), (1, 1), (1, 3)] {
      let packet = Packet(
        sender: ServerID(sender), clock: 10, sequence: 1, received: Array(repeating: 1, count: counts),
        isProbe: true,
        updates: [update(1)])
      #expect(link.receive(packet) == [])
    }
    #expect(link.received == [0, 0])
    #expect(endTurn(&link) == [])
  }

  // MARK: Sending

  @Test("the updates of a turn go out in one packet, and a turn without any sends nothing")
  func turns() {
    var link = ReliableBroadcast(id: own, servers: 2)
    #expect(endTurn(&link) == [])
    #expect(link.broadcast(.read("a"), time: 3) == 1)
    #expect(link.broadcast(.read("b"), time: 5) == 2)
    let expected = Packet(
      sender: own, clock: 5, sequence: 2, received: [2, 0],
      updates: [
        Update(sequence: 1, time: 3, command: .read("a")), Update(sequence: 2, time: 5, command: .read("b")),
      ])
    #expect(endTurn(&link, clock: 5) == [.broadcast(expected)])
    #expect(endTurn(&link, clock: 5) == [])
  }

  @Test("a probe is answered with the turn's packet, even by one with nothing to say, once")
  func probe() {
    var link = ReliableBroadcast(id: own, servers: 2)
    _ = link.receive(packet([], isProbe: true))
    let expected = Packet(sender: own, clock: 2, sequence: 0, received: [0, 0])
    #expect(endTurn(&link, clock: 2) == [.broadcast(expected)])
    #expect(endTurn(&link, clock: 2) == [])
  }

  @Test("a tick probes only while something is outstanding")
  func ticks() {
    var link = ReliableBroadcast(id: own, servers: 2)
    #expect(tick(&link) == [])
    guard case .broadcast(let packet)? = tick(&link, clock: 4, isWaiting: true).first else {
      Issue.record("no probe although the replica waits")
      return
    }
    #expect(packet.isProbe && packet.clock == 4)
    _ = link.broadcast(.read("a"), time: 5)
    _ = endTurn(&link, clock: 5)
    #expect(tick(&link, clock: 5).count == 1)
    _ = link.receive(self.packet([], received: 1))
    #expect(tick(&link, clock: 5) == [])
  }

  @Test("updates are kept until every peer has received them, then dropped")
  func trimming() {
    var link = ReliableBroadcast(id: own, servers: 3)
    for number in 1...5 { _ = link.broadcast(.read("a"), time: LogicalTime(number)) }
    _ = endTurn(&link, clock: 5)
    func acknowledge(_ count: UInt64, by server: Int) {
      _ = link.receive(Packet(sender: ServerID(server), clock: 0, sequence: 0, received: [count, 0, 0]))
    }
    acknowledge(4, by: 1)
    #expect(answer(link, 1...5)?.updates.map(\.sequence) == [1, 2, 3, 4, 5])
    acknowledge(2, by: 2)
    #expect(answer(link, 1...5)?.updates.map(\.sequence) == [3, 4, 5])
    acknowledge(1, by: 2)
    #expect(answer(link, 1...4)?.updates.map(\.sequence) == [3, 4], "an old packet took something back")
    #expect(answer(link, 1...2) == nil)
    acknowledge(5, by: 1)
    acknowledge(.max, by: 2)
    #expect(!link.isWaiting)
    #expect(answer(link, 1...5) == nil)
    #expect(link.broadcast(.read("a"), time: 6) == 6)
  }

  @Test("an acknowledgement of what has not gone out yet does not drop it")
  func acknowledgedTooSoon() {
    var link = ReliableBroadcast(id: own, servers: 2)
    _ = link.broadcast(.read("a"), time: 1)
    _ = link.receive(packet([], received: 1))
    guard case .broadcast(let packet)? = endTurn(&link, clock: 1).first else {
      Issue.record("nothing went out")
      return
    }
    #expect(packet.updates.map(\.sequence) == [1])
  }

  @Test("it is full when as many updates are kept as it may keep, and has room again when they are received")
  func capacity() {
    var link = ReliableBroadcast(id: own, servers: 2, bounds: bounds(3))
    for number in 1...3 {
      #expect(!link.isFull)
      _ = link.broadcast(.read("a"), time: LogicalTime(number))
    }
    #expect(link.isFull)
    _ = endTurn(&link, clock: 3)
    _ = link.receive(packet([], received: 1))
    #expect(!link.isFull)
  }

  @Test("of what arrives early no more is kept than it may keep; the rest is asked for later")
  func earlyCapacity() {
    var link = ReliableBroadcast(id: own, servers: 2, bounds: bounds(2))
    #expect(link.receive(packet([2, 3, 4, 5])) == [])
    #expect(fetches(endTurn(&link)) == [1...1])
    #expect(link.receive(packet([1], latest: 5)).map(\.sequence) == [1, 2, 3])
    #expect(fetches(endTurn(&link)) == [4...5])
  }

  @Test(
    "a peer's updates are let pass while as many are kept as may be, and asked for when others have those")
  func window() {
    var link = ReliableBroadcast(id: own, servers: 3, bounds: bounds(2))
    func packet(_ updates: [UInt64], latest: UInt64 = 5) -> Packet {
      Packet(
        sender: peer, clock: 10 * latest, sequence: latest, received: [0, latest, 0],
        updates: updates.map(update))
    }
    #expect(link.receive(packet([1, 2, 3, 4, 5])).map(\.sequence) == [1, 2])
    #expect(
      link.received[1] == 2 && link.heard(peer) == 20, "as far as it received, not as far as it was told")
    #expect(fetches(endTurn(&link)) == [] && fetches(tick(&link)) == [], "there is no room for more")
    let other = Packet(sender: ServerID(2), clock: 0, sequence: 0, received: [0, 1, 0])
    #expect(link.receive(other) == [])
    // Update 3 is there already, and comes to its turn with the answer.
    #expect(fetches(endTurn(&link)) == [3...3])
    #expect(link.receive(packet([3])).map(\.sequence) == [3])
    #expect(link.receive(Packet(sender: ServerID(2), clock: 0, sequence: 0, received: [0, 3, 0])) == [])
    _ = tick(&link)
    #expect(link.receive(packet([4])).map(\.sequence) == [4])
    #expect(fetches(endTurn(&link)) == [5...5], "of those that came early there was room for two")
    #expect(link.receive(packet([5])).map(\.sequence) == [5] && link.heard(peer) == 50)
  }

  @Test(
    "the bytes of what is kept are bounded, too, of its own updates, of a peer's and of those that are early")
  func byteBounds() {
    var few = Bounds()
    few.bytes = 300
    var link = ReliableBroadcast(id: own, servers: 3, bounds: few)
    let command = Command.write("k", .string(String(repeating: "x", count: 200)))
    func updates(_ range: ClosedRange<UInt64>) -> [Update] {
      range.map { Update(sequence: $0, time: $0, command: command) }
    }
    func packet(_ range: ClosedRange<UInt64>) -> Packet {
      Packet(sender: peer, clock: 9, sequence: 9, received: [0, 9, 0], updates: updates(range))
    }
    #expect(link.receive(packet(3...9)) == [])
    #expect(link.receive(packet(1...1)).map(\.sequence) == [1])
    #expect(link.receive(packet(2...2)).map(\.sequence) == [2])
    #expect(link.receive(Packet(sender: ServerID(2), clock: 0, sequence: 0, received: [0, 2, 0])) == [])
    // Of those that were early there were two.
    #expect(fetches(endTurn(&link)) == [3...3])
    #expect(link.receive(packet(3...3)).map(\.sequence) == [3, 4])
    #expect(link.receive(Packet(sender: ServerID(2), clock: 0, sequence: 0, received: [0, 4, 0])) == [])
    #expect(fetches(endTurn(&link)) == [5...9], "nothing more was kept of what came early")
    for number in 1...2 {
      #expect(!link.isFull)
      _ = link.broadcast(command, time: LogicalTime(10 + number))
    }
    #expect(link.isFull)
  }

  @Test("a replica alone keeps nothing and says nothing")
  func alone() {
    var link = ReliableBroadcast(id: own, servers: 1, bounds: bounds(2))
    for number in 1...10 { #expect(link.broadcast(.read("a"), time: LogicalTime(number)) == UInt64(number)) }
    #expect(endTurn(&link, clock: 20) == [] && tick(&link, clock: 20, isWaiting: true) == [])
    #expect(!link.isFull && !link.isWaiting)
  }

  // MARK: Answering

  @Test("an answer holds what was asked for, at most 256 updates, and nothing that has not gone out")
  func answers() {
    var link = ReliableBroadcast(id: own, servers: 2)
    for number in 1...600 { _ = link.broadcast(.read("a"), time: LogicalTime(number)) }
    #expect(answer(link, 1...600) == nil, "answered before the broadcast")
    _ = endTurn(&link, clock: 600)
    #expect(answer(link, 1...600)?.updates.map(\.sequence) == Array(1...256))
    #expect(answer(link, 300...302)?.updates.map(\.sequence) == [300, 301, 302])
    #expect(answer(link, 599...(.max))?.updates.map(\.sequence) == [599, 600])
    #expect(answer(link, 601...700) == nil)
    #expect(answer(link, 1...1, asker: own) == nil)
    #expect(answer(link, 1...1, asker: ServerID(2)) == nil)
    #expect(answer(link, 1...1, asker: ServerID(-1)) == nil)
  }

  @Test("an answer in the middle of a turn promises no clock beyond the updates that have gone out")
  func promise() throws {
    var link = ReliableBroadcast(id: own, servers: 2)
    _ = link.broadcast(.read("a"), time: 5)
    _ = endTurn(&link, clock: 5)
    _ = link.broadcast(.read("b"), time: 9)
    let packet = try #require(answer(link, 1...2))
    #expect(packet.updates.map(\.sequence) == [1])
    #expect(packet.sequence == 1)
    #expect(packet.clock == 5)
  }

  // MARK: Together

  @Test(
    "over links that lose packets and overtake one another, every update reaches every peer once and in order"
  )
  func property() throws {
    for seed in 0..<seedCount(default: 400) {
      var random = SplitMix64(seed: seed)
      let servers = random.among(2...4)
      var network = TwoLaneNetwork(servers: servers, lossPercent: random.pick([0, 10, 40]))
      var links = (0..<servers).map { ReliableBroadcast(id: ServerID($0), servers: servers) }
      var clocks = Array(repeating: LogicalTime(0), count: servers)
      var arrived = Array(repeating: Array(repeating: [UInt64](), count: servers), count: servers)
      var left = random.among(1...40)
      var steps = 0
      while left > 0 || links.contains(where: \.isWaiting) {
        steps += 1
        try #require(steps < 20_000, "seed \(seed): the replicas got stuck")
        let server = random.below(servers)
        var outputs: [Output] = []
        switch random.below(10) {
        case 0 where left > 0:
          left -= 1
          clocks[server] += 1
          _ = links[server].broadcast(.read("a"), time: clocks[server])
        case 1...2: links[server].endTurn(clock: clocks[server], &outputs)
        case 3: links[server].tick(clock: clocks[server], isWaiting: false, &outputs)
        default:
          guard let (parcel, receiver) = network.next(&random) else { continue }
          switch parcel {
          case .fetch(let fetch): links[receiver].answer(fetch, &outputs)
          case .packet(let packet):
            arrived[receiver][packet.sender.number] += links[receiver].receive(packet).map(\.sequence)
          }
          network.send(outputs, from: receiver, &random)
          continue
        }
        network.send(outputs, from: server, &random)
      }
      for receiver in 0..<servers {
        for sender in 0..<servers where sender != receiver {
          let sent = links[sender].received[sender]
          guard arrived[receiver][sender] == (0..<sent).map({ $0 + 1 }) else {
            Issue.record("seed \(seed): of \(sent) updates \(arrived[receiver][sender]) arrived")
            return
          }
          #expect(links[receiver].heard(ServerID(sender)) <= clocks[sender])
        }
      }
    }
  }
}
