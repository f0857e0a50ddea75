import Cluster
import KeyValue
import Replication
import Testing
import ZeroMQ

@Suite("Servers that are ended and started anew", .timeLimit(.minutes(5)))
struct RestartTests {
  @Test("know again what they knew, and the others go on", arguments: ReplicationProtocol.allCases)
  func restart(replicationProtocol: ReplicationProtocol) throws {
    let cluster = try TestCluster(servers: 3, replicationProtocol, initial: ["i": "x"])
    for number in 0..<3 { #expect(try cluster.client(of: number).set("k\(number)", 1) == "success") }
    if !replicationProtocol.ordersWrites { try settle(cluster) }
    for victim in [1, 2, 1] {
      try cluster.end(victim)
      let other = try cluster.client(of: 0)
      // Where everyone's word is needed the write waits for the server to come back.
      try other.send(#"{"type":"set","key":"late","value":\#(victim)}"#)
      try cluster.restart(victim, of: 3, replicationProtocol)
      #expect(try other.receive() == ["success"])
      try cluster.awaitReady()
      let client = try cluster.client(of: victim)
      #expect(try client.get("i") == "i:x")
      for number in 0..<3 { #expect(try client.get("k\(number)") == "k\(number):1") }
      #expect(try client.set("new\(victim)", 2) == "success")
      try settle(cluster)
      for number in 0..<3 {
        #expect(try cluster.client(of: number).get("new\(victim)") == "new\(victim):2")
        #expect(try cluster.client(of: number).get("late") == "late:\(victim)")
      }
    }
    try cluster.stop()
  }

  @Test(
    "a client keeps its connection to a server that ends: what was asked before gets no answer, what is asked meanwhile waits for the server to come back",
    arguments: ReplicationProtocol.allCases)
  func clients(replicationProtocol: ReplicationProtocol) throws {
    let cluster = try TestCluster(servers: 3, replicationProtocol)
    let client = try cluster.client(of: 1, .dealer)
    var connection = try Monitor(of: client.socket)
    try client.send([], Array(#"{"type":"set","key":"a","value":1}"#.utf8))
    #expect(try client.receive() == ["", "success"])
    if !replicationProtocol.ordersWrites { try settle(cluster) }
    try cluster.end(2)
    if replicationProtocol.ordersWrites {
      // It needs the word of a server that is gone, and the server that took it ends: nobody will answer it.
      try client.send([], Array(#"{"type":"set","key":"a","value":2}"#.utf8))
      try client.send([], Array("{}".utf8))
      #expect(try client.receive() == ["", #"error: the request has no "type""#])
    }
    try cluster.end(1)
    // What is written before the client knows would go to a connection that nobody reads any more.
    try awaitParting(&connection)
    try client.send([], Array(#"{"type":"get","key":"a"}"#.utf8))
    for number in 1...2 { try cluster.restart(number, of: 3, replicationProtocol) }
    try cluster.awaitReady()
    let answer = try client.receive()
    // Unanswered, it may have taken effect.
    #expect(answer == ["", "a:1"] || answer == ["", "a:2"] && replicationProtocol.ordersWrites)
    #expect(try cluster.client(of: 1).set("a", 3) == "success")
    try settle(cluster)
    for number in 0..<3 { #expect(try cluster.client(of: number).get("a") == "a:3") }
    try cluster.stop()
  }

  @Test("two at once are told by the third, at every protocol", arguments: ReplicationProtocol.allCases)
  func two(replicationProtocol: ReplicationProtocol) throws {
    let cluster = try TestCluster(servers: 3, replicationProtocol)
    #expect(try cluster.client(of: 0).set("a", 1) == "success")
    try settle(cluster)
    for victim in 0...1 { try cluster.end(victim) }
    for victim in 0...1 { try cluster.restart(victim, of: 3, replicationProtocol) }
    try cluster.awaitReady()
    for number in 0..<3 { #expect(try cluster.client(of: number).get("a") == "a:1") }
    #expect(try cluster.client(of: 1).set("a", 2) == "success")
    try settle(cluster)
    for number in 0..<3 { #expect(try cluster.client(of: number).get("a") == "a:2") }
    try cluster.stop()
  }

  /// Waits until a client knows that its server is gone.
  private func awaitParting(_ connection: inout Monitor) throws {
    var poller = Poller()
    _ = poller.add(connection)
    while true {
      while let event = try connection.next() {
        if event.kind == .disconnected { return }
      }
      guard try poller.poll(for: patience) > 0 else { throw Hang(what: "the end of a connection") }
    }
  }

  /// Waits until every server has every update.
  private func settle(_ cluster: TestCluster) throws {
    var positions: [String] = []
    for number in cluster.ports.keys.sorted() {
      let position = try cluster.client(of: number).ask(#"{"type":"position"}"#)
      positions.append(String(position.dropFirst("position:".count)))
    }
    for number in cluster.ports.keys {
      let barrier = #"{"type":"barrier","value":[\#(positions.joined(separator: ","))]}"#
      #expect(try cluster.client(of: number).ask(barrier) == "success")
    }
  }
}
