import KeyValue
import Replication
import TestSupport
import Testing

@Suite("Total order broadcast")
struct TotalOrderBroadcastTests {
  /// A packet without updates of a server that has received this much of everyone's.
  private func heads(_ server: Int, clock: LogicalTime, received: [UInt64]) -> Packet {
    Packet(sender: ServerID(server), clock: clock, sequence: received[server], received: received)
  }

  private func send(_ command: Command, by broadcast: inout TotalOrderBroadcast) -> UInt64 {
    defer {
      var outputs: [Output] = []
      broadcast.endTurn(&outputs)
    }
    return broadcast.broadcast(command)
  }

  private func deliveries(_ broadcast: inout TotalOrderBroadcast) -> [Stamp] {
    var stamps: [Stamp] = []
    while let delivery = broadcast.deliver() { stamps.append(delivery.stamp) }
    return stamps
  }

  @Test("an update is delivered only when no other server can send an earlier one any more")
  func waiting() {
    var broadcast = TotalOrderBroadcast(id: ServerID(1), servers: 3)
    #expect([1, 2].map { _ in send(.read("a"), by: &broadcast) } == [1, 2])
    #expect(broadcast.position == 2 && broadcast.isWaiting)
    broadcast.receive(heads(2, clock: 0, received: [0, 2, 0]))
    broadcast.receive(heads(0, clock: 0, received: [0, 2, 0]))
    #expect(deliveries(&broadcast) == [], "server 0 may send (1, 0)")
    broadcast.receive(heads(0, clock: 5, received: [0, 2, 0]))
    #expect(
      deliveries(&broadcast) == [Stamp(time: 1, server: ServerID(1))], "server 2 may send (1, 2), a later one"
    )
    #expect(broadcast.delivered == [0, 1, 0])
    broadcast.receive(heads(2, clock: 1, received: [0, 2, 0]))
    #expect(deliveries(&broadcast) == [Stamp(time: 2, server: ServerID(1))])
    #expect(broadcast.delivered == [0, 2, 0])
  }

  @Test("what everyone has received and still waits for its place in the order counts towards the bound")
  func bound() {
    var bounds = Bounds()
    bounds.updates = 2
    var broadcast = TotalOrderBroadcast(id: ServerID(1), servers: 3, bounds: bounds)
    for _ in 1...2 { _ = send(.read("a"), by: &broadcast) }
    broadcast.receive(heads(2, clock: 9, received: [0, 2, 0]))
    // Server 0 has them; but an update of its own is missing here, which may come before them.
    broadcast.receive(Packet(sender: ServerID(0), clock: 9, sequence: 1, received: [1, 2, 0]))
    #expect(deliveries(&broadcast) == [] && broadcast.isFull)
    broadcast.receive(
      Packet(
        sender: ServerID(0), clock: 9, sequence: 1, received: [1, 2, 0],
        updates: [Update(sequence: 1, time: 5, command: .read("b"))]))
    #expect(deliveries(&broadcast).count == 2 && !broadcast.isFull)
  }

  @Test("an update is delivered only when everyone has received it, whatever their clocks")
  func stability() {
    var broadcast = TotalOrderBroadcast(id: ServerID(1), servers: 3)
    _ = send(.read("a"), by: &broadcast)
    broadcast.receive(heads(0, clock: 9, received: [0, 1, 0]))
    broadcast.receive(heads(2, clock: 9, received: [0, 0, 0]))
    #expect(deliveries(&broadcast) == [], "server 2 has not said that it has it")
    broadcast.receive(heads(2, clock: 9, received: [0, 1, 0]))
    #expect(deliveries(&broadcast) == [Stamp(time: 1, server: ServerID(1))])
  }

  @Test(
    "of equal times a lower server's comes first, so it must have been heard at that time, a higher one's not"
  )
  func ties() {
    var broadcast = TotalOrderBroadcast(id: ServerID(1), servers: 3)
    _ = send(.read("a"), by: &broadcast)
    broadcast.receive(heads(0, clock: 0, received: [0, 1, 0]))
    broadcast.receive(heads(2, clock: 0, received: [1, 1, 0]))
    #expect(deliveries(&broadcast) == [], "server 0 may still send (1, 0)")
    broadcast.receive(
      Packet(
        sender: ServerID(0), clock: 1, sequence: 1, received: [1, 1, 0],
        updates: [Update(sequence: 1, time: 1, command: .read("b"))]))
    #expect(deliveries(&broadcast) == [0, 1].map { Stamp(time: 1, server: ServerID($0)) })
  }

  @Test("a clock that comes with a gap before it counts only when the gap is closed")
  func gap() {
    var broadcast = TotalOrderBroadcast(id: ServerID(1), servers: 2)
    _ = send(.read("a"), by: &broadcast)
    broadcast.receive(heads(0, clock: 9, received: [1, 1]))
    #expect(deliveries(&broadcast) == [], "server 0's first update may be earlier")
    broadcast.receive(
      Packet(
        sender: ServerID(0), clock: 1, sequence: 1, received: [1, 1],
        updates: [Update(sequence: 1, time: 1, command: .read("b"))]))
    #expect(deliveries(&broadcast) == [0, 1].map { Stamp(time: 1, server: ServerID($0)) })
  }

  @Test("whoever receives an update answers with a clock that lets its sender go on")
  func acknowledgement() throws {
    var sender = TotalOrderBroadcast(id: ServerID(0), servers: 2)
    var receiver = TotalOrderBroadcast(id: ServerID(1), servers: 2)
    _ = sender.broadcast(.read("a"))
    var outputs: [Output] = []
    sender.endTurn(&outputs)
    guard case .broadcast(let update)? = outputs.first else { throw Missing() }
    receiver.receive(update)
    #expect(deliveries(&receiver).count == 1)
    outputs = []
    receiver.endTurn(&outputs)
    guard case .broadcast(let answer)? = outputs.first else { throw Missing() }
    #expect(answer.updates == [] && answer.received == [1, 0])
    sender.receive(answer)
    #expect(deliveries(&sender).count == 1)
    #expect(!sender.isWaiting)
  }

  private struct Missing: Error {}

  private func update(
    of server: Int, _ sequence: UInt64, time: LogicalTime, servers: Int, delivered: Stamp = .zero
  ) -> Packet {
    var received = Array(repeating: UInt64(0), count: servers)
    received[server] = sequence
    return Packet(
      sender: ServerID(server), clock: time, sequence: sequence, delivered: delivered, received: received,
      updates: [Update(sequence: sequence, time: time, command: .read("a"))])
  }

  /// Who is told of a turn; nil where all are.
  private func endTurn(_ broadcast: inout TotalOrderBroadcast) -> [Int]? {
    var outputs: [Output] = []
    broadcast.endTurn(&outputs)
    var told: [Int] = []
    for output in outputs {
      guard case .tell(let packet, let server) = output, packet.updates.isEmpty else { return nil }
      told.append(server.number)
    }
    return told
  }

  @Test("word of an update goes to its sender, and to who has sent a later one, which waits for it")
  func word() {
    var broadcast = TotalOrderBroadcast(id: ServerID(1), servers: 4)
    broadcast.receive(update(of: 2, 1, time: 5, servers: 4))
    #expect(endTurn(&broadcast) == [2])
    #expect(endTurn(&broadcast) == [], "it is told once")
    broadcast.receive(update(of: 0, 1, time: 3, servers: 4))
    #expect(endTurn(&broadcast) == [0, 2], "server 2 has to deliver (3, 0) before (5, 2)")
    broadcast.receive(update(of: 3, 1, time: 5, servers: 4))
    #expect(endTurn(&broadcast) == [3], "(5, 3) comes after (5, 2)")
    broadcast.receive(update(of: 0, 2, time: 4, servers: 4))
    #expect(endTurn(&broadcast) == nil, "everyone waits")
  }

  @Test("what one has delivered another delivers on its word alone, and need not keep")
  func deliveredElsewhere() {
    var bounds = Bounds()
    bounds.updates = 1
    var broadcast = TotalOrderBroadcast(id: ServerID(1), servers: 3, bounds: bounds)
    broadcast.receive(update(of: 0, 1, time: 1, servers: 3))
    #expect(deliveries(&broadcast) == [], "server 2 has not been heard")
    let first = Stamp(time: 1, server: ServerID(0))
    broadcast.receive(
      Packet(sender: ServerID(0), clock: 1, sequence: 1, delivered: first, received: [1, 0, 0]))
    #expect(deliveries(&broadcast) == [first])
    #expect(!broadcast.isWaiting && !broadcast.isOwing, "server 0 has told, or will")
    broadcast.receive(update(of: 0, 2, time: 2, servers: 3, delivered: first))
    #expect(deliveries(&broadcast) == [] && endTurn(&broadcast) == [0], "there is room for another")
  }

  @Test("how far it has delivered on everyone's word a server tells all of them in a lull, once")
  func lull() {
    var broadcast = TotalOrderBroadcast(id: ServerID(0), servers: 3)
    _ = send(.read("a"), by: &broadcast)
    for peer in 1...2 { broadcast.receive(heads(peer, clock: 1, received: [1, 0, 0])) }
    #expect(deliveries(&broadcast).count == 1 && broadcast.isOwing)
    var outputs: [Output] = []
    broadcast.lull(&outputs)
    let packet = Packet(
      sender: ServerID(0), clock: 1, sequence: 1, delivered: Stamp(time: 1, server: ServerID(0)),
      received: [1, 0, 0])
    #expect(outputs == [.broadcast(packet)] && !broadcast.isOwing && !broadcast.isWaiting)
    broadcast.lull(&outputs)
    #expect(outputs.count == 1)
  }

  @Test("a server alone delivers at once")
  func alone() {
    var broadcast = TotalOrderBroadcast(id: ServerID(0), servers: 1)
    for _ in 0..<3 { _ = broadcast.broadcast(.read("a")) }
    #expect(deliveries(&broadcast).map(\.time) == [1, 2, 3])
    #expect(!broadcast.isWaiting)
  }

  @Test(
    "however packets are delayed, lost and interleaved, everyone delivers the same updates in the same order")
  func property() throws {
    for seed in 0..<seedCount(default: 300) {
      var random = SplitMix64(seed: seed)
      let servers = random.among(1...5)
      var network = TwoLaneNetwork(servers: servers, lossPercent: random.pick([0, 0, 20]))
      var broadcasts = (0..<servers).map { TotalOrderBroadcast(id: ServerID($0), servers: servers) }
      var delivered = Array(repeating: [TotalOrderBroadcast.Delivery](), count: servers)
      let count = random.among(1...30)
      var left = count
      var steps = 0
      while left > 0 || broadcasts.contains(where: \.isWaiting) {
        steps += 1
        try #require(steps < 50_000, "seed \(seed): the replicas got stuck")
        var server = random.below(servers)
        var outputs: [Output] = []
        switch random.below(10) {
        case 0 where left > 0:
          _ = broadcasts[server].broadcast(.write("a", .integer(Int64(left))))
          left -= 1
        case 1...2: broadcasts[server].endTurn(&outputs)
        case 3: broadcasts[server].tick(&outputs)
        default:
          guard let (parcel, receiver) = network.next(&random) else { break }
          server = receiver
          switch parcel {
          case .fetch(let fetch): broadcasts[server].answer(fetch, &outputs)
          case .packet(let packet): broadcasts[server].receive(packet)
          }
        }
        network.send(outputs, from: server, &random)
        while let delivery = broadcasts[server].deliver() { delivered[server].append(delivery) }
      }
      for server in 0..<servers {
        guard delivered[server].map(\.stamp) == delivered[0].map(\.stamp),
          delivered[server].map(\.command) == delivered[0].map(\.command), delivered[server].count == count,
          zip(delivered[server], delivered[server].dropFirst()).allSatisfy({ $0.stamp < $1.stamp })
        else {
          Issue.record(
            "seed \(seed): server \(server) delivered \(delivered[server]), server 0 \(delivered[0])")
          return
        }
        #expect(broadcasts[server].delivered == broadcasts.map(\.position), "seed \(seed)")
      }
    }
  }
}
