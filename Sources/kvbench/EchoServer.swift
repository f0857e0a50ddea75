import Foundation
import ZeroMQ

/// The bare round trip that operations are measured against: REQ to REP over TCP between two processes, with no logic.
enum EchoServer {
  /// Answers every message with itself until standard input ends.
  static func run() throws {
    let context = try Context()
    let socket = try Socket(.rep, in: context)
    let endpoint = try socket.bind(.tcp("127.0.0.1", port: nil))
    FileHandle.standardOutput.write(Data("\(endpoint.port ?? 0)\n".utf8))
    var poller = Poller()
    let requests = poller.add(socket)
    let end = poller.add(descriptor: STDIN_FILENO)
    var message = Message()
    while true {
      try poller.poll()
      if !poller.readiness(of: end).isEmpty { return }
      if poller.isReadable(requests), try socket.tryReceive(into: &message) { try socket.send(&message) }
    }
  }

  /// The durations of so many round trips, in nanoseconds.
  static func measure(count: Int, program: URL) throws -> [Int64] {
    let process = Process()
    process.executableURL = program
    process.arguments = ["--echo"]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    defer {
      try? input.fileHandleForWriting.close()
      process.waitUntilExit()
    }
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard let port = Int(line.filter(\.isNumber)) else { throw CocoaError(.fileReadUnknown) }
    let context = try Context()
    let socket = try Socket(.req, in: context)
    try socket.connect(.tcp("127.0.0.1", port: port))
    let request = Array(#"{"type":"set","key":"a","value":1000,"v":1}"#.utf8)
    var message = Message()
    var durations: [Int64] = []
    for number in 0..<count + 100 {
      let start = ContinuousClock.now
      try socket.send(request)
      try socket.receive(into: &message)
      // The first round trips wait for the connection.
      if number >= 100 { durations.append(Int64((ContinuousClock.now - start) / .nanoseconds(1))) }
    }
    return durations
  }
}
