import Testing
import ZeroMQ

@Suite("monitors", .timeLimit(.minutes(2)))
struct MonitorTests {
  /// Polls a monitor until it reports a kind of event.
  private func nextEvent(
    _ kind: MonitorEvent.Kind, _ monitor: inout Monitor, _ poller: inout Poller
  ) throws -> MonitorEvent {
    while true {
      if let event = try monitor.next() {
        if event.kind == kind { return event }
      } else {
        try #require(try poller.poll(for: patience) == 1, "no event \(kind)")
      }
    }
  }

  @Test("both sides of a connection are seen from listening to parting")
  func connection() throws {
    let context = try Context()
    let server = try openSocket(.router, in: context)
    var serverEvents = try Monitor(of: server)
    var serverPoller = Poller()
    _ = serverPoller.add(serverEvents)
    let endpoint = try server.bind("tcp://127.0.0.1:*")
    let listening = try nextEvent(.listening, &serverEvents, &serverPoller)
    #expect(listening.endpoint == endpoint)
    do {
      let client = try openSocket(.dealer, in: context)
      var clientEvents = try Monitor(of: client)
      var clientPoller = Poller()
      _ = clientPoller.add(clientEvents)
      try client.connect(endpoint)
      let connected = try nextEvent(.connected, &clientEvents, &clientPoller)
      #expect(connected.endpoint == endpoint)
      let accepted = try nextEvent(.accepted, &serverEvents, &serverPoller)
      #expect(accepted.value > 0)
      _ = try nextEvent(.handshakeSucceeded, &serverEvents, &serverPoller)
      _ = try nextEvent(.handshakeSucceeded, &clientEvents, &clientPoller)
      let further = try clientEvents.next()
      #expect(further == nil)
    }
    let disconnected = try nextEvent(.disconnected, &serverEvents, &serverPoller)
    #expect(disconnected.endpoint == endpoint)
  }

  @Test("an endpoint that cannot be bound is reported with the reason")
  func bindFailed() throws {
    let context = try Context()
    let first = try Socket(.router, in: context)
    let endpoint = try first.bind("tcp://127.0.0.1:*")
    let second = try Socket(.router, in: context)
    var events = try Monitor(of: second)
    var poller = Poller()
    _ = poller.add(events)
    #expect(throws: ZeroMQError.self) { try second.bind(endpoint) }
    let event = try nextEvent(.bindFailed, &events, &poller)
    #expect(ZeroMQError.Code(rawValue: event.value) == .addressInUse)
    #expect(endpoint.description.hasSuffix(event.endpoint.description))
  }

  @Test("events that nobody reads hold nothing up, whichever of socket and monitor ends first")
  func unreadEvents() throws {
    for monitorEndsFirst in [true, false] {
      let context = try Context()
      let server = try openSocket(.router, in: context)
      var monitor: Monitor? = try Monitor(of: server)
      for _ in 0..<1500 { try server.unbind(try server.bind("tcp://127.0.0.1:*")) }
      if monitorEndsFirst { monitor = nil }
      let client = try openSocket(.dealer, in: context)
      try client.connect(try server.bind("tcp://127.0.0.1:*"))
      try client.send("still served")
      let received = try receiveParts(server).last
      #expect(received == Array("still served".utf8))
      withExtendedLifetime(monitor) {}
    }
  }
}
