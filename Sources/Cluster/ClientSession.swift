import Configuration
import History
import KeyValue
import Replication
import ZeroMQ

/// A client's conversation with one server, one request at a time, over a plain REQ socket.
///
/// After a request that was not answered the conversation starts anew on another socket: an answer that comes late has
/// nobody to confuse.
struct ClientSession: ~Copyable {
  /// How a request ended.
  enum Outcome: Equatable {
    /// The answer, and when it was in hand.
    case answered(ClientAnswer, Recorder.Time)
    /// No answer came in time, or one that is none: nobody knows what the server did.
    case unknown(String)
    /// The control input ended while the answer was awaited.
    case interrupted
  }

  private let context: Context
  private let endpoint: Endpoint
  private var socket: Socket
  private var received = Message()
  private var request: [UInt8] = []
  /// Watches the socket and the control input; nil until the first request on the socket.
  private var watch: Watch?

  private struct Watch: ~Copyable {
    var poller = Poller()
    let answer: Poller.Token
    let control: Poller.Token

    init(_ socket: borrowing Socket, _ control: borrowing ControlInput) {
      answer = poller.add(socket)
      self.control = poller.add(descriptor: control.descriptor)
    }
  }

  /// Opens a conversation with the server whose client port this is.
  init(port: UInt16, context: Context) throws(ZeroMQError) {
    self.context = context
    endpoint = .tcp(Server.host, port: Int(port))
    socket = try Self.socket(endpoint, context)
  }

  private static func socket(_ endpoint: Endpoint, _ context: Context) throws(ZeroMQError) -> Socket {
    let socket = try Socket(.req, in: context)
    try socket.connect(endpoint)
    return socket
  }

  /// Waits until the connection stands, so that the first request is not charged with making it. Returns also when the
  /// time has passed or the control input has ended: requests are kept until there is a connection.
  mutating func awaitConnection(timeout: Duration, control: borrowing ControlInput) throws(ZeroMQError) {
    let fresh = try Socket(.req, in: context)
    try connect(fresh, to: endpoint, timeout: timeout, control: control)
    socket = fresh
    watch = nil
  }

  /// Sends a request and waits for its answer.
  mutating func ask(
    _ body: ClientRequest.Body, timeout: Duration, control: inout ControlInput
  ) throws(ZeroMQError) -> Outcome {
    if let outcome = try begin(body) { return outcome }
    return try end(body, until: .now + timeout, timeout: timeout, control: &control)
  }

  /// Sends a request, whose answer ``end(_:until:timeout:control:)`` waits for: several servers can be asked at a time.
  ///
  /// - Returns: how the request ended, if it was not sent.
  mutating func begin(_ body: ClientRequest.Body) throws(ZeroMQError) -> Outcome? {
    request.removeAll(keepingCapacity: true)
    ClientRequest(body).write(to: &request)
    guard request.count <= ClientRequest.bytesMax else {
      return .answered(.refused(ClientRequest.refusal(bytes: request.count)), .now())
    }
    try socket.send(request)
    return nil
  }

  /// Waits for the answer to the request that was sent.
  mutating func end(
    _ body: ClientRequest.Body, until deadline: ContinuousClock.Instant, timeout: Duration,
    control: inout ControlInput
  ) throws(ZeroMQError) -> Outcome {
    let outcome = try awaitAnswer(body, until: deadline, timeout: timeout, control: &control)
    if case .answered = outcome { return outcome }
    socket = try Self.socket(endpoint, context)
    watch = nil
    return outcome
  }

  private mutating func awaitAnswer(
    _ body: ClientRequest.Body, until deadline: ContinuousClock.Instant, timeout: Duration,
    control: inout ControlInput
  ) throws(ZeroMQError) -> Outcome {
    // Taken out while it is used, and put back with what an answer leaves behind.
    var watch = self.watch.take() ?? Watch(socket, control)
    while true {
      let ready = try watch.poller.poll(for: max(.zero, deadline - .now))
      if watch.poller.isReadable(watch.answer) {
        try socket.receive(into: &received)
        let now = Recorder.Time.now()
        let answer = received.withBytes(of: received.count - 1) { ClientAnswer(decoding: $0, to: body) }
        guard let answer else { return .unknown("the answer cannot be understood") }
        self.watch = consume watch
        return .answered(answer, now)
      }
      if !watch.poller.readiness(of: watch.control).isEmpty {
        _ = control.lines()
        if control.isClosed { return .interrupted }
      }
      if ready == 0 { return .unknown("no answer within \(timeout)") }
    }
  }
}
