import Testing
import ZeroMQ

@Suite("sockets", .timeLimit(.minutes(2)))
struct SocketTests {
  @Test("questions are answered across threads, whatever their size")
  func requestReply() throws {
    let context = try Context()
    let ready = try Mailbox<Endpoint>()
    let server = try LoopThread(name: "test-server-with-a-long-name") {
      do {
        let socket = try openSocket(.rep, in: context)
        ready.post(try socket.bind("tcp://127.0.0.1:*"))
        var message = Message()
        for _ in 0..<500 {
          try socket.receive(into: &message)
          message.append([UInt8(ascii: "!")])
          try socket.send(&message)
        }
        // The last answer must be out before the socket is closed, which drops what is queued.
        try socket.receive(into: &message)
      } catch {
        Issue.record(error)
      }
    }
    var poller = Poller()
    _ = poller.add(ready)
    try poller.poll(for: patience)
    let endpoint = try #require(ready.drain().first)
    do {
      let client = try openSocket(.req, in: context)
      try client.connect(endpoint)
      for size in 0..<500 {
        let question = [UInt8](repeating: UInt8(size % 256), count: size * size % 5000)
        try client.send(question)
        let answer = try receiveParts(client)
        #expect(answer == [question, [UInt8(ascii: "!")]])
      }
      try client.send("done")
      server.join()
    }
  }

  @Test("parts, empty ones too, pass a router and come back through the envelope")
  func routerDealer() throws {
    let context = try Context()
    let router = try openSocket(.router, in: context)
    let dealer = try openSocket(.dealer, in: context)
    try dealer.set(.routingID, to: Array("d".utf8))
    try dealer.connect(try router.bind("tcp://127.0.0.1:*"))
    for part in [[], [7], []] as [[UInt8]] { try dealer.send(part, more: true) }
    try dealer.send([])

    var message = try router.receive()
    #expect(parts(message) == [Array("d".utf8), [], [7], [], []])
    message.removeParts(from: 2)
    for number in 0..<9 { message.append([UInt8](repeating: UInt8(number), count: number * 20)) }
    try router.send(&message)
    let isEmptied = message.isEmpty
    #expect(isEmptied)
    let answer = try receiveParts(dealer)
    #expect(answer == [[]] + (0..<9).map { [UInt8](repeating: UInt8($0), count: $0 * 20) })
  }

  @Test("a publisher that has seen the subscription loses nothing for it, and sees it go")
  func publishSubscribe() throws {
    let context = try Context()
    let publisher = try openSocket(.xpub, in: context)
    let subscriber = try openSocket(.sub, in: context)
    try subscriber.connect(try publisher.bind("tcp://127.0.0.1:*"))
    try subscriber.subscribe(to: [1])
    let added = Subscription(try publisher.receive())
    #expect(added?.isAdded == true && added?.topic == [1])

    for number in 0..<200 as Range<UInt8> { try publisher.send([number % 2, number]) }
    for number in 0..<200 as Range<UInt8> where number % 2 == 1 {
      let received = try receiveParts(subscriber)
      #expect(received == [[1, number]])
    }
    try subscriber.unsubscribe(from: [1])
    let removed = Subscription(try publisher.receive())
    #expect(removed?.isAdded == false && removed?.topic == [1])
    #expect(Subscription(Message([2])) == nil && Subscription(Message()) == nil)
    #expect(Subscription(Message([])) == nil && Subscription(Message([1], [1])) == nil)
  }

  @Test("what would wait says so, and a timeout is an error of its own")
  func wouldBlock() throws {
    let context = try Context()
    let push = try Socket(.push, in: context)
    #expect(try push.trySend([1]) == false)
    var message = Message([1], [2])
    #expect(try push.trySend(&message) == false)
    #expect(parts(message) == [[1], [2]])
    try push.set(.sendTimeout, to: .milliseconds(1))
    let sending = #expect(throws: ZeroMQError.self) { try push.send([1]) }
    #expect(sending?.code == .again && sending?.description == "send: Resource temporarily unavailable")

    let pull = try Socket(.pull, in: context)
    let nothing = try pull.tryReceive() == nil
    #expect(nothing)
    #expect(try pull.tryReceive(into: &message) == false)
    #expect(parts(message).isEmpty)
    try pull.set(.receiveTimeout, to: .milliseconds(1))
    let receiving = #expect(throws: ZeroMQError.self) { _ = try pull.receive() }
    #expect(receiving == ZeroMQError(operation: "receive", code: .again))
  }

  @Test("a full queue refuses a message whole, and takes it once there is room")
  func fullQueue() throws {
    let context = try Context()
    let push = try openSocket(.push, in: context)
    let pull = try openSocket(.pull, in: context)
    try push.set(.sendHighWaterMark, to: 2)
    try pull.set(.receiveHighWaterMark, to: 2)
    try push.connect(try pull.bind("inproc://full"))
    var sent: UInt8 = 0
    while try push.trySend([sent], more: true) {
      try push.send([sent])
      sent += 1
    }
    #expect(sent == 4)
    #expect(try push.readiness == [])
    for number in 0..<sent {
      let received = try receiveParts(pull)
      #expect(received == [[number], [number]])
    }
    try push.send([99])
    let received = try receiveParts(pull)
    #expect(received == [[99]])
  }

  @Test("speaking out of turn and to nobody are errors with names")
  func states() throws {
    let context = try Context()
    let request = try openSocket(.req, in: context)
    try request.connect("inproc://nowhere")
    try request.send("question")
    let turn = #expect(throws: ZeroMQError.self) { try request.send("another") }
    #expect(turn?.code == .wrongState)

    let router = try openSocket(.router, in: context)
    try router.set(.routerMandatory, to: true)
    let unknown = #expect(throws: ZeroMQError.self) { try router.send("nobody", more: true) }
    #expect(unknown?.code == .hostUnreachable)

    let pull = try openSocket(.pull, in: context)
    let direction = #expect(throws: ZeroMQError.self) { try pull.send("wrong way") }
    #expect(direction?.code == .notSupported)
    let subscription = #expect(throws: ZeroMQError.self) { try pull.subscribe() }
    #expect(subscription?.code == .invalidArgument)
  }

  @Test("parts of a mebibyte arrive as sent")
  func bigParts() throws {
    let context = try Context()
    let left = try openSocket(.pair, in: context)
    let right = try openSocket(.pair, in: context)
    try right.connect(try left.bind("tcp://127.0.0.1:*"))
    let big = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
    var message = Message(big, [], big)
    try left.send(&message)
    try right.receive(into: &message)
    #expect(parts(message) == [big, [], big])
    #expect(message.size(of: 0) == 1 << 20)
    #expect(message.withBytes(of: 2) { $0[1 << 19] } == big[1 << 19])
  }

  @Test("a received message takes the place of a longer one")
  func reuse() throws {
    let context = try Context()
    let left = try openSocket(.pair, in: context)
    let right = try openSocket(.pair, in: context)
    try right.connect(try left.bind("inproc://reuse"))
    var message = Message()
    for count in [1, 9, 2, 17, 3, 1] {
      let sent = (0..<count).map { "part \($0) of \(count), with some more text than fits a slot" }
      for text in sent { message.append(text) }
      try left.send(&message)
      try right.receive(into: &message)
      #expect(parts(message) == sent.map { Array($0.utf8) })
      #expect(message.text(of: count - 1) == sent[count - 1])
      message.removeParts()
    }
  }
}
