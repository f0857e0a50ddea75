import CZeroMQ

/// Waits until one of several sockets, mailboxes, monitors or descriptors is ready.
///
/// A poller holds on to what it watches: a socket stays open, and its pointer valid, until it is removed or the poller
/// ends, even if its owner is gone. So no order of endings can leave the poller with something closed. (A bare
/// descriptor is the exception: it belongs to the caller, who removes it before closing it.) Polling allocates nothing
/// for up to 16 watched things, and costs time linear in their number.
public struct Poller: ~Copyable {
  /// Something watched, as named by the poller that watches it. Never used twice.
  public struct Token: Hashable, Sendable {
    fileprivate let slot: Int
    fileprivate let serial: Int
  }

  private struct Watch {
    let token: Token
    let owner: AnyObject?
  }

  // Slots of what was removed stay, without interest in anything, until something else takes them.
  private var items: [zmq_pollitem_t] = []
  private var watches: [Watch?] = []
  private var lastSerial = 0

  /// Makes a poller that watches nothing.
  public init() {}

  /// Watches a socket.
  public mutating func add(_ socket: borrowing Socket, for interest: Readiness = .readable) -> Token {
    add(socket.handle.raw, -1, socket.handle, interest)
  }

  /// Watches a mailbox for items.
  public mutating func add<Item>(_ mailbox: Mailbox<Item>) -> Token {
    add(nil, mailbox.descriptor, mailbox, .readable)
  }

  /// Watches a monitor for events.
  public mutating func add(_ monitor: borrowing Monitor) -> Token {
    add(monitor.socket, for: .readable)
  }

  /// Watches a descriptor, which stays the caller's and open until it is removed.
  public mutating func add(descriptor: Int32, for interest: Readiness = .readable) -> Token {
    add(nil, descriptor, nil, interest)
  }

  /// Changes what something is watched for.
  public mutating func watch(_ token: Token, for interest: Readiness) {
    check(token)
    items[token.slot].events = interest.events
  }

  /// Ceases to watch something. Its token is not valid any more.
  public mutating func remove(_ token: Token) {
    check(token)
    // The system passes over a negative descriptor.
    items[token.slot] = zmq_pollitem_t(socket: nil, fd: -1, events: 0, revents: 0)
    watches[token.slot] = nil
  }

  /// Waits until something is ready, at most for a time. A signal does not end the wait.
  ///
  /// - Parameter timeout: Rounded up to milliseconds; zero looks without waiting, nil waits for as long as it takes.
  /// - Returns: How many are ready; 0 when the time has passed.
  @discardableResult
  public mutating func poll(for timeout: Duration? = nil) throws(ZeroMQError) -> Int {
    precondition(timeout != nil || watches.contains { $0 != nil }, "waiting for nothing without end")
    let deadline = timeout.flatMap { $0 > .zero ? ContinuousClock.now + $0 : nil }
    var milliseconds = Int(timeout?.milliseconds ?? -1)
    while true {
      let ready = zmq_poll(&items, Int32(items.count), timeout == nil ? -1 : max(0, milliseconds))
      if ready >= 0 { return Int(ready) }
      guard zmq_errno() == EINTR else { throw .last("poll") }
      if let deadline { milliseconds = Int((deadline - .now).milliseconds) }
    }
  }

  /// What the last poll found of something.
  public func readiness(of token: Token) -> Readiness {
    check(token)
    return Readiness(events: items[token.slot].revents)
  }

  /// Whether the last poll found something to receive.
  public func isReadable(_ token: Token) -> Bool {
    readiness(of: token).contains(.readable)
  }

  /// Whether the last poll found room to send.
  public func isWritable(_ token: Token) -> Bool {
    readiness(of: token).contains(.writable)
  }

  /// Calls a function for everything the last poll found ready, in the order of watching.
  public func forEachReady<Failure: Error>(
    _ body: (Token, Readiness) throws(Failure) -> Void
  ) throws(Failure) {
    for slot in items.indices where items[slot].revents != 0 {
      if let watch = watches[slot] { try body(watch.token, Readiness(events: items[slot].revents)) }
    }
  }

  private mutating func add(
    _ socket: UnsafeMutableRawPointer?, _ descriptor: Int32, _ owner: AnyObject?, _ interest: Readiness
  ) -> Token {
    let slot = watches.firstIndex { $0 == nil } ?? watches.count
    if slot == watches.count {
      watches.append(nil)
      items.append(zmq_pollitem_t())
    }
    lastSerial += 1
    let token = Token(slot: slot, serial: lastSerial)
    watches[slot] = Watch(token: token, owner: owner)
    items[slot] = zmq_pollitem_t(socket: socket, fd: descriptor, events: interest.events, revents: 0)
    return token
  }

  private func check(_ token: Token) {
    precondition(
      watches.indices.contains(token.slot) && watches[token.slot]?.token == token,
      "not watched by this poller")
  }
}
