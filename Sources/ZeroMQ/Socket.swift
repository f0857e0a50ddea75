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
    try endpoint.attempt("connect") { zmq_connect(raw, $0) }
  }

  /// Stops listening on an endpoint, named as `bind` returned it.
  ///
  /// - Throws: `noSuchEndpoint` if the socket was not bound to it.
  public borrowing func unbind(_ endpoint: Endpoint) throws(ZeroMQError) {
    let raw = handle.raw
    try endpoint.attempt("unbind") { zmq_unbind(raw, $0) }
  }

  /// Drops the connection to an endpoint.
  ///
  /// - Throws: `noSuchEndpoint` if the socket was not connected to it.
  public borrowing func disconnect(_ endpoint: Endpoint) throws(ZeroMQError) {
    let raw = handle.raw
    try endpoint.attempt("disconnect") { zmq_disconnect(raw, $0) }
  }

  /// Which of sending and receiving would succeed now.
  ///
  /// Reading this also lets the socket attend to its connections. The system's descriptor is edge-triggered, so whoever
  /// polls it elsewhere than in a `Poller` asks here after each use of the socket.
  public var readiness: Readiness {
    get throws(ZeroMQError) {
      var events: Int32 = 0
      var size = MemoryLayout<Int32>.size
      guard uninterrupted({ zmq_getsockopt(handle.raw, ZMQ_EVENTS, &events, &size) }) == 0 else {
        throw .last("get events")
      }
      return Readiness(events: Int16(truncatingIfNeeded: events))
    }
  }

  /// The descriptor that becomes readable when `readiness` may have changed. It belongs to the socket.
  public var descriptor: Int32 {
    get throws(ZeroMQError) {
      var descriptor: Int32 = -1
      var size = MemoryLayout<Int32>.size
      guard zmq_getsockopt(handle.raw, ZMQ_FD, &descriptor, &size) == 0 else { throw .last("get descriptor") }
      return descriptor
    }
  }
}

/// An open libzmq socket: closed when the last of its socket, its pollers and its monitor lets go.
final class SocketHandle {
  let raw: UnsafeMutableRawPointer
  let context: Context

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
}
