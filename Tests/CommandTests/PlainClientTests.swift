import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// The promise that any REQ client in any language can use a server, kept by one in Python.
@Suite("a plain client", .serialized, .timeLimit(.minutes(5)))
struct PlainClientTests {
  private static let python = "/usr/bin/python3"
  private static let hasPython = (try? CommandFolder()).map { _ in canImportZMQ() } ?? false

  private static func canImportZMQ() -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: python)
    process.arguments = ["-c", "import zmq"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  /// Asks each server and prints an answer a line, or `none` when there is none.
  private static let script = #"""
    import sys, zmq
    context = zmq.Context()
    def connect(port):
        socket = context.socket(zmq.REQ)
        socket.linger, socket.rcvtimeo = 0, 30000
        socket.connect(f"tcp://127.0.0.1:{port}")
        return socket
    first, second = (connect(port) for port in sys.argv[1:3])
    def ask(*frames):
        first.send_multipart(frames)
        print(*[ascii(frame.decode()) for frame in first.recv_multipart()], flush=True)
    ask(b'{"type":"set","key":"a","value":10}')
    ask(b'{"type":"get","key":"a","value":null}')
    ask(b'{"type":"get","key":"absent"}')
    ask(b'{"type":"set","key":"b","value":"plain text"}')
    ask(b'{"type":"get","key":"b"}')
    ask(b'{"type":"get","key":"a","v":1}')
    ask(b'')
    ask(b'\xff\x00{"type"')
    ask(b'null')
    ask(b'{"type":"set","key":"a"}')
    ask(b'{"type":"destroy","key":"a"}')
    ask(b'x' * (1 << 20))
    ask(b'{"type":"get","key":"a"}', b'{"type":"get","key":"a"}')
    ask(b'[' * 100000)
    ask(b'{"type":"get","key":"a"}')
    second.send(b'{"type":"get","key":"a"}')
    print(ascii(second.recv().decode()), flush=True)
    """#

  @Test(
    "in Python gets the documented answers, and nothing that it sends harms the server",
    .enabled(if: hasPython, "needs Debian's python3-zmq: /usr/bin/python3 cannot import zmq"),
    arguments: ["linearizable", "sequential", "eventual"])
  func python(level: String) async throws {
    let folder = try CommandFolder()
    let ports = try await withServers(2, level: level, in: folder) { ports in
      let result = try await Subprocess.run(
        .path(FilePath(Self.python)), arguments: ["-c", Self.script, "\(ports[0])", "\(ports[1])"],
        output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
      #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
      let answers = result.standardOutput.split(separator: "\n").map(String.init)
      try #require(answers.count == 16, "\(answers)")
      #expect(answers[..<5] == ["'success'", "'a:10'", "'absent:null'", "'success'", "'b:plain text'"])
      #expect(answers[5].contains(#""ok":true"#) && answers[5].contains(#""value":10"#), "\(answers[5])")
      for answer in answers[6..<13] { #expect(answer.hasPrefix("'error:"), "\(answer)") }
      // What begins a list of requests is answered as one.
      let refusal = #"'{"ok":false,"error":"the list of requests is not JSON"#
      #expect(answers[13].hasPrefix(refusal), "\(answers[13])")
      #expect(answers[14] == "'a:10'")
      // The other server has it at once only where the level promises so.
      if level == "linearizable" { #expect(answers[15] == "'a:10'") }
    }
    #expect(ports.count == 2)
  }

  private enum ServerEvent { case ready, ended }

  /// Starts servers by hand on ports that were free a moment ago, and once more on others if one was taken meanwhile.
  private func withServers(
    _ count: Int, level: String, in folder: CommandFolder, _ body: ([UInt16]) async throws -> Void
  ) async throws -> [UInt16] {
    for _ in 0..<10 {
      // All are held at once, so that no two are the same, and let go before the servers start.
      let numbers = try (0..<3 * count).map { _ in try OpenPort() }.map(\.number)
      let triples = (0..<count).map { Array(numbers[3 * $0..<3 * $0 + 3]) }
      try folder.write(
        """
        {"num_servers":\(count),"consistency_level":"\(level)","port_number":\(triples),"clients":[
          {"client_number":0,"server_number":0,"requests":[{"type":"get","key":"a"}]}]}
        """, to: "servers.json")
      let areReady = try await withThrowingTaskGroup { group in
        let (events, report) = AsyncStream<ServerEvent>.makeStream()
        for id in 0..<count {
          group.addTask {
            _ = try await Subprocess.run(
              .path(BuiltExecutable.path("kvserver")), arguments: ["servers.json", "--id", "\(id)"],
              workingDirectory: FilePath(folder.url.path), input: .none, output: .sequence, error: .discarded
            ) { execution in
              for try await line in execution.standardOutput.strings() where line.hasPrefix("ready") {
                report.yield(.ready)
              }
            }
            report.yield(.ended)
          }
        }
        defer { group.cancelAll() }
        var ready = 0
        for await event in events {
          guard event == .ready else { return false }
          ready += 1
          if ready == count { break }
        }
        try await body(triples.map { $0[2] })
        return true
      }
      if areReady { return triples.map { $0[2] } }
    }
    Issue.record("no ports stayed free for long enough")
    return []
  }
}
