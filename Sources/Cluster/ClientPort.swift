import Configuration
import KeyValue
import Replication
import ZeroMQ

/// Where a server takes requests and answers them: its ROUTER for clients.
///
/// A request that has been taken waits here until it is answered by its number. Answers to requests that came in lists are
/// gathered, and go out when told to.
struct ClientPort: ~Copyable {
  /// A request that was taken.
  struct Request {
    let id: RequestID
    let body: ClientRequest.Body
  }

  private struct Pending {
    /// What goes before the answer, for each part its length and its bytes: one piece of memory for all.
    let envelope: [UInt8]
    let form: Form
    /// What is asked of the store; nil where it is something else.
    let command: Command?
  }

  /// How an answer looks.
  private enum Form {
    case plain
    case json
    /// One of a list, with the id of its request.
    case listed(UInt64)
  }

  /// How many answers, or lists of them, libzmq keeps for a client that does not take them; further ones are lost. A
  /// client's connection may be that of many sessions, each of which waits for one.
  private static let queuedAnswersMax = Workload.sessionCountMax

  /// What is longer and goes before a request has the request dropped. It is kept with each, and goes before the answer.
  private static let envelopeBytesMax = 1024

  /// The socket, to be watched.
  let socket: Socket
  /// The requests of the frame that was taken last.
  private(set) var taken: [Request] = []
  private var pending: [UInt64: Pending] = [:]
  private var lastRequest: UInt64 = 0
  private var received = Message()
  private var answer = Message()
  private var answerBytes: [UInt8] = []
  private var lists = AnswerLists()

  init(in context: Context) throws(ZeroMQError) {
    let socket = try Socket(.router, in: context)
    try socket.set(.maxMessageSize, to: Server.messageBytesMax)
    try socket.set(.sendHighWaterMark, to: Self.queuedAnswersMax)
    self.socket = socket
  }

  // MARK: Requests

  /// Takes the next frame, if one is there; its requests are then in ``taken``. What is no request is refused.
  ///
  /// - Returns: whether there was one.
  mutating func take() throws(ZeroMQError) -> Bool {
    taken.removeAll(keepingCapacity: true)
    guard try socket.tryReceive(into: &received) else { return false }
    // A client's identity, whatever it puts before an empty part, that part, and the request. A DEALER may leave out
    // the empty part.
    let last = received.count - 1
    guard last >= 1 else { return true }
    let delimiter = (1..<last).first { received.size(of: $0) == 0 }
    let bodyStart = (delimiter ?? 0) + 1
    let envelopeBytes = (0..<bodyStart).reduce(0) { $0 + received.size(of: $1) }
    guard envelopeBytes <= Self.envelopeBytesMax else { return true }
    let envelope = envelope(of: bodyStart)
    guard bodyStart == last else {
      let reason = "the request has \(last - bodyStart + 1) frames; one is expected"
      try refuse(reason, envelope, .plain)
      return true
    }
    switch received.withBytes(of: last, ClientFrame.init(decoding:)) {
    case .request(let request):
      note(request.body, envelope, request.wantsJSON ? .json : .plain)
    case .list(let elements):
      for element in elements {
        switch element.body {
        case .success(let body): note(body, envelope, .listed(element.id))
        case .failure(let error): try refuse(error.reason, envelope, .listed(element.id))
        }
      }
    case .malformed(let error):
      try refuse(error.reason, envelope, error.wantsJSON ? .json : .plain)
    }
    return true
  }

  private mutating func note(_ body: ClientRequest.Body, _ envelope: [UInt8], _ form: Form) {
    lastRequest += 1
    pending[lastRequest] = Pending(envelope: envelope, form: form, command: body.command)
    taken.append(Request(id: RequestID(lastRequest), body: body))
  }

  private mutating func refuse(_ reason: String, _ envelope: [UInt8], _ form: Form) throws(ZeroMQError) {
    try send(.refused(reason), to: Pending(envelope: envelope, form: form, command: nil))
  }

  /// The first so many parts of what was received.
  private func envelope(of parts: Int) -> [UInt8] {
    var envelope: [UInt8] = []
    envelope.reserveCapacity((0..<parts).reduce(0) { $0 + 2 + received.size(of: $1) })
    for part in 0..<parts {
      envelope.append(varint: received.size(of: part))
      received.withBytes(of: part) { bytes in bytes.withUnsafeBytes { envelope.append(contentsOf: $0) } }
    }
    return envelope
  }

  // MARK: Answers

  /// Answers a request, unless it has been answered.
  mutating func answer(_ request: RequestID, _ answer: ClientAnswer) throws(ZeroMQError) {
    if let pending = pending.removeValue(forKey: request.number) { try send(answer, to: pending) }
  }

  private mutating func send(_ clientAnswer: ClientAnswer, to request: Pending) throws(ZeroMQError) {
    switch request.form {
    case .plain, .json:
      answerBytes.removeAll(keepingCapacity: true)
      let wantsJSON = if case .json = request.form { true } else { false }
      clientAnswer.write(wantsJSON: wantsJSON, to: request.command, into: &answerBytes)
      answer.removeParts()
      address(request.envelope.span)
      answer.append(answerBytes)
      // A router drops what it cannot deliver: the client is gone.
      _ = try socket.trySend(&answer)
    case .listed(let id):
      let full = lists.add(clientAnswer, id: id, to: request.command, client: request.envelope)
      if let full { try sendList(full) }
      if lists.areFull { try sendLists() }
    }
  }

  /// Sends what has been gathered for clients whose requests come in lists.
  mutating func sendLists() throws(ZeroMQError) {
    guard !lists.indices.isEmpty else { return }
    for frame in lists.indices where !lists[frame].bytes.isEmpty { try sendList(frame) }
    lists.clear()
  }

  private mutating func sendList(_ frame: Int) throws(ZeroMQError) {
    lists.close(frame)
    answer.removeParts()
    address(lists[frame].envelope.span)
    answer.append(lists[frame].bytes)
    _ = try socket.trySend(&answer)
    lists.empty(frame)
  }

  /// Puts the parts of an envelope before an answer.
  private mutating func address(_ envelope: borrowing Span<UInt8>) {
    var reader = WireReader()
    // What this port wrote can be read.
    while let size = try? reader.number(envelope, max: .max) {
      answer.append(envelope.extracting(reader.offset..<reader.offset + size))
      reader.skip(size)
    }
  }
}
