import Foundation
import History
import KeyValue
import TestSupport
import Testing

import struct History.Operation

@Suite("The recorder")
struct RecorderTests {
  private func lines(_ path: String) throws -> [String] {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.isEmpty || text.hasSuffix("\n"), "a line is cut")
    return text.split(separator: "\n").map(String.init)
  }

  @Test("a line is whole in the file when the call that records it returns")
  func handedOver() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "part.jsonl").plainPath
      var recorder = try Recorder(path: path, client: 7)
      #expect(try lines(path) == [])
      for number in 0..<20 {
        let value = JSON.value(.string(String(repeating: "x", count: number * 1000) + "\n\u{0}é"))
        let invoked = try recorder.invoke(
          process: ProcessID(3), kind: .write, key: "a\nb", value: value, server: 2)
        let invocation = try #require(try lines(path).last)
        let event = try JSON(parsing: invocation)
        #expect(try lines(path).count == 2 * number + 1)
        #expect(
          event == [
            "time": JSON(invoked.wall), "mono": JSON(invoked.monotonic), "process": 3, "type": "invoke",
            "f": "write",
            "key": "a\nb", "value": value, "server": 2, "client": 7,
          ])
        try recorder.complete(
          .ok, at: .now(), process: ProcessID(3), kind: .write, key: "a\nb", value: value, server: 2,
          extra: ["stamp": [5, 2]])
        #expect(try lines(path).count == 2 * number + 2)
      }
    }
  }

  @Test("each kind and outcome has its name, and what was left out is not written")
  func names() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "part.jsonl").plainPath
      var recorder = try Recorder(path: path)
      let time = Recorder.Time.now()
      for kind in Operation.Kind.allCases {
        _ = try recorder.invoke(
          process: ProcessID(0), kind: kind, key: "a", value: nil, server: nil, isFinal: kind == .read)
      }
      for outcome in Operation.Outcome.allCases {
        try recorder.complete(
          outcome, at: time, process: ProcessID(0), kind: .read, key: "a", value: 10.0, server: 0,
          isFinal: true,
          extra: ["error": "no"])
      }
      let events = try lines(path).map { try JSON(parsing: $0) }
      #expect(events.map { $0["f"] } == ["read", "write", "cas", "read", "read", "read"])
      #expect(events.map { $0["type"] } == ["invoke", "invoke", "invoke", "ok", "fail", "info"])
      #expect(events.map { $0["final"] } == [true, nil, nil, true, true, true])
      #expect(events.map { $0["server"] } == [nil, nil, nil, 0, 0, 0])
      #expect(events.allSatisfy { $0["client"] == nil && $0["value"] != nil })
      #expect(events[3]["error"] == "no" && events[3]["mono"] == JSON(time.monotonic))
    }
  }

  @Test("neither clock runs backwards between an invocation and its completion")
  func clocks() {
    var last = Recorder.Time.now()
    for _ in 0..<1000 {
      let time = Recorder.Time.now()
      #expect(time.monotonic >= last.monotonic)
      last = time
    }
    // 2020 to 2200: nanoseconds since 1970, not some other unit or origin.
    #expect((1_577_836_800_000_000_000...7_258_118_400_000_000_000).contains(last.wall))
  }

  @Test("a file that was there is emptied")
  func emptied() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "part.jsonl").plainPath
      try Data("old".utf8).write(to: URL(filePath: path))
      _ = try Recorder(path: path)
      #expect(try lines(path) == [])
    }
  }

  @Test("a place that cannot be written to is named with the reason")
  func unwritable() throws {
    try withTemporaryFolder { folder in
      for path in [folder.appending(path: "none/part.jsonl").plainPath, folder.plainPath, ""] {
        #expect {
          _ = try Recorder(path: path)
        } throws: { error in
          let error = error as? HistoryError
          return error?.file == path && error?.isUnreachable == true
            && error?.reason.hasPrefix("cannot be written: ") == true
        }
      }
    }
  }

  #if os(Linux)
    @Test("a full disk is an error of the invocation, so that its request is not sent")
    func fullDisk() throws {
      var recorder = try Recorder(path: "/dev/full")
      var failure: HistoryError?
      do throws(HistoryError) {
        _ = try recorder.invoke(process: ProcessID(0), kind: .read, key: "a", value: nil, server: 0)
      } catch {
        failure = error
      }
      #expect(failure?.file == "/dev/full")
      #expect(failure?.reason == "cannot be written: No space left on device")
    }
  #endif
}
