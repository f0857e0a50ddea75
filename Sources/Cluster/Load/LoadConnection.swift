import History
import KeyValue
import Replication
import ZeroMQ

/// The connection of a client's sessions to one server.
///
/// Its sessions share a DEALER socket, since to look after one socket for each costs more than the operations do, and the
/// requests that begin together share a frame, a ``ClientRequestList``. The id of a request says which operation of which
/// session it is, so that answers find their sessions, and one that comes too late finds nobody.
final class LoadConnection {
  /// Which operation of which session.
  struct Tag: Equatable {
    let session: UInt32
    let turn: UInt32

    init(session: UInt32, turn: UInt32) {
      self.session = session
      self.turn = turn
    }

    /// The tag that makes this id.
    init(id: UInt64) {
      session = UInt32(id >> 32)
      turn = UInt32(truncatingIfNeeded: id)
    }

    var id: UInt64 { UInt64(session) << 32 | UInt64(turn) }
  }

  /// Requests that share a frame.
  private struct Frame {
    var sessions: [Int] = []
    var bytes: [UInt8] = []

    /// Adds a request unless it is too large, and says how large it is.
    mutating func add(_ command: Command, _ tag: Tag) -> Int {
      let end = bytes.count
      bytes.append(end == 0 ? UInt8(ascii: "[") : UInt8(ascii: ","))
      ClientRequest(.command(command)).write(id: tag.id, to: &bytes)
      let size = bytes.count - end - 1
      if size <= ClientRequest.bytesMax {
        sessions.append(Int(tag.session))
      } else {
        bytes.removeSubrange(end...)
      }
      return size
    }
  }

  /// A frame that has grown beyond this takes no further request.
  private static let frameBytesMax = 256 * 1024

  private let socket: Socket
  private var received = Message()
  /// What is to be sent; the first for all but the largest requests.
  private var frames: [Frame] = []
  private let endpoint: Endpoint

  /// How many requests that were given up, since they were not answered in time, may still wait to be taken.
  private static let abandonedMax = 1000

  /// Whether requests were given up and none has been answered since. Then each has a frame to itself, since libzmq counts
  /// frames, and what it keeps is to be bounded by the number of requests.
  private var isBehind = false

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

  /// Adds a request to what ``send()`` sends.
  ///
  /// - Returns: how many bytes it has. Nothing was added if they are more than a request may have.
  func add(_ command: Command, _ tag: Tag) -> Int {
    if frames.last.map({ isBehind && !$0.sessions.isEmpty || $0.bytes.count > Self.frameBytesMax }) ?? true {
      frames.append(Frame())
    }
    return frames[frames.count - 1].add(command, tag)
  }

  /// Sends the requests that were added, except where as many wait already as may.
  ///
  /// - Returns: the sessions whose requests were not sent.
  func send() throws(ZeroMQError) -> [Int] {
    var unsent: [Int] = []
    for index in frames.indices where !frames[index].sessions.isEmpty {
      frames[index].bytes.append(UInt8(ascii: "]"))
      if try !socket.trySend(frames[index].bytes) { unsent += frames[index].sessions }
      frames[index].sessions.removeAll(keepingCapacity: true)
      frames[index].bytes.removeAll(keepingCapacity: true)
    }
    // There is seldom more than one.
    if frames.count > 1 { frames.removeLast(frames.count - 1) }
    return unsent
  }

  /// Takes note that a request was not answered in time, and is not waited for any longer.
  func noteGivenUp() { isBehind = true }

  /// Calls a function with each answer of the next frame, if one is there now, and with when they were in hand.
  ///
  /// - Returns: whether there was one.
  func receive(
    _ body: (Tag, ClientAnswerList.Element, Recorder.Time) -> Void
  ) throws(ZeroMQError) -> Bool {
    guard try socket.tryReceive(into: &received) else { return false }
    let time = Recorder.Time.now()
    isBehind = false
    // Anything else is no answer to a request of ours.
    guard received.count == 1 else { return true }
    received.withBytes(of: 0) { bytes in
      var list = ClientAnswerList()
      while let element = list.next(bytes) { body(Tag(id: element.id), element, time) }
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
