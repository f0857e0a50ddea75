import CZeroMQ
import Synchronization

/// Reports what happens to the connections of a socket, for a poller to wait for.
///
/// It sees what happens after it was made, so make it before binding or connecting. It holds the socket open until it
/// ends, and queues events without limit: whoever makes one reads it.
public struct Monitor: ~Copyable {
  private static let serial = Atomic(0)

  let socket: Socket
  private let monitored: SocketHandle
  private var message = Message()

  /// Begins to watch a socket. A socket has one monitor at a time.
  ///
  /// - Throws: `tooManyFiles` if no further sockets can be opened.
  public init(of monitored: borrowing Socket) throws(ZeroMQError) {
    let number = Self.serial.wrappingAdd(1, ordering: .relaxed).newValue
    let endpoint = Endpoint.inproc("monitor-\(number)")
    let socket = try Socket(.pair, in: monitored.handle.context)
    // libzmq's threads wait when the queue of a monitor is full, and stopping the monitor then waits for them.
    try socket.set(.receiveHighWaterMark, to: 0)
    try socket.connect(endpoint)
    let handle = monitored.handle
    let mask = MonitorEvent.Kind.allCases.reduce(0) { $0 | Int32($1.rawValue) }
    try endpoint.attempt("monitor") { zmq_socket_monitor(handle.raw, $0, mask) }
    self.socket = socket
    self.monitored = handle
  }

  /// Stops the events first: with nobody to receive them, libzmq's threads would wait for ever.
  deinit {
    zmq_socket_monitor(monitored.raw, nil, 0)
  }

  /// The next event, if one is there now.
  public mutating func next() throws(ZeroMQError) -> MonitorEvent? {
    while try socket.tryReceive(into: &message) {
      if let event = MonitorEvent(message) { return event }
    }
    return nil
  }
}

/// Something that happened to a connection of a socket.
public struct MonitorEvent: Hashable, Sendable {
  /// What can happen.
  public enum Kind: UInt16, Sendable, CaseIterable {
    /// A connection was made. The value is its descriptor.
    case connected = 0x0001
    /// A connection was not made at once; it goes on being tried.
    case connectDelayed = 0x0002
    /// A connection will be tried again. The value is the pause in milliseconds.
    case connectRetried = 0x0004
    /// The socket listens. The value is the descriptor.
    case listening = 0x0008
    /// An endpoint could not be bound. The value is the error number.
    case bindFailed = 0x0010
    /// A peer connected. The value is the descriptor.
    case accepted = 0x0020
    /// A peer's connection could not be accepted. The value is the error number.
    case acceptFailed = 0x0040
    /// A connection was closed by this side. The value is its descriptor.
    case closed = 0x0080
    /// A connection could not be closed. The value is the error number.
    case closeFailed = 0x0100
    /// A connection broke off. The value is its descriptor.
    case disconnected = 0x0200
    /// The monitor ended.
    case stopped = 0x0400
    /// Both sides failed to introduce themselves. The value is the error number.
    case handshakeFailed = 0x0800
    /// Both sides introduced themselves: messages can flow.
    case handshakeSucceeded = 0x1000
    /// The peer does not speak the protocol. The value says in what.
    case handshakeFailedProtocol = 0x2000
    /// The peer was refused. The value is the authenticator's status.
    case handshakeFailedAuthentication = 0x4000
  }

  /// What happened.
  public let kind: Kind
  /// The descriptor, error number or time that the kind of event speaks of.
  public let value: Int32
  /// The endpoint it happened on, as libzmq names it: `bindFailed` leaves the transport out.
  public let endpoint: Endpoint

  /// Reads the two parts that libzmq sends; nil if they are something else.
  init?(_ message: borrowing Message) {
    guard message.count == 2, message.size(of: 0) == 6 else { return nil }
    let (code, value) = message.bytes(of: 0).withUnsafeBytes {
      ($0.loadUnaligned(as: UInt16.self), $0.loadUnaligned(fromByteOffset: 2, as: Int32.self))
    }
    guard let kind = Kind(rawValue: code) else { return nil }
    self.kind = kind
    self.value = value
    endpoint = Endpoint(message.text(of: 1))
  }
}
