import CZeroMQ

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Waits until one of several sockets, mailboxes, monitors or descriptors is ready.
///
/// A poller holds on to what it watches: a socket stays open until it is removed or the poller ends, even if its owner is
/// gone. So no order of endings can leave the poller with something closed. (A bare descriptor is the exception: it
/// belongs to the caller, who removes it before closing it.) Polling allocates nothing, and costs time linear in the
/// number of watched things.
///
/// A wait is one call of the system's `poll`. `zmq_poll` asks every socket about itself before and after it waits, each
/// time with a system call; here a socket is asked only if it was used since it was asked last, or if its
/// descriptor says that there is news.
public struct Poller: ~Copyable {
  /// Something watched, as named by the poller that watches it. Never used twice.
  public struct Token: Hashable, Sendable {
    fileprivate let slot: Int
    fileprivate let serial: Int
  }

  private struct Watch {
    let token: Token
    /// The socket; nil for a descriptor.
    let socket: SocketHandle?
    /// What else has to stay alive.
    let owner: AnyObject?
    var interest: Readiness
    var found: Readiness = []
    /// How often the socket had been used when it was asked last.
    var useCount = -1

    /// Whether the socket may be ready without its descriptor saying so.
    var isWorthAsking: Bool {
      guard let socket, interest != [] else { return false }
      if interest == .readable, socket.isKnownEmpty { return false }
      return found != [] || socket.useCount != useCount
    }

    /// Asks the socket.
    mutating func ask() throws(ZeroMQError) {
      guard let socket else { return }
      found = Readiness(events: Int16(truncatingIfNeeded: try socket.events())).intersection(interest)
      useCount = socket.useCount
    }
  }

  // Slots of what was removed stay, without interest in anything, until something else takes them.
  private var watches: [Watch?] = []
  private var descriptors: [pollfd] = []
  private var lastSerial = 0

  /// Makes a poller that watches nothing.
  public init() {}

  /// Watches a socket.
  public mutating func add(_ socket: borrowing Socket, for interest: Readiness = .readable) -> Token {
    // Every open socket has a descriptor.
    let descriptor = (try? socket.handle.descriptor()) ?? -1
    return add(descriptor, socket: socket.handle, owner: nil, interest)
  }

  /// Watches a mailbox for items.
  public mutating func add<Item>(_ mailbox: Mailbox<Item>) -> Token {
    add(mailbox.descriptor, socket: nil, owner: mailbox, .readable)
  }

  /// Watches a monitor for events.
  public mutating func add(_ monitor: borrowing Monitor) -> Token {
    add(monitor.socket, for: .readable)
  }

  /// Watches a descriptor, which stays the caller's and open until it is removed.
  public mutating func add(descriptor: Int32, for interest: Readiness = .readable) -> Token {
    add(descriptor, socket: nil, owner: nil, interest)
  }

  /// Changes what something is watched for.
  public mutating func watch(_ token: Token, for interest: Readiness) {
    check(token)
    watches[token.slot]?.interest = interest
    watches[token.slot]?.useCount = -1
    descriptors[token.slot].events = events(watches[token.slot]?.socket, interest)
  }

  /// Ceases to watch something. Its token is not valid any more.
  public mutating func remove(_ token: Token) {
    check(token)
    // The system passes over a negative descriptor.
    descriptors[token.slot] = pollfd(fd: -1, events: 0, revents: 0)
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
    var milliseconds = timeout.map { max(0, $0.milliseconds) } ?? -1
    while true {
      var isReady = false
      for slot in watches.indices {
        if watches[slot]?.isWorthAsking == true {
          try watches[slot]?.ask()
        } else {
          watches[slot]?.found = []
        }
        isReady = isReady || watches[slot]?.found.isEmpty == false
      }
      let result = wait(&descriptors, isReady ? 0 : milliseconds)
      if result < 0, errno != EINTR {
        throw ZeroMQError(operation: "poll", code: ZeroMQError.Code(rawValue: errno))
      }
      let count = try takeIn(isInterrupted: result < 0)
      if count > 0 || milliseconds == 0 { return count }
      // A signal, or news of a socket that did not make it ready.
      guard let deadline else { continue }
      let rest = deadline - .now
      if rest <= .zero { return 0 }
      milliseconds = rest.milliseconds
    }
  }

  /// Takes in what the system says of the descriptors.
  ///
  /// - Returns: how many of what is watched are ready.
  private mutating func takeIn(isInterrupted: Bool) throws(ZeroMQError) -> Int {
    var count = 0
    for slot in watches.indices {
      if !isInterrupted, descriptors[slot].revents != 0 {
        if watches[slot]?.socket != nil {
          try watches[slot]?.ask()
        } else {
          watches[slot]?.found = Readiness(descriptorEvents: descriptors[slot].revents)
        }
      }
      if watches[slot]?.found.isEmpty == false { count += 1 }
    }
    return count
  }

  /// What the last poll found of something.
  public func readiness(of token: Token) -> Readiness {
    check(token)
    return watches[token.slot]?.found ?? []
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
    for case let watch? in watches where watch.found != [] { try body(watch.token, watch.found) }
  }

  private mutating func add(
    _ descriptor: Int32, socket: SocketHandle?, owner: AnyObject?, _ interest: Readiness
  ) -> Token {
    let slot = watches.firstIndex { $0 == nil } ?? watches.count
    if slot == watches.count {
      watches.append(nil)
      descriptors.append(pollfd())
    }
    lastSerial += 1
    let token = Token(slot: slot, serial: lastSerial)
    watches[slot] = Watch(token: token, socket: socket, owner: owner, interest: interest)
    descriptors[slot] = pollfd(fd: descriptor, events: events(socket, interest), revents: 0)
    return token
  }

  /// What the system is to watch a descriptor for: that of a socket becomes readable whatever the news.
  private func events(_ socket: SocketHandle?, _ interest: Readiness) -> Int16 {
    socket == nil ? interest.descriptorEvents : interest == [] ? 0 : Int16(POLLIN)
  }

  private func check(_ token: Token) {
    precondition(
      watches.indices.contains(token.slot) && watches[token.slot]?.token == token,
      "not watched by this poller")
  }
}

/// The system's `poll`, by a name that is not the method's.
private func wait(_ descriptors: inout [pollfd], _ milliseconds: Int32) -> Int32 {
  poll(&descriptors, nfds_t(descriptors.count), milliseconds)
}

extension Readiness {
  /// What the system found of a descriptor.
  fileprivate init(descriptorEvents events: Int16) {
    let events = Int32(events)
    self = []
    if events & POLLIN != 0 { insert(.readable) }
    if events & POLLOUT != 0 { insert(.writable) }
    if events & ~(POLLIN | POLLOUT | POLLPRI) != 0 { insert(.failed) }
  }

  fileprivate var descriptorEvents: Int16 {
    Int16((contains(.readable) ? POLLIN : 0) | (contains(.writable) ? POLLOUT : 0))
  }
}
