import KeyValue
import ZeroMQ

/// The connection of a client's sessions to one server.
///
/// Its sessions share a DEALER socket, since to look after one socket for each costs more than the operations do. What a
/// server finds before the empty part of a request it puts before that of the answer: there stands which operation of
/// which session it is, so that answers find their sessions, and one that comes too late finds nobody.
final class LoadConnection {
  /// Which operation of which session.
  struct Tag: Equatable {
    let session: UInt32
    let turn: UInt32
  }

  private let socket: Socket
  private var received = Message()
  private let endpoint: Endpoint

  /// How many requests that were given up, since they were not answered in time, may still wait to be taken.
  private static let abandonedMax = 1000

  /// - Parameter sessions: how many share the connection.
  init(port: UInt16, sessions: Int, context: Context) throws(ZeroMQError) {
    endpoint = .tcp(Server.host, port: Int(port))
    socket = try Socket(.dealer, in: context)
    // Each session waits for its answer before it asks for something else, unless it has given up.
    try socket.set(.sendHighWaterMark, to: sessions + Self.abandonedMax)
    try socket.set(.receiveHighWaterMark, to: sessions + Self.abandonedMax)
  }

  /// Connects, and waits for it as ``connect(_:to:timeout:control:)`` does.
  func connect(timeout: Duration, control: borrowing ControlInput) throws(ZeroMQError) {
    try Cluster.connect(socket, to: endpoint, timeout: timeout, control: control)
  }

  func watch(by poller: inout Poller) -> Poller.Token { poller.add(socket) }

  /// Sends a request, unless as many wait already as may.
  ///
  /// - Returns: False, with nothing sent, if they do.
  func send(_ request: Span<UInt8>, _ tag: Tag) throws(ZeroMQError) -> Bool {
    var bytes = UInt64(tag.session) << 32 | UInt64(tag.turn)
    let hasRoom = try withUnsafeBytes(of: &bytes) { bytes throws(ZeroMQError) in
      try socket.trySend(bytes, more: true)
    }
    guard hasRoom else { return false }
    try socket.send([] as [UInt8], more: true)
    try socket.send(request)
    return true
  }

  /// Calls a function with the next answer, if one is there now.
  ///
  /// - Returns: whether there was one.
  func receive(_ body: (Tag, Span<UInt8>) -> Void) throws(ZeroMQError) -> Bool {
    guard try socket.tryReceive(into: &received) else { return false }
    // Anything else is no answer to a request of ours.
    guard received.count == 3, received.size(of: 0) == 8, received.size(of: 1) == 0 else { return true }
    let number = received.withBytes(of: 0) { bytes in
      bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    }
    received.withBytes(of: 2) {
      body(Tag(session: UInt32(number >> 32), turn: UInt32(truncatingIfNeeded: number)), $0)
    }
    return true
  }
}

/// Connects a socket and waits until the connection stands, so that the first request is not charged with making it.
/// Returns also when the time has passed or the control input has ended: requests are kept until there is a connection.
func connect(
  _ socket: borrowing Socket, to endpoint: Endpoint, timeout: Duration, control: borrowing ControlInput
) throws(ZeroMQError) {
  var monitor = try Monitor(of: socket)
  try socket.connect(endpoint)
  var poller = Poller()
  let eventToken = poller.add(monitor)
  let controlToken = poller.add(descriptor: control.descriptor)
  let deadline = ContinuousClock.now + timeout
  var isConnected = false
  while !isConnected, try poller.poll(for: max(.zero, deadline - .now)) > 0,
    poller.readiness(of: controlToken).isEmpty
  {
    guard poller.readiness(of: eventToken) == .readable else { continue }
    while let event = try monitor.next() { isConnected = isConnected || event.kind == .handshakeSucceeded }
  }
}
