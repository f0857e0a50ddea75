import CZeroMQ

/// One end of conversations, owned by one loop.
///
/// A socket cannot be copied and is not `Sendable`: it stays on the thread that made it, as libzmq demands, and is closed
/// when its owner, and any poller that watches it, are gone. It keeps its context alive. Closing never waits: what
/// was not yet sent is dropped unless `linger` says otherwise.
public struct Socket: ~Copyable {
  let handle: SocketHandle
  /// What the socket does with messages.
  public let kind: SocketKind

  /// Opens a socket.
  ///
  /// - Throws: `tooManyFiles` if the context or the process can open no more.
  public init(_ kind: SocketKind, in context: Context) throws(ZeroMQError) {
    self.kind = kind
    handle = try SocketHandle(kind, in: context)
  }

  /// Listens on an endpoint.
  ///
  /// - Returns: The endpoint as bound: with the port that the system picked where the port was `*` or 0.
  /// - Throws: `addressInUse`, `addressNotAvailable`, `invalidArgument`, `noSuchDevice` and the like, with the endpoint.
  @discardableResult
  public borrowing func bind(_ endpoint: Endpoint) throws(ZeroMQError) -> Endpoint {
    let raw = handle.raw
    handle.use()
    try endpoint.attempt("bind") { zmq_bind(raw, $0) }
    let room = max(256, endpoint.description.utf8.count + 64)
    return Endpoint(
      String(decoding: try get(ZMQ_LAST_ENDPOINT, "last endpoint", room: room).dropLast(), as: UTF8.self))
  }

  /// Connects to an endpoint, now or as soon as somebody listens there.
  ///
  /// - Throws: `invalidArgument` and the like, with the endpoint. That nobody listens is no error.
  public borrowing func connect(_ endpoint: Endpoint) throws(ZeroMQError) {
    let raw = handle.raw
    handle.use()
    try endpoint.attempt("connect") { zmq_connect(raw, $0) }
  }

  /// Stops listening on an endpoint, named as `bind` returned it.
  ///
  /// - Throws: `noSuchEndpoint` if the socket was not bound to it.
  public borrowing func unbind(_ endpoint: Endpoint) throws(ZeroMQError) {
    let raw = handle.raw
    handle.use()
    try endpoint.attempt("unbind") { zmq_unbind(raw, $0) }
  }

  /// Drops the connection to an endpoint.
  ///
  /// - Throws: `noSuchEndpoint` if the socket was not connected to it.
  public borrowing func disconnect(_ endpoint: Endpoint) throws(ZeroMQError) {
    let raw = handle.raw
    handle.use()
    try endpoint.attempt("disconnect") { zmq_disconnect(raw, $0) }
  }

  /// Which of sending and receiving would succeed now.
  ///
  /// Reading this also lets the socket attend to its connections. The system's descriptor is edge-triggered, so whoever
  /// polls it elsewhere than in a `Poller` asks here after each use of the socket.
  public var readiness: Readiness {
    get throws(ZeroMQError) {
      Readiness(events: Int16(truncatingIfNeeded: try handle.events()))
    }
  }

  /// The descriptor that becomes readable when `readiness` may have changed. It belongs to the socket.
  public var descriptor: Int32 {
    get throws(ZeroMQError) { try handle.descriptor() }
  }
}

/// An open libzmq socket: closed when the last of its socket, its pollers and its monitor lets go.
final class SocketHandle {
  let raw: UnsafeMutableRawPointer
  let context: Context
  /// Grows with everything that may change what the socket can do, so that a poller knows when to look again: libzmq
  /// takes in what its threads have to say in any call, and the descriptor is silent about that afterwards.
  private(set) var useCount = 0
  /// What ``useCount`` was when there was found to be nothing to receive.
  private var emptyCount = -1

  /// Whether there is certainly nothing to receive that the descriptor does not tell of.
  var isKnownEmpty: Bool { emptyCount == useCount }

  init(_ kind: SocketKind, in context: Context) throws(ZeroMQError) {
    guard let raw = zmq_socket(context.raw, kind.code) else { throw .last("open \(kind) socket") }
    self.raw = raw
    self.context = context
    var linger: Int32 = 0
    zmq_setsockopt(raw, ZMQ_LINGER, &linger, MemoryLayout<Int32>.size)
  }

  deinit {
    zmq_close(raw)
  }

  /// Takes note that the socket is being used.
  func use() {
    useCount &+= 1
  }

  /// Takes note that there is nothing to receive, and that nothing libzmq's threads have said is left unread.
  func noteEmpty() {
    emptyCount = useCount
  }

  /// Which of sending and receiving would succeed now, in libzmq's bits. Lets the socket attend to its connections.
  func events() throws(ZeroMQError) -> Int32 {
    use()
    var events: Int32 = 0
    var size = MemoryLayout<Int32>.size
    guard uninterrupted({ zmq_getsockopt(raw, ZMQ_EVENTS, &events, &size) }) == 0 else {
      throw .last("get events")
    }
    return events
  }

  /// The descriptor that becomes readable when libzmq's threads have something to say.
  func descriptor() throws(ZeroMQError) -> Int32 {
    var descriptor: Int32 = -1
    var size = MemoryLayout<Int32>.size
    guard zmq_getsockopt(raw, ZMQ_FD, &descriptor, &size) == 0 else { throw .last("get descriptor") }
    return descriptor
  }
}
