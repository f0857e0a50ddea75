import KeyValue
import Replication
import Testing

@Suite("A replica that rejoins")
struct RejoiningReplicaTests {
  private let own = ServerID(0)
  private let peer = ServerID(1)

  private func status(
    _ standing: Standing, knows incarnation: UInt64, first: UInt64, own ownIncarnation: UInt64 = 1
  ) -> Input {
    .membership(
      .status(
        Status(
          sender: peer, incarnation: ownIncarnation, standing: standing,
          known: [incarnation, ownIncarnation],
          first: [first, ownIncarnation], asks: false)))
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

  private func account(state: Bool, clock: LogicalTime = 90) -> Input {
    let update = Update(sequence: 3, time: 50, command: .write("a", 3))
    return .membership(
      .account(
        Account(
          sender: peer, incarnation: 1, known: [2, 1], clock: clock, received: [3, 0], heard: [60, 0],
          unstable: [[update], []], applied: [2, 0],
          state: state
            ? Account.State(
              entries: [.init(key: "a", value: 2, stamp: Stamp(time: 40, server: own))],
              pending: [[update], []]) : nil)))
  }

  @Test("begins as the others do when nobody knows an earlier start of it")
  func fresh() {
    var replica = replica(incarnation: 7)
    #expect(replica.standing == .undecided)
    let refused = handle(.request(RequestID(1), .read("a")), &replica)
    #expect(refused == [.reply(RequestID(1), .refused("this server has not joined the others yet"))])
    _ = handle(status(.undecided, knows: 0, first: 0), &replica)
    #expect(replica.standing == .undecided, "the peer has not heard of it yet")
    _ = handle(status(.undecided, knows: 7, first: 7), &replica)
    #expect(replica.standing == .member)
  }

  @Test(
    "asks every member, then the furthest for its store, and goes on with its own updates and a later clock")
  func joins() throws {
    var replica = replica(incarnation: 2)
    var asked = handle(status(.member, knows: 2, first: 1), &replica)
    let request = JoinRequest(asker: own, incarnation: 2, known: [2, 1], wantsState: false)
    #expect(replica.standing == .rejoining && asked == [.membership(.join(request), to: peer)])
    asked = handle(account(state: false), &replica)
    let again = JoinRequest(asker: own, incarnation: 2, known: [2, 1], wantsState: true)
    #expect(asked == [.membership(.join(again), to: peer)])
    #expect(handle(account(state: true), &replica) == [] && replica.standing == .member)
    #expect(replica.position == 3)
    let greeting = try #require(packets(handle(.turnEnded, &replica)).first)
    #expect(greeting.isProbe && greeting.received == [3, 0] && greeting.incarnation == 2)
    _ = handle(.request(RequestID(1), .write("a", 4)), &replica)
    let packet = try #require(packets(handle(.turnEnded, &replica)).first)
    #expect(packet.updates == [Update(sequence: 4, time: 91, command: .write("a", 4))])
    // What the peer lacks of the time before is still there.
    let fetched = handle(.fetch(Fetch(asker: peer, range: 3...4)), &replica)
    guard case .send(let answer, _)? = fetched.first else { throw Missing() }
    #expect(answer.updates.map(\.sequence) == [4], "the peer had update 3")
  }

  @Test("answers no local read before it has delivered what it found in the queue")
  func heldReads() {
    var replica = replica(.localRead, incarnation: 2)
    _ = handle(status(.member, knows: 2, first: 1), &replica)
    _ = handle(account(state: false), &replica)
    _ = handle(account(state: true), &replica)
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

  @Test("finds the state lost when it was here before and nobody is a member any more")
  func loss() {
    var replica = replica(incarnation: 2, wasHere: true)
    _ = handle(status(.undecided, knows: 2, first: 2, own: 2), &replica)
    #expect(replica.standing == .rejoining)
    _ = handle(status(.rejoining, knows: 2, first: 2, own: 2), &replica)
    #expect(replica.standing == .lost)
  }

  @Test("counts no account from before everyone knew the same starts")
  func oldAccounts() {
    var replica = replica(incarnation: 2)
    _ = handle(status(.member, knows: 2, first: 1), &replica)
    _ = handle(account(state: false), &replica)
    // The peer has been started anew, too.
    _ = handle(status(.rejoining, knows: 1, first: 1, own: 2), &replica)
    #expect(handle(account(state: true), &replica) == [] && replica.standing == .rejoining)
  }
}
