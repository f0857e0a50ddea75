import ArgumentParser
import Cluster
import Foundation
import ZeroMQ

/// What operations are measured against: round trips between two processes on one host, with no logic.
enum Echo: String, ExpressibleByArgument {
  /// REQ to REP over ZeroMQ.
  case request
  /// A plain TCP connection.
  case tcp
  /// A ROUTER that answers each request of a list with the same answer.
  case router

  /// What tables call it.
  var name: String {
    switch self {
    case .request: "bare REQ/REP echo"
    case .tcp: "bare TCP echo"
    case .router: "bare ROUTER echo"
    }
  }

  /// A request as long as an operation's.
  static let message = Array(#"{"type":"set","key":"a","value":1000,"v":1}"#.utf8)
  /// An answer that fits every read and write.
  static let answer = Array(#"{"ok":true,"value":"0:1","stamp":[1,0]}"#.utf8)
  /// The first round trips wait for the connection.
  private static let warmUp = 100

  // MARK: The server

  /// Says on standard output which port it has, and answers until standard input ends.
  func serve() throws {
    switch self {
    case .request: try serve(.rep) { socket, message in try socket.send(&message) }
    case .router:
      var answers: [UInt8] = []
      try serve(.router) { socket, message in
        // The envelope goes back as it came.
        let last = message.count - 1
        message.withBytes(of: last) { Self.answer($0, into: &answers) }
        message.removeParts(from: last)
        message.append(answers)
        _ = try socket.trySend(&message)
      }
    case .tcp: try TCPEcho.serve()
    }
  }

  /// Answers a list of requests as the client process writes it: each begins with a brace, its id, and a comma.
  private static func answer(_ requests: Span<UInt8>, into answers: inout [UInt8]) {
    answers.removeAll(keepingCapacity: true)
    for start in requests.indices where requests[start] == UInt8(ascii: "{") {
      answers.append(answers.isEmpty ? UInt8(ascii: "[") : UInt8(ascii: ","))
      var index = start
      while index < requests.count, requests[index] != UInt8(ascii: ",") {
        answers.append(requests[index])
        index += 1
      }
      answers.append(UInt8(ascii: ","))
      answers.append(contentsOf: answer.dropFirst())
    }
    answers.append(UInt8(ascii: "]"))
  }

  static func tell(port: Int) {
    FileHandle.standardOutput.write(Data("\(port)\n".utf8))
  }

  private func serve(_ kind: SocketKind, answer: (borrowing Socket, inout Message) throws -> Void) throws {
    let context = try Context()
    let socket = try Socket(kind, in: context)
    let endpoint = try socket.bind(.tcp("127.0.0.1", port: nil))
    Self.tell(port: endpoint.port ?? 0)
    var poller = Poller()
    let requests = poller.add(socket)
    let end = poller.add(descriptor: STDIN_FILENO)
    var message = Message()
    while true {
      try poller.poll()
      if !poller.readiness(of: end).isEmpty { return }
      guard poller.isReadable(requests) else { continue }
      while try socket.tryReceive(into: &message) { try answer(socket, &message) }
    }
  }

  // MARK: The client

  /// Runs a server of this kind while a function is at work with its port.
  func withServer<Result>(core: Int? = nil, _ body: (Int) throws -> Result) throws -> Result {
    let process = try BenchProcess(
      "kvbench", ["helper", "--echo", rawValue] + Placement.arguments(core: core))
    defer { process.end() }
    guard let port = process.nextLine().flatMap({ Int($0) }) else {
      throw BenchFailure("an echo did not start")
    }
    return try body(port)
  }

  /// The durations of so many round trips, one after the other, in nanoseconds.
  ///
  /// - Parameter core: the processor core that both sides stay on; nil to leave that to the system.
  func measure(count: Int, core: Int? = nil) throws -> [Int64] {
    try withServer(core: core) { port in
      try Placement.staying(on: core) {
        switch self {
        case .tcp: try TCPEcho.measure(port: port, message: Self.message, warmUp: Self.warmUp, count: count)
        case .request, .router: try exchange(port: port, count: count)
        }
      }
    }
  }

  private func exchange(port: Int, count: Int) throws -> [Int64] {
    let context = try Context()
    let socket = try Socket(.req, in: context)
    try socket.connect(.tcp("127.0.0.1", port: port))
    var message = Message()
    var durations: [Int64] = []
    for number in 0..<count + Self.warmUp {
      let start = ContinuousClock.now
      try socket.send(Self.message)
      try socket.receive(into: &message)
      if number >= Self.warmUp { durations.append(Int64((ContinuousClock.now - start) / .nanoseconds(1))) }
    }
    return durations
  }
}
