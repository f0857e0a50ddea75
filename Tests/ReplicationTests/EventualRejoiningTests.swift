import KeyValue
import Replication
import Testing

/// Replicas and what is on its way between them, which a test delivers as it likes.
private struct HandDrivenCluster {
  let replicationProtocol: ReplicationProtocol
  private(set) var replicas: [any Replica] = []
  private var incarnations: [UInt64]
  private var mail: [(from: Int, to: Int, input: Input)] = []
  private var replies: [Reply] = []

  init(_ replicationProtocol: ReplicationProtocol, servers: Int) {
    self.replicationProtocol = replicationProtocol
    incarnations = Array(repeating: 1, count: servers)
    for server in 0..<servers { replicas.append(replica(server, of: servers)) }
  }

  private func replica(_ server: Int, of servers: Int) -> any Replica {
    replicationProtocol.makeRejoiningReplica(
      id: ServerID(server), servers: servers, initial: [:], incarnation: incarnations[server],
      wasHere: incarnations[server] > 1)
  }

  mutating func hand(_ input: Input, to server: Int) {
    var outputs: [Output] = []
    replicas[server].handle(input, now: 0, &outputs)
    for output in outputs {
      switch output {
      case .reply(_, let reply): replies.append(reply)
      case .broadcast(let packet): post(.packet(packet), from: server)
      case .tell(let packet, let peer), .send(let packet, let peer):
        post(.packet(packet), from: server, to: peer)
      case .fetch(let fetch, let peer): post(.fetch(fetch), from: server, to: peer)
      case .membership(let message, let peer): post(.membership(message), from: server, to: peer)
      }
    }
  }

  private mutating func post(_ input: Input, from server: Int, to peer: ServerID? = nil) {
    for receiver in peer.map({ [$0.number] }) ?? replicas.indices.filter({ $0 != server }) {
      mail.append((server, receiver, input))
    }
  }

  /// What a replica answers at once.
  mutating func ask(_ command: Command, of server: Int) -> Reply? {
    replies = []
    hand(.request(RequestID(1), command), to: server)
    return replies.first
  }

  /// Delivers what is on its way, and what that brings, in order, but for what is held; ends the turns of these servers.
  mutating func settle(
    ending turns: [Int]? = nil, ticks: Int = 0, holding: (_ to: Int, Input) -> Bool = { _, _ in false }
  ) {
    for round in 0...ticks {
      if round > 0 { for server in replicas.indices { hand(.tick, to: server) } }
      repeat {
        while let place = mail.firstIndex(where: { !holding($0.to, $0.input) }) {
          let letter = mail.remove(at: place)
          hand(letter.input, to: letter.to)
        }
        for server in turns ?? Array(replicas.indices) { hand(.turnEnded, to: server) }
      } while mail.contains { !holding($0.to, $0.input) }
    }
  }

  /// Loses what is on its way to a server, or all of it.
  mutating func lose(to server: Int? = nil) {
    mail.removeAll { server == nil || $0.to == server }
  }

  /// Ends a server and starts it anew.
  mutating func restart(_ server: Int) {
    lose(to: server)
    incarnations[server] += 1
    replicas[server] = replica(server, of: replicas.count)
    hand(.tick, to: server)
  }
}

@Suite("A server that takes over a store that goes on changing")
struct EventualRejoiningTests {
  private func isWishForEntries(_ input: Input) -> Bool {
    if case .membership(.join(let request)) = input, case .entries = request.wish { true } else { false }
  }

  /// Three servers: 1 is started anew and has asked 0 for its store, when 0 writes something.
  private func interrupted() throws -> HandDrivenCluster {
    var cluster = HandDrivenCluster(.lastWriterWins, servers: 3)
    cluster.settle(ticks: 3)
    try #require(cluster.replicas.allSatisfy { $0.standing == .member })
    _ = cluster.ask(.write("a", 1), of: 0)
    cluster.settle()
    cluster.restart(1)
    cluster.settle(ticks: 2) { to, input in isWishForEntries(input) }
    try #require(cluster.replicas[1].standing == .rejoining)
    guard case .written? = cluster.ask(.write("a", 2), of: 0) else { throw NotWritten() }
    return cluster
  }

  private struct NotWritten: Error {}

  /// What the servers hold of a key once all is said and done.
  private func ends(_ cluster: inout HandDrivenCluster) -> [Reply?] {
    cluster.settle(ticks: 6)
    return cluster.replicas.indices.map { cluster.ask(.read("a"), of: $0) }
  }

  @Test(
    "tells the others of what it found there, should nobody else be left who could",
    arguments: [false, true])
  func survives(isBroadcast: Bool) throws {
    var cluster = try interrupted()
    if isBroadcast {
      // It reaches nobody: one is not a member yet, and to the other it is lost.
      cluster.hand(.turnEnded, to: 0)
      cluster.lose(to: 2)
    }
    cluster.settle(ending: [1])
    cluster.restart(0)
    let ends = ends(&cluster)
    #expect(ends[0] == ends[1] && ends[1] == ends[2], "\(ends)")
    #expect(cluster.replicas.allSatisfy { $0.standing == .member })
  }
}
