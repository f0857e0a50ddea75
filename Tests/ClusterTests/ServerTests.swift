import Cluster
import Configuration
import KeyValue
import Logging
import Replication
import TestSupport
import Testing
import ZeroMQ

@Suite("Servers over sockets", .timeLimit(.minutes(5)))
struct ServerTests {
  @Test(
    "any number of servers at any protocol serve plain REQ sockets and come to agree",
    arguments: ReplicationProtocol.allCases, 1...3)
  func plainClients(replicationProtocol: ReplicationProtocol, servers: Int) throws {
    let cluster = try TestCluster(servers: servers, replicationProtocol, initial: ["i": "x"])
    for number in 0..<servers {
      let client = try cluster.client(of: number)
      #expect(try client.get("i") == "i:x")
      #expect(try client.get("none") == "none:null")
      for value in [10, 20] {
        #expect(try client.set("k\(number)", value) == "success")
        #expect(try client.get("k\(number)") == "k\(number):\(value)")
      }
      #expect(try client.ask(#"{"type":"set","key":"s","value":"a text"}"#) == "success")
    }
    var positions: [String] = []
    for number in 0..<servers {
      let client = try cluster.client(of: number)
      let position = try client.ask(#"{"type":"position"}"#)
      try #require(position.hasPrefix("position:"))
      positions.append(String(position.dropFirst("position:".count)))
    }
    for number in 0..<servers {
      let client = try cluster.client(of: number)
      let barrier = #"{"type":"barrier","value":[\#(positions.joined(separator: ","))]}"#
      #expect(try client.ask(barrier) == "success")
      for other in 0..<servers { #expect(try client.get("k\(other)") == "k\(other):20") }
      #expect(try client.get("s") == "s:a text")
    }
    try cluster.stop()
  }

  @Test("answers in JSON carry the value, its stamp, and the difference between null and the text null")
  func richClients() throws {
    let cluster = try TestCluster(servers: 1, .localRead, initial: ["i": "null"])
    let client = try cluster.client(of: 0)
    #expect(try client.ask(#"{"v":1,"type":"get","key":"i"}"#) == #"{"ok":true,"value":"null"}"#)
    #expect(try client.ask(#"{"v":1,"type":"get","key":"none"}"#) == #"{"ok":true,"value":null}"#)
    #expect(try client.ask(#"{"v":1,"type":"set","key":"a","value":10.0}"#) == #"{"ok":true,"stamp":[1,0]}"#)
    #expect(try client.ask(#"{"v":1,"type":"get","key":"a"}"#) == #"{"ok":true,"value":10.0,"stamp":[1,0]}"#)
    #expect(try client.ask(#"{"v":1,"type":"get"}"#) == #"{"ok":false,"error":"the request has no \"key\""}"#)
    try cluster.stop()
  }

  @Test(
    "a compare-and-set is decided in the order of all writes, and refused where there is none",
    arguments: ReplicationProtocol.allCases)
  func compareAndSet(replicationProtocol: ReplicationProtocol) throws {
    let cluster = try TestCluster(servers: 2, replicationProtocol, initial: ["a": 1])
    let client = try cluster.client(of: 0)
    let swap = #"{"type":"cas","key":"a","value":[1,2]}"#
    guard replicationProtocol.ordersWrites else {
      #expect(
        try client.ask(swap) == "error: last-writer-wins does not order writes and cannot compare and set")
      #expect(try client.get("a") == "a:1")
      return try cluster.stop()
    }
    #expect(try client.ask(swap) == "success")
    let other = try cluster.client(of: 1)
    #expect(try other.ask(swap) == "mismatch a:2")
    let rich = try other.ask(#"{"v":1,"type":"cas","key":"a","value":[1,3]}"#)
    #expect(rich.hasPrefix(#"{"ok":true,"applied":false,"value":2,"stamp":["#), "\(rich)")
    #expect(try other.ask(#"{"type":"cas","key":"none","value":[null,3]}"#) == "success")
    #expect(try other.get("none") == "none:3")
    try cluster.stop()
  }

  @Test("whatever a client sends is answered with an error, and the server serves on")
  func badRequests() throws {
    let cluster = try TestCluster(servers: 2, .totalOrderBroadcast)
    let client = try cluster.client(of: 0)
    let large =
      Array(#"{"type":"set","key":"a","value":"#.utf8) + Array(repeating: UInt8(ascii: "1"), count: 1 << 20)
    for frame in [
      [], [0], [0xFF, 0xFE], Array("hello".utf8), large, Array(repeating: 0, count: 1 << 20),
      Array(#"{"type":"increment","key":"a"}"#.utf8), Array(repeating: UInt8(ascii: "{"), count: 100_000),
    ] as [[UInt8]] {
      try client.send(frame)
      let answer = try client.receive()
      #expect(answer.count == 1 && answer[0].hasPrefix("error: "), "\(frame.prefix(40)): \(answer)")
    }
    try client.send(Array("a".utf8), Array("b".utf8), [])
    #expect(try client.receive() == ["error: the request has 3 frames; one is expected"])
    #expect(try client.ask(#"{"type":"barrier","value":[1]}"#) == "error: the barrier names 1 servers of 2")
    #expect(try client.set("a", 1) == "success")
    #expect(try client.get("a") == "a:1")
    try cluster.stop()
  }

  @Test("a DEALER may leave out the empty frame or put more before it, and gets back what it put")
  func dealers() throws {
    let cluster = try TestCluster(servers: 1, .lastWriterWins)
    let client = try cluster.client(of: 0, .dealer)
    let request = Array(#"{"type":"get","key":"a"}"#.utf8)
    try client.send(request)
    #expect(try client.receive() == ["a:null"])
    try client.send([], request)
    #expect(try client.receive() == ["", "a:null"])
    try client.send(Array("x".utf8), Array("y".utf8), [], request)
    #expect(try client.receive() == ["x", "y", "", "a:null"])
    try client.send(request, request)
    #expect(try client.receive() == ["error: the request has 2 frames; one is expected"])
    try client.send([], [], [])
    #expect(try client.receive() == ["", "error: the request has 2 frames; one is expected"])
    try client.send([])
    #expect(try client.receive().map { String($0.prefix(6)) } == ["error:"])
    // Several at once: answered in order, all of them.
    for number in 0..<300 { try client.send(Array(#"{"type":"get","key":"k\#(number)"}"#.utf8)) }
    for number in 0..<300 { #expect(try client.receive() == ["k\(number):null"]) }
    try cluster.stop()
  }

  @Test(
    "requests in a list are answered in lists, each once, by its id", arguments: ReplicationProtocol.allCases)
  func lists(replicationProtocol: ReplicationProtocol) throws {
    let cluster = try TestCluster(servers: 2, replicationProtocol, initial: ["i": 5])
    let client = try cluster.client(of: 0, .dealer)
    func answers(to frame: String, _ count: Int) throws -> [UInt64: String] {
      try client.send(Array("x".utf8), [], Array(frame.utf8))
      var found: [UInt64: String] = [:]
      while found.count < count {
        let parts = try client.receive()
        #expect(parts.prefix(2) == ["x", ""])
        let last = try #require(parts.last)
        let list = try #require(try JSON(parsing: last).array)
        for json in list {
          var object = try #require(json.object)
          let id = UInt64(try #require(object["id"]?.integer))
          object["id"] = nil
          object["stamp"] = nil
          #expect(found.updateValue(JSON.object(object).description, forKey: id) == nil)
        }
      }
      return found
    }
    let requests = #"""
      [{"id":9,"type":"get","key":"i"},{"id":1,"type":"set","key":"a","value":7},{"id":2,"type":"get"},
      {"id":3,"type":"barrier","value":[1]},{"id":4,"type":"get","key":"none","v":1}]
      """#
    let mixed = try answers(to: requests, 5)
    #expect(
      mixed == [
        9: #"{"ok":true,"value":5}"#, 1: #"{"ok":true}"#,
        2: #"{"ok":false,"error":"the request has no \"key\""}"#,
        3: #"{"ok":false,"error":"the barrier names 1 servers of 2"}"#, 4: #"{"ok":true,"value":null}"#,
      ])
    // Many of them, in frames of several, and large answers, which do not fit into one.
    let many = (0..<1000).map { #"{"id":\#($0),"type":"get","key":"a"}"# }
    #expect(
      try answers(to: "[\(many.joined(separator: ","))]", 1000).values.allSatisfy {
        $0 == #"{"ok":true,"value":7}"#
      })
    let text = String(repeating: "x", count: 100_000)
    #expect(
      try answers(to: #"[{"id":0,"type":"set","key":"l","value":"\#(text)"}]"#, 1)[0] == #"{"ok":true}"#)
    let large = (0..<10).map { #"{"id":\#($0),"type":"get","key":"l"}"# }
    #expect(
      try answers(to: "[\(large.joined(separator: ","))]", 10).values.allSatisfy {
        $0 == #"{"ok":true,"value":"\#(text)"}"#
      })
    try client.send(Array("[1]".utf8))
    #expect(
      try client.receive() == [
        #"{"ok":false,"error":"request 1 of the list is no object with a number from 0 on as its \"id\""}"#
      ])
    try cluster.stop()
  }

  @Test(
    "what goes before a request comes back before its answer, up to a bound beyond which nothing is answered")
  func envelopes() throws {
    let cluster = try TestCluster(servers: 1, .localRead)
    let client = try cluster.client(of: 0, .dealer)
    // The socket puts its identity before it, which has five bytes.
    func ask(before bytes: Int, _ request: String) throws {
      try client.send(Array(repeating: UInt8(ascii: "x"), count: bytes - 5), [], Array(request.utf8))
    }
    try ask(before: 1025, #"[{"id":1,"type":"get","key":"a"}]"#)
    try ask(before: 1025, #"{"type":"get","key":"a"}"#)
    try ask(before: 1024, #"[{"id":2,"type":"get","key":"a"}]"#)
    let answer = try client.receive()
    #expect(answer.dropFirst() == ["", #"[{"id":2,"ok":true,"value":null}]"#])
    #expect(answer.first?.count == 1019)
    try cluster.stop()
  }

  @Test("a frame beyond all measure costs its sender the connection and nobody else anything")
  func enormousFrame() throws {
    let cluster = try TestCluster(servers: 1, .localRead)
    let client = try cluster.client(of: 0)
    let hostile = try cluster.client(of: 0, .dealer)
    try hostile.send(Array(repeating: UInt8(ascii: "x"), count: 20 << 20))
    #expect(try client.set("a", 1) == "success")
    #expect(try cluster.client(of: 0).get("a") == "a:1")
    try cluster.stop()
  }

  @Test("random frames in random number are each answered once or dropped, and the server serves on")
  func fuzz() throws {
    let cluster = try TestCluster(servers: 1, .totalOrderBroadcast)
    let client = try cluster.client(of: 0, .dealer)
    let valid = Array(#"{"v":1,"type":"set","key":"a","value":[10,"x"]}"#.utf8)
    for seed in 0..<seedCount(default: 300) {
      var random = SplitMix64(seed: seed)
      let last = random.below(4)
      for part in 0...last {
        let frame =
          random.percent(30) ? [] : random.percent(50) ? random.mutation(of: valid) : random.bytes(upTo: 20)
        try client.socket.send(frame, more: part < last)
      }
      let marker = Array("mark \(seed)".utf8)
      try client.send(marker, [], Array(#"{"type":"get","key":"none"}"#.utf8))
      var answers = 0
      while try client.receive() != ["mark \(seed)", "", "none:null"] { answers += 1 }
      #expect(answers <= 1, "seed \(seed)")
    }
    try cluster.stop()
  }

  @Test("requests sent before a peer is there wait for it and are then answered")
  func latePeer() throws {
    let cluster = try TestCluster()
    for number in 0..<2 { try cluster.start(number, of: 2, .totalOrderBroadcast) }
    let ports = [try #require(cluster.ports[0]), try #require(cluster.ports[1])]
    cluster.connect(0, to: ports)
    let early = try cluster.client(of: 0)
    let earlier = try cluster.client(of: 1)
    try early.send(#"{"type":"set","key":"a","value":1}"#)
    try earlier.send(#"{"type":"set","key":"b","value":2}"#)
    #expect(cluster.ready.isEmpty)
    cluster.connect(1, to: ports)
    #expect(try early.receive() == ["success"])
    #expect(try earlier.receive() == ["success"])
    try cluster.awaitReady()
    #expect(try early.get("b") == "b:2")
    try cluster.stop()
  }

  @Test("a barrier waits for the updates that it names while others are served")
  func barriers() throws {
    let cluster = try TestCluster(servers: 2, .lastWriterWins)
    let waiting = try cluster.client(of: 0)
    try waiting.send(#"{"type":"barrier","value":[1,2]}"#)
    let client = try cluster.client(of: 0)
    #expect(try client.ask(#"{"type":"position"}"#) == "position:0")
    #expect(try client.set("a", 1) == "success")
    #expect(try client.ask(#"{"type":"position"}"#) == "position:1")
    let other = try cluster.client(of: 1)
    for value in 2...3 { #expect(try other.set("a", value) == "success") }
    #expect(try waiting.receive() == ["success"])
    #expect(try waiting.get("a") == "a:3")
    try cluster.stop()
  }

  @Test("a port that somebody has is an error that names it")
  func busyPort() throws {
    let context = try Context()
    let socket = try Socket(.rep, in: context)
    let endpoint = try socket.bind("tcp://127.0.0.1:*")
    let port = UInt16(try #require(endpoint.port))
    let settings = Server.Settings(
      id: ServerID(0), servers: 1, replicationProtocol: .localRead,
      ports: ServerPorts(peer: 0, publish: 0, client: port))
    var failure: ZeroMQError?
    do throws(ZeroMQError) {
      _ = try Server(settings, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    } catch {
      failure = error
    }
    #expect(failure?.code == .addressInUse && failure?.endpoint == endpoint)
  }
}
