import KeyValue
import Replication
import Testing

@Suite("A replica that rejoins")
struct RejoiningReplicaTests {
  private let own = ServerID(0)
  private let peer = ServerID(1)

  private func status(
    _ standing: Standing, knows incarnation: UInt64, first: UInt64, own ownIncarnation: UInt64 = 1,
    asks: Bool = false
  ) -> Input {
    .membership(
      .status(
        Status(
          sender: peer, incarnation: ownIncarnation, standing: standing,
          known: [incarnation, ownIncarnation],
          first: [first, ownIncarnation], asks: asks)))
  }

  private func replica(
    _ replicationProtocol: ReplicationProtocol = .totalOrderBroadcast, incarnation: UInt64,
    wasHere: Bool = false
  ) -> any Replica {
    replicationProtocol.makeRejoiningReplica(
      id: own, servers: 2, initial: ["a": 1], incarnation: incarnation, wasHere: wasHere)
  }

  private func handle(_ input: Input, _ replica: inout any Replica) -> [Output] {
    var outputs: [Output] = []
    replica.handle(input, now: 0, &outputs)
    return outputs
  }

  private func packets(_ outputs: [Output]) -> [Packet] {
    outputs.compactMap { if case .broadcast(let packet) = $0 { packet } else { nil } }
  }

  private func account(
    clock: LogicalTime = 90, forgotten: UInt64 = 2, applied: UInt64 = 2, entries: Int = 1
  ) -> Input {
    .membership(
      .account(
        Account(
          sender: peer, incarnation: 1, known: [2, 1], clock: clock, received: [3, 0], heard: [60, 0],
          forgotten: [forgotten, 0], applied: [applied, 0], entries: entries)))
  }

  private func piece(_ content: Piece.Content) -> Input {
    .membership(.piece(Piece(sender: peer, incarnation: 1, known: [2, 1], content: content)))
  }

  private func entry(_ key: Key) -> Account.Entry {
    Account.Entry(key: key, value: 2, stamp: Stamp(time: 40, server: own))
  }

  private var update: Update { Update(sequence: 3, time: 50, command: .write("a", 3)) }

  private func asks(_ wishes: JoinRequest.Wish...) -> [Output] {
    wishes.map { wish in
      .membership(.join(JoinRequest(asker: own, incarnation: 2, known: [2, 1], wish: wish)), to: peer)
    }
  }

  @Test("begins as the others do when nobody knows an earlier start of it")
  func fresh() {
    var replica = replica(incarnation: 7)
    #expect(replica.standing == .undecided)
    let refused = handle(.request(RequestID(1), .read("a")), &replica)
    #expect(
      refused == [.reply(RequestID(1), .busy("server busy: it has not joined the others yet; retry later"))])
    _ = handle(status(.undecided, knows: 0, first: 0), &replica)
    #expect(replica.standing == .undecided, "the peer has not heard of it yet")
    _ = handle(status(.undecided, knows: 7, first: 7), &replica)
    #expect(replica.standing == .member)
  }

  @Test(
    "asks every member, then the furthest for its store, and goes on with its own updates and a later clock")
  func joins() throws {
    var replica = replica(incarnation: 2)
    #expect(handle(status(.member, knows: 2, first: 1), &replica) == asks(.account))
    #expect(replica.standing == .rejoining)
    #expect(handle(account(), &replica) == asks(.entries(from: 0), .updates(of: own, 3...3)))
    #expect(handle(piece(.entries(from: 0, [entry("a")])), &replica) == [] && replica.standing == .rejoining)
    #expect(handle(piece(.updates(of: own, [update])), &replica) == [] && replica.standing == .member)
    #expect(replica.position == 3)
    // Update 3 is older than the clock that the answer tells, or nobody could believe both.
    guard case .send(let early, _)? = handle(.fetch(Fetch(asker: peer, range: 3...3)), &replica).first else {
      throw Missing()
    }
    #expect(early.updates.map(\.sequence) == [3] && early.clock >= 50 && early.clock < 91)
    let greeting = try #require(packets(handle(.turnEnded, &replica)).first)
    #expect(greeting.isProbe && greeting.received == [3, 0] && greeting.incarnation == 2)
    _ = handle(.request(RequestID(1), .write("a", 4)), &replica)
    let packet = try #require(packets(handle(.turnEnded, &replica)).first)
    #expect(packet.updates == [Update(sequence: 4, time: 91, command: .write("a", 4))])
    // What the peer lacks of the time before is still there.
    let fetched = handle(.fetch(Fetch(asker: peer, range: 3...4)), &replica)
    guard case .send(let answer, _)? = fetched.first else { throw Missing() }
    #expect(answer.updates.map(\.sequence) == [3, 4], "update 3 is not applied yet")
  }

  @Test("answers no local read before it has delivered what it found in the queue")
  func heldReads() {
    var replica = replica(.localRead, incarnation: 2)
    _ = handle(status(.member, knows: 2, first: 1), &replica)
    _ = handle(account(), &replica)
    _ = handle(piece(.entries(from: 0, [entry("a")])), &replica)
    _ = handle(piece(.updates(of: own, [update])), &replica)
    #expect(replica.standing == .member)
    // An earlier start of the server may have delivered update 3 of its own, and shown it.
    #expect(handle(.request(RequestID(1), .read("a")), &replica) == [])
    let packet = Packet(sender: peer, clock: 95, sequence: 0, received: [3, 0], incarnation: 1)
    let stamp = Stamp(time: 50, server: own)
    #expect(handle(.packet(packet), &replica) == [.reply(RequestID(1), .value(3, stamp))])
    #expect(handle(.request(RequestID(2), .read("a")), &replica) == [.reply(RequestID(2), .value(3, stamp))])
  }

  private struct Missing: Error {}

  @Test("does not listen to a start of a server that is over")
  func fencing() throws {
    var replica = replica(.lastWriterWins, incarnation: 1)
    _ = handle(status(.member, knows: 1, first: 1), &replica)
    _ = handle(status(.rejoining, knows: 1, first: 1, own: 2), &replica)
    func packet(_ incarnation: UInt64) -> Input {
      .packet(
        Packet(
          sender: peer, clock: 9, sequence: 1, received: [0, 1],
          updates: [Update(sequence: 1, time: 9, command: .write("a", 5))], incarnation: incarnation))
    }
    _ = handle(packet(1), &replica)
    #expect(handle(.request(RequestID(1), .read("a")), &replica) == [.reply(RequestID(1), .value(1, nil))])
    _ = handle(packet(2), &replica)
    let stamp = Stamp(time: 9, server: peer)
    #expect(handle(.request(RequestID(2), .read("a")), &replica) == [.reply(RequestID(2), .value(5, stamp))])
  }

  @Test("takes a later number than an earlier start of it had, should the clock have been set back")
  func clockSetBack() throws {
    var replica = replica(incarnation: 2, wasHere: false)
    _ = handle(.turnEnded, &replica)
    _ = handle(status(.member, knows: 5, first: 4), &replica)
    #expect(replica.standing == .undecided)
    guard case .membership(.status(let told), _)? = handle(.turnEnded, &replica).first else {
      throw Missing()
    }
    #expect(told.incarnation == 6 && told.known == [6, 1] && told.first == [6, 1])
    _ = handle(status(.member, knows: 6, first: 4), &replica)
    #expect(replica.standing == .rejoining)
    let account = Account(
      sender: peer, incarnation: 1, known: [6, 1], clock: 1, received: [0, 0], heard: [0, 0],
      forgotten: [0, 0], applied: [0, 0], entries: 0)
    _ = handle(.membership(.account(account)), &replica)
    #expect(replica.standing == .member)
    #expect(packets(handle(.turnEnded, &replica)).map(\.incarnation) == [6])
    // A member has said something under its number, and keeps it.
    _ = handle(status(.member, knows: 9, first: 4), &replica)
    #expect(packets(handle(.tick, &replica)).allSatisfy { $0.incarnation == 6 })
  }

  @Test("tells one whose number is too low what it knows, as often as that asks")
  func asksTooLow() {
    var replica = replica(incarnation: 1)
    _ = handle(status(.member, knows: 1, first: 1, own: 5), &replica)
    _ = handle(.turnEnded, &replica)
    func statuses() -> [[UInt64]] {
      handle(.turnEnded, &replica).compactMap {
        if case .membership(.status(let status), nil) = $0 { status.known } else { nil }
      }
    }
    #expect(statuses() == [])
    for _ in 0..<2 {
      _ = handle(status(.undecided, knows: 0, first: 0, own: 2, asks: true), &replica)
      #expect(statuses() == [[1, 5]])
    }
    _ = handle(status(.undecided, knows: 0, first: 0, own: 2), &replica)
    #expect(statuses() == [])
  }

  @Test("finds the state lost when it was here before and nobody is a member any more")
  func loss() {
    var replica = replica(incarnation: 2, wasHere: true)
    _ = handle(status(.undecided, knows: 2, first: 2, own: 2), &replica)
    #expect(replica.standing == .rejoining)
    _ = handle(status(.rejoining, knows: 2, first: 2, own: 2), &replica)
    #expect(replica.standing == .lost)
  }

  @Test("counts no account or piece from before everyone knew the same starts")
  func oldAccounts() {
    var replica = replica(incarnation: 2)
    _ = handle(status(.member, knows: 2, first: 1), &replica)
    _ = handle(account(), &replica)
    // The peer has been started anew, too.
    _ = handle(status(.rejoining, knows: 1, first: 1, own: 2), &replica)
    #expect(handle(account(), &replica) == [])
    #expect(handle(piece(.entries(from: 0, [entry("a")])), &replica) == [])
    #expect(replica.standing == .rejoining)
  }

  @Test("counts no account that has applied what it has not received, or forgotten what it has not applied")
  func unsoundAccounts() {
    for level in [ReplicationProtocol.totalOrderBroadcast, .lastWriterWins] {
      var replica = replica(level, incarnation: 2)
      _ = handle(status(.member, knows: 2, first: 1), &replica)
      #expect(handle(account(applied: 4), &replica) == [])
      #expect(handle(account(forgotten: 3), &replica) == [])
      #expect(handle(account(forgotten: 3, applied: 3), &replica) == asks(.entries(from: 0)))
    }
  }

  @Test("takes each piece once and in order, and asks again for one that was lost")
  func pieces() {
    var replica = replica(incarnation: 2)
    _ = handle(status(.member, knows: 2, first: 1), &replica)
    let all = JoinRequest.Wish.updates(of: own, 3...3)
    #expect(handle(account(entries: 3), &replica) == asks(.entries(from: 0), all))
    let first = piece(.entries(from: 0, [entry("a"), entry("b")]))
    #expect(handle(first, &replica) == asks(.entries(from: 2)))
    #expect(handle(first, &replica) == [], "one that comes twice is not taken twice")
    #expect(handle(.tick, &replica) == asks(.entries(from: 2), all))
    #expect(handle(account(entries: 9), &replica) == [], "a second account changes nothing")
    #expect(handle(piece(.entries(from: 1, [entry("b"), entry("c")])), &replica) == [])
    #expect(handle(piece(.updates(of: own, [])), &replica) == [])
    #expect(handle(piece(.entries(from: 2, [entry("c")])), &replica) == [])
    let late = Update(sequence: 4, time: 60, command: .write("a", 4))
    #expect(handle(piece(.updates(of: own, [late])), &replica) == [])
    _ = handle(piece(.updates(of: own, [update])), &replica)
    #expect(replica.standing == .member && replica.position == 3)
  }

  @Test("tells its own store in pieces of bounded size", arguments: ReplicationProtocol.allCases)
  func giving(replicationProtocol: ReplicationProtocol) {
    var bounds = Bounds()
    bounds.messageBytes = 200
    var replica = replicationProtocol.makeRejoiningReplica(
      id: own, servers: 2, initial: ["a": 1, "b": 2, "c": 3, "d": 4, "e": 5], incarnation: 1, wasHere: false,
      bounds: bounds)
    _ = handle(status(.member, knows: 1, first: 1), &replica)
    var places: [Int] = []
    var told: [Key: Value] = [:]
    while told.count < 5, places.count < 6 {
      places.append(told.count)
      let wish = JoinRequest.Wish.entries(from: told.count)
      let request = JoinRequest(asker: peer, incarnation: 1, known: [1, 1], wish: wish)
      guard case .membership(.piece(let piece), _)? = handle(.membership(.join(request)), &replica).first,
        case .entries(told.count, let entries) = piece.content
      else { continue }
      for entry in entries { told[entry.key] = entry.value }
    }
    #expect(places == [0, 3] && told == ["a": 1, "b": 2, "c": 3, "d": 4, "e": 5])
  }
}
