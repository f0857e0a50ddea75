import Testing
import ZeroMQ

/// A socket's descriptor is silent about what the socket has taken in already: a poller must not rely on it alone.
@Suite("what pollers know of sockets", .timeLimit(.minutes(2)))
struct PollerNewsTests {
  @Test("what is left in a socket is reported again, and what is not is not")
  func leftover() throws {
    let context = try Context()
    var poller = Poller()
    let push = try openSocket(.push, in: context)
    let pull = try openSocket(.pull, in: context)
    try push.connect(try pull.bind("inproc://leftover"))
    let token = poller.add(pull)
    for _ in 0..<2 {
      for number in 0..<3 { try push.send([UInt8(number)]) }
      for number in 0..<3 {
        #expect(try poller.poll(for: patience) == 1 && poller.isReadable(token))
        #expect(try poller.poll(for: .zero) == 1)
        let received = try receiveParts(pull)
        #expect(received == [[UInt8(number)]])
      }
      #expect(try poller.poll(for: .zero) == 0)
      #expect(try pull.tryReceive() == nil)
      #expect(try poller.poll(for: .zero) == 0 && !poller.isReadable(token))
    }
  }

  @Test("a message is reported that the socket has taken in while it was used for something else")
  func silentDescriptor() throws {
    let context = try Context()
    var poller = Poller()
    let dealer = try openSocket(.dealer, in: context)
    let router = try openSocket(.router, in: context)
    try dealer.connect(try router.bind("inproc://silent-descriptor"))
    let token = poller.add(router)
    #expect(try poller.poll(for: .zero) == 0)
    try dealer.send([1])
    // Whoever looks takes in what the descriptor would have told.
    while try !router.readiness.contains(.readable) {}
    #expect(try poller.poll(for: .zero) == 1 && poller.isReadable(token))
    _ = try receiveParts(router)
    #expect(try router.tryReceive() == nil)
    // From here on the descriptor tells, until the socket is used again.
    try dealer.send([2])
    #expect(try poller.poll(for: patience) == 1 && poller.isReadable(token))
  }

  @Test("a message is reported that came before the socket was connected to somebody else")
  func connectedMeanwhile() throws {
    let context = try Context()
    var poller = Poller()
    let push = try openSocket(.push, in: context)
    let other = try openSocket(.push, in: context)
    let pull = try openSocket(.pull, in: context)
    try other.bind("inproc://other")
    try push.connect(try pull.bind("inproc://connected-meanwhile"))
    let token = poller.add(pull)
    #expect(try poller.poll(for: .zero) == 0)
    try push.send([1])
    try pull.connect("inproc://other")
    #expect(try poller.poll(for: patience) == 1 && poller.isReadable(token))
  }

  @Test("a socket that is watched for nothing is not reported until it is watched for something")
  func noInterest() throws {
    let context = try Context()
    var poller = Poller()
    let push = try openSocket(.push, in: context)
    let pull = try openSocket(.pull, in: context)
    try push.connect(try pull.bind("inproc://no-interest"))
    let token = poller.add(pull, for: [])
    try push.send([1])
    #expect(try poller.poll(for: .milliseconds(1)) == 0)
    poller.watch(token, for: .readable)
    #expect(try poller.poll(for: patience) == 1 && poller.isReadable(token))
    poller.watch(token, for: [])
    #expect(try poller.poll(for: .milliseconds(1)) == 0 && !poller.isReadable(token))
  }
}
