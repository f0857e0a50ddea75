import Foundation
import History
import KeyValue
import TestSupport
import Testing

import struct History.Operation

extension HistoryMerge {
  /// The whole file in memory.
  fileprivate func file(run: RunDescription, isClean: Bool, reason: String? = nil) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try write(run: run, isClean: isClean, reason: reason) { bytes += $0 }
    return bytes
  }
}

@Suite("Merging the parts of a recording")
struct HistoryMergeTests {
  private let run = RunDescription(name: "t", servers: 2, host: "h", initial: ["a": 0])

  private func part(_ lines: String...) -> [UInt8] {
    Array(lines.map { $0 + "\n" }.joined().utf8)
  }

  private func event(_ monotonic: Int, _ name: String) -> String {
    #"{"mono":\#(monotonic),"name":"\#(name)"}"#
  }

  private func lines(_ merge: HistoryMerge) throws -> [String] {
    String(decoding: try merge.file(run: run, isClean: true), as: UTF8.self).split(separator: "\n").map(
      String.init)
  }

  private func failure(_ bytes: [UInt8], in merge: inout HistoryMerge) -> HistoryError? {
    do throws(HistoryError) {
      try merge.add(part: bytes, name: "p.jsonl")
      return nil
    } catch {
      return error
    }
  }

  @Test("events follow the monotonic clock, those of one instant their parts, each behind its index")
  func order() throws {
    var merge = HistoryMerge()
    try merge.add(part: part(event(10, "a"), event(30, "b"), event(30, "c"), event(50, "d")), name: "0")
    try merge.add(part: part(event(-5, "e"), event(30, "f"), event(40, "g")), name: "1")
    try merge.add(part: [], name: "2")
    #expect(merge.count == 7)
    #expect(
      try lines(merge) == [
        run.json.description,
        #"{"index":0,"mono":-5,"name":"e"}"#, #"{"index":1,"mono":10,"name":"a"}"#,
        #"{"index":2,"mono":30,"name":"b"}"#, #"{"index":3,"mono":30,"name":"c"}"#,
        #"{"index":4,"mono":30,"name":"f"}"#, #"{"index":5,"mono":40,"name":"g"}"#,
        #"{"index":6,"mono":50,"name":"d"}"#, #"{"type":"end","clean":true,"events":7}"#,
      ])
  }

  @Test("without events there is still a header and an end, which says how the run ended")
  func noEvents() throws {
    let file = try HistoryMerge().file(run: run, isClean: false, reason: "server 1 ended")
    let history = try HistoryReader().read(file, file: "h")
    #expect(history.run == run)
    #expect(history.end == RunEnd(isClean: false, reason: "server 1 ended", events: 0))
    #expect(history.operations.isEmpty)
  }

  @Test("a last line that was cut, wherever, is left out, and nothing else")
  func cutLine() throws {
    let whole = part(event(1, "a"), event(2, "é"))
    let first = event(1, "a").utf8.count + 1
    for length in 0..<whole.count {
      var merge = HistoryMerge()
      try merge.add(part: Array(whole.prefix(length)), name: "p")
      #expect(merge.count == (length < first ? 0 : 1), "\(length) bytes")
      try merge.add(part: part(event(3, "b")), name: "q")
      #expect(
        try lines(merge).dropLast().last?.hasSuffix(#","mono":3,"name":"b"}"#) == true, "\(length) bytes")
    }
  }

  @Test(
    "a whole line that is broken is an error with file, line and column",
    arguments: [
      ("{\"mono\":}", 9), ("", 1), ("{\"mono\":2}}", 11), ("{\"mono\":\"2\"}", 9), ("{}", 1), ("[2]", 1),
      ("2", 1),
      (" {\"mono\":2}", 1), ("{\"mono\":2.5}", 9), ("{\"mono\":99999999999999999999}", 9),
    ])
  func brokenLine(line: String, column: Int) {
    var merge = HistoryMerge()
    let failure = failure(part(event(1, "a"), line, event(3, "b")), in: &merge)
    #expect(failure?.file == "p.jsonl")
    #expect(failure?.line == 2)
    #expect(failure?.column == column)
    #expect(failure?.isUnreachable == false)
  }

  @Test("a broken part is left out whole and does not disturb the others")
  func brokenPart() throws {
    var merge = HistoryMerge()
    try merge.add(part: part(event(1, "a")), name: "0")
    #expect(failure(part(event(2, "b"), event(3, "c"), "?"), in: &merge) != nil)
    #expect(merge.count == 1)
    try merge.add(part: part(event(4, "d")), name: "2")
    #expect(
      try lines(merge).dropFirst().dropLast() == [
        #"{"index":0,"mono":1,"name":"a"}"#, #"{"index":1,"mono":4,"name":"d"}"#,
      ])
  }

  @Test("a part that is not there is an error that says so")
  func missingPart() throws {
    try withTemporaryFolder { folder in
      var merge = HistoryMerge()
      let path = folder.appending(path: "none.jsonl").plainPath
      #expect {
        try merge.add(part: path)
      } throws: { error in
        let error = error as? HistoryError
        return error?.file == path && error?.isUnreachable == true
      }
    }
  }

  @Test("an event of the harness takes its place among those of the clients and is read as a fault")
  func harness() throws {
    var merge = HistoryMerge()
    try merge.add(
      part: part(
        #"{"time":11,"mono":1,"process":0,"type":"invoke","f":"write","key":"a","value":1,"server":0}"#,
        #"{"time":15,"mono":5,"process":0,"type":"info","f":"write","key":"a","value":1,"server":0}"#),
      name: "0")
    try merge.add(
      part: part(
        #"{"time":13,"mono":3,"process":"harness","type":"info","f":"server-ended","value":{"server":0}}"#),
      name: "harness")
    let history = try HistoryReader().read(
      try merge.file(run: run, isClean: false, reason: "it ended"), file: "h")
    let fault = try #require(history.faults.first)
    #expect(fault.time == 3 && fault.process == "harness" && fault.name == "server-ended")
    #expect(fault.details == ["server": 0])
    #expect(history.operations.map(\.outcome) == [.unknown])
    #expect(history.end?.events == 3)
  }

  /// What joining is to give, made the plain way: all lines in memory, sorted by time, then part, then place.
  private func oracle(_ parts: [[(monotonic: Int, line: String)]]) -> [UInt8] {
    let lines = parts.enumerated().flatMap { part, lines in
      lines.enumerated().map { (order: ($1.monotonic, part, $0), line: $1.line) }
    }.sorted { $0.order < $1.order }
    let events = lines.enumerated().map { "{\"index\":\($0),\($1.line.dropFirst())\n" }
    return Array(
      (["\(run.json)\n"] + events + ["{\"type\":\"end\",\"clean\":true,\"events\":\(lines.count)}\n"])
        .joined()
        .utf8)
  }

  @Test("parts larger than what is held of them, in files, become what sorting all their lines gives")
  func blocks() throws {
    try withTemporaryFolder { folder in
      for seed in UInt64(0)..<4 {
        var random = SplitMix64(seed: seed)
        var merge = HistoryMerge()
        var parts: [[(monotonic: Int, line: String)]] = []
        for number in 0..<random.among(1...4) {
          var time = 0
          // Mostly short ones, so that they end anywhere in a block; some that no block holds.
          let lines = (0..<random.below(50)).map { _ in
            time += random.below(3)
            let at = seed == 3 && random.percent(5) ? time - 5 : time
            let length = random.percent(4) ? random.below(600_000) : random.below(9_000)
            return (
              monotonic: at, line: #"{"mono":\#(at),"text":"\#(String(repeating: "x", count: length))"}"#
            )
          }
          parts.append(lines)
          let path = folder.appending(path: "\(seed)-\(number).jsonl").plainPath
          let cut = random.percent(50) ? #"{"mono":7,"te"# : ""
          try Data((lines.map { $0.line + "\n" }.joined() + cut).utf8).write(to: URL(filePath: path))
          try merge.add(part: path)
        }
        #expect(merge.count == parts.reduce(0) { $0 + $1.count })
        #expect(try merge.file(run: run, isClean: true) == oracle(parts), "seed \(seed)")
      }
    }
  }

  @Test("what cannot be written ends the joining, and what has gone meanwhile is an error")
  func failures() throws {
    try withTemporaryFolder { folder in
      var merge = HistoryMerge()
      let path = folder.appending(path: "0.jsonl")
      try Data(part(event(1, "a"))).write(to: path)
      try merge.add(part: path.plainPath)
      let history = PartedHistory(merge, run: run, isClean: true)
      let target = folder.appending(path: "h.jsonl").plainPath
      if FileManager.default.fileExists(atPath: "/dev/full") {
        #expect {
          try history.write(to: "/dev/full")
        } throws: { error in
          "\(error)" == "/dev/full: cannot be written: No space left on device"
        }
      }
      try FileManager.default.removeItem(at: path)
      #expect {
        try history.write(to: target)
      } throws: { error in
        "\(error)".hasPrefix(path.plainPath)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.plainPath).isEmpty)
    }
  }

  @Test("what the recorders of several clients wrote becomes one history")
  func recorders() throws {
    try withTemporaryFolder { folder in
      var merge = HistoryMerge()
      let paths = (0..<2).map { folder.appending(path: "\($0).jsonl").plainPath }
      var first = try Recorder(path: paths[0], client: 4)
      var second = try Recorder(path: paths[1])
      let write = try first.invoke(process: ProcessID(0), kind: .write, key: "a", value: "x", server: 1)
      let read = try second.invoke(
        process: ProcessID(1), kind: .read, key: "a", value: nil, server: 0, isFinal: true)
      let answered = Recorder.Time.now()
      try second.complete(
        .ok, at: answered, process: ProcessID(1), kind: .read, key: "a", value: "x", server: 0, isFinal: true)
      try first.complete(
        .ok, at: .now(), process: ProcessID(0), kind: .write, key: "a", value: "x", server: 1)
      for path in paths { try merge.add(part: path) }
      let history = try HistoryReader().read(try merge.file(run: run, isClean: true), file: "h")
      #expect(history.warnings == [])
      #expect(history.clock == .monotonic)
      #expect(history.operations.map(\.kind) == [.write, .read])
      #expect(history.operations.map(\.client) == [4, nil])
      #expect(history.operations.map(\.server) == [1, 0])
      #expect(history.operations.map(\.isFinal) == [false, true])
      #expect(history.operations[0].invoked == write.monotonic)
      #expect(history.operations[1].invoked == read.monotonic)
      #expect(history.operations[1].completed == answered.monotonic)
    }
  }

  /// An operation as a client recorded it.
  private struct Recorded: Equatable {
    var process: Int32
    var isRead: Bool
    var key: Key
    /// What a write wrote, or what a completed read returned.
    var value: Value
    var outcome: Operation.Outcome
    var invoked: Int64
    var completed: Int64
  }

  /// Draws what one client does, and its part of the recording.
  private func client(_ number: Int32, of count: Int, _ random: inout SplitMix64) -> ([Recorded], [UInt8]) {
    var operations: [Recorded] = []
    var part: [UInt8] = []
    var time = Int64(random.below(50))
    var process = number
    func write(_ operation: Recorded, _ type: String, at time: Int64, value: Value) {
      JSON.object([
        "time": JSON(time + 1000), "mono": JSON(time), "process": JSON(operation.process), "type": JSON(type),
        "f": operation.isRead ? "read" : "write", "key": JSON(operation.key.text), "value": .value(value),
      ]).write(to: &part)
      part.append(UInt8(ascii: "\n"))
    }
    for _ in 0..<random.below(8) {
      var operation = Recorded(
        process: process, isRead: random.percent(50), key: Key(random.text()), value: random.value(),
        outcome: random.pick([.ok, .ok, .fail, .unknown]), invoked: time, completed: Operation.never)
      write(operation, "invoke", at: time, value: operation.isRead ? .null : operation.value)
      time += Int64(random.below(20))
      let isCompleted = operation.outcome != .unknown || random.percent(50)
      if isCompleted { write(operation, operation.outcome.eventType, at: time, value: operation.value) }
      if operation.outcome != .unknown { operation.completed = time }
      if operation.outcome == .unknown { process += Int32(count) }
      if operation.isRead, operation.outcome != .ok { operation.value = .null }
      operations.append(operation)
      time += Int64(random.below(20))
    }
    if random.percent(30) { part += #"{"time":9,"mono":9,"pro"#.utf8 }
    return (operations, part)
  }

  @Test("the reader finds in the merged file the operations that the clients recorded")
  func property() throws {
    for seed in 0..<seedCount(default: 1000) {
      var random = SplitMix64(seed: seed)
      var merge = HistoryMerge()
      var expected: [Recorded] = []
      let clients = random.among(1...5)
      for number in 0..<clients {
        let (operations, part) = client(Int32(number), of: clients, &random)
        expected += operations
        try merge.add(part: part, name: "part \(number)")
      }
      // Stable: operations of one instant stay in the order of the parts.
      expected.sort { $0.invoked < $1.invoked }
      let history = try HistoryReader().read(try merge.file(run: run, isClean: true), file: "seed \(seed)")
      let read = history.operations.map { operation in
        Recorded(
          process: operation.process.number, isRead: operation.kind == .read, key: history[operation.key],
          value: history[operation.value], outcome: operation.outcome, invoked: operation.invoked,
          completed: operation.completed)
      }
      guard read == expected, history.warnings.isEmpty else {
        Issue.record("seed \(seed): \(history.warnings)\n\(read)\n\(expected)")
        return
      }
    }
  }
}
