import Cluster
import Configuration
import KeyValue
import Replication
import TestSupport
import Testing
import ZeroMQ

/// One server is real, server 0 unless a test says otherwise; the other is a ``FakePeer``.
@Suite("Broadcasts that get lost", .timeLimit(.minutes(5)))
struct LostBroadcastTests {
  private func meet(
    _ replicationProtocol: ReplicationProtocol, real: Int = 0
  ) throws -> (TestCluster, FakePeer) {
    let cluster = try TestCluster()
    try cluster.start(real, of: 2, replicationProtocol)
    let peer = try FakePeer(1 - real, run: cluster.run, in: cluster.context)
    let ports = try #require(cluster.ports[real])
    cluster.connect(real, to: real == 0 ? [ports, peer.ports] : [peer.ports, ports])
    try peer.meet(ServerID(real), at: ports)
    try cluster.awaitReady()
    return (cluster, peer)
  }

  /// A packet of server 1.
  private func packet(
    _ updates: [UInt64], latest: UInt64, received: UInt64 = 0, isProbe: Bool = false
  ) -> Packet {
    Packet(
      sender: ServerID(1), clock: 10 * latest, sequence: latest, received: [received, latest],
      isProbe: isProbe,
      updates: updates.map { Update(sequence: $0, time: 10 * $0, command: .write("k", .integer(Int64($0)))) })
  }

  @Test(
    "a server asks for what it missed until it gets it, and then has everything",
    arguments: ReplicationProtocol.allCases)
  func recovery(replicationProtocol: ReplicationProtocol) throws {
    let (cluster, peer) = try meet(replicationProtocol)
    try peer.publish(packet([3], latest: 3))
    #expect(try peer.asked().range == 1...2)
    // Its answer is lost; so is half of the next one.
    let again = try peer.asked()
    #expect(again.range == 1...2)
    try peer.answer(packet([1], latest: 3), to: again.identity)
    var asked = try peer.asked()
    while asked.range == 1...2 { asked = try peer.asked() }
    #expect(asked.range == 2...2)
    try peer.answer(packet([2], latest: 3), to: asked.identity)
    let client = try cluster.client(of: 0)
    #expect(try client.ask(#"{"type":"barrier","value":[0,3]}"#) == "success")
    if replicationProtocol != .totalOrderBroadcast { #expect(try client.get("k") == "k:3") }
    try peer.publish(packet([], latest: 3, isProbe: true))
    #expect(try peer.heard { $0.received == [0, 3] }.sender == ServerID(0))
    try cluster.stop()
  }

  @Test("a server that was here before, and whose peers have lost their memory, too, does not serve")
  func lost() throws {
    let cluster = try TestCluster()
    try cluster.start(0, of: 2, .totalOrderBroadcast, wasHere: true)
    let peer = try FakePeer(1, run: cluster.run, in: cluster.context)
    let ports = try #require(cluster.ports[0])
    cluster.connect(0, to: [ports, peer.ports])
    try peer.meet(ServerID(0), at: ports, standing: .rejoining)
    try cluster.awaitLoss(0)
  }

  @Test("an update that is only announced, since all packets with it were lost, is asked for too")
  func announced() throws {
    let (cluster, peer) = try meet(.lastWriterWins)
    try peer.publish(packet([], latest: 2))
    let asked = try peer.asked()
    #expect(asked.range == 1...2)
    try peer.answer(packet([1, 2], latest: 2), to: asked.identity)
    let client = try cluster.client(of: 0)
    #expect(try client.ask(#"{"type":"barrier","value":[0,2]}"#) == "success")
    #expect(try client.get("k") == "k:2")
    try cluster.stop()
  }

  @Test("a server repeats its updates to a peer that asks, and probes one that stays silent")
  func repeating() throws {
    let (cluster, peer) = try meet(.lastWriterWins)
    let client = try cluster.client(of: 0)
    for value in 1...3 { #expect(try client.set("a", value) == "success") }
    // A server repeats what it has said.
    _ = try peer.heard { $0.sequence == 3 }
    let repeated = try peer.fetch(2...3)
    #expect(repeated.sender == ServerID(0) && repeated.sequence == 3)
    #expect(repeated.updates.map(\.sequence) == [2, 3])
    #expect(repeated.updates.map(\.command) == [.write("a", 2), .write("a", 3)])
    _ = try peer.heard { $0.isProbe }
    try peer.publish(packet([], latest: 0, received: 3))
    try cluster.stop()
  }

  @Test("a write that waits for a peer does not keep another client's read waiting where reads are local")
  func pendingWrite() throws {
    // Server 0 may still send an update with the same time as server 1's first, which would come before it.
    let (cluster, peer) = try meet(.localRead, real: 1)
    let writer = try cluster.client(of: 1)
    let reader = try cluster.client(of: 1)
    try writer.send(#"{"type":"set","key":"a","value":1}"#)
    // The write has been taken, since it is broadcast, and cannot be answered before the peer answers.
    let broadcast = try peer.heard { !$0.updates.isEmpty }
    #expect(try reader.get("a") == "a:null")
    #expect(try reader.ask(#"{"type":"position"}"#) == "position:1")
    var received = Message()
    #expect(try !writer.socket.tryReceive(into: &received))
    try peer.publish(Packet(sender: peer.id, clock: broadcast.clock, sequence: 0, received: [0, 1]))
    #expect(try writer.receive() == ["success"])
    #expect(try reader.get("a") == "a:1")
    try cluster.stop()
  }

  @Test("forged, cut and senseless messages of a peer are dropped, and what follows is taken")
  func forgeries() throws {
    let (cluster, peer) = try meet(.lastWriterWins)
    let topic = PeerMessage.packetTopic
    var first = packet([1], latest: 1)
    first.incarnation = 1
    let whole = encoded(.packet(first), run: cluster.run)
    var messages: [[[UInt8]]] = (0..<whole.count).map { [Array(whole.prefix($0))] }
    messages += [
      [[topic] + Array(repeating: 0xFF, count: 200)], [[topic], [topic]], [whole, whole], [whole + [0]],
      [encoded(.packet(packet([1], latest: 1)), run: cluster.run + 1)],
      [
        encoded(
          .packet(Packet(sender: ServerID(0), clock: 9, sequence: 9, received: [9, 9])), run: cluster.run)
      ],
      [
        encoded(
          .packet(Packet(sender: ServerID(1), clock: 9, sequence: 9, received: [9, 9, 9])), run: cluster.run)
      ],
      [Array(whole.prefix(1)) + [PeerMessage.version + 1] + Array(whole.dropFirst(2))],
    ]
    // A fetch of this run by servers that do not exist, and by the one that is asked.
    messages += [0, 2, 65_535].map { asker in
      [encoded(.fetch(Fetch(asker: ServerID(asker), range: 1...(.max))), run: cluster.run)]
    }
    for seed in 0..<seedCount(default: 500) {
      var random = SplitMix64(seed: seed)
      let bytes = encoded(random.peerMessage(), run: cluster.run + 1)
      let parts = (0...random.below(3)).map { _ in
        random.percent(20) ? bytes : random.percent(70) ? random.mutation(of: bytes) : random.bytes(upTo: 50)
      }
      messages.append(parts)
      messages.append([[topic] + parts[0].dropFirst()])
    }
    for message in messages {
      try peer.publish(message)
      try peer.tell(message)
    }
    let client = try cluster.client(of: 0)
    #expect(try client.set("a", 1) == "success")
    _ = try peer.heard { $0.sequence == 1 }
    // The answer comes after everything that was told before the question has been taken.
    #expect(try peer.fetch(1...1).updates.map(\.command) == [.write("a", 1)])
    try peer.publish(packet([1], latest: 1))
    #expect(try client.ask(#"{"type":"barrier","value":[0,1]}"#) == "success")
    #expect(try client.get("k") == "k:1")
    try peer.publish(packet([], latest: 1, isProbe: true))
    #expect(try peer.heard { $0.received[1] > 0 }.received == [1, 1])
    try cluster.stop()
  }
}
