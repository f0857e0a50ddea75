import History
import KeyValue
import Testing

@Suite("HistoryReader")
struct HistoryReaderTests {
  private func read(
    _ lines: [String], _ options: HistoryReader.Options = .init(), endsLine: Bool = true
  ) throws(HistoryError) -> History {
    let text = lines.joined(separator: "\n") + (endsLine && !lines.isEmpty ? "\n" : "")
    return try HistoryReader(options).read(Array(text.utf8), file: "h.jsonl")
  }

  private func error(
    _ lines: [String], _ options: HistoryReader.Options = .init(), endsLine: Bool = true
  ) -> HistoryError? {
    do {
      _ = try read(lines, options, endsLine: endsLine)
      return nil
    } catch {
      return error
    }
  }

  static let run = #"{"type":"run","format":1,"name":"t","level":"sequential","host":"h","initial":{"a":0}}"#
  static let end = #"{"type":"end","clean":true,"events":4}"#
  static let events = [
    #"{"index":0,"time":1000000100,"mono":100,"process":0,"client":7,"type":"invoke","f":"write","key":"a","value":1,"server":2}"#,
    #"{"index":1,"time":1000000150,"mono":150,"process":1,"type":"invoke","f":"read","key":"a","value":null,"server":0}"#,
    #"{"index":2,"time":1000000200,"mono":200,"process":0,"type":"ok","f":"write","key":"a","value":1,"server":2}"#,
    #"{"index":3,"time":1000000300,"mono":300,"process":1,"type":"ok","f":"read","key":"a","value":0,"server":0,"final":true}"#,
  ]

  @Test("a run line, events and an end line become a history")
  func whole() throws {
    let history = try read([Self.run] + Self.events + [Self.end])
    #expect(history.run?.level == "sequential")
    #expect(history.end == RunEnd(isClean: true, events: 4))
    #expect(history.warnings == [])
    #expect(history.clock == .monotonic)
    #expect(history.wallClockOffset == 1_000_000_000)
    #expect(history.keys == ["a"])
    #expect(history[history.initialValue(of: KeyID(index: 0))] == 0)
    let (write, read) = (history.operations[0], history.operations[1])
    #expect(write.kind == .write && write.outcome == .ok && history[write.value] == 1)
    #expect(write.process == ProcessID(0) && write.client == 7 && write.server == 2 && write.line == 2)
    #expect(write.invoked == 100 && write.completed == 200)
    #expect(read.kind == .read && read.hasResult && history[read.value] == 0 && read.isFinal)
    #expect(read.client == nil && read.invoked == 150 && read.completed == 300)
  }

  @Test("an empty file is an empty history")
  func empty() throws {
    #expect(try read([]).operations == [])
    #expect(try read(["", "  ", ""]).operations == [])
  }

  @Test("neither run line nor end line is needed, and nobody is warned about their absence")
  func plain() throws {
    let history = try read(Self.events)
    #expect(history.operations.count == 2)
    #expect(history.run == nil && history.warnings == [])
  }

  @Test("get, set and put are read and write")
  func aliases() throws {
    let history = try read([
      #"{"process":0,"type":"invoke","f":"set","key":"a","value":1}"#,
      #"{"process":0,"type":"ok","f":"put"}"#,
      #"{"process":0,"type":"invoke","f":"put","key":"a","value":2}"#,
      #"{"process":0,"type":"ok"}"#,
      #"{"process":0,"type":"invoke","f":"get","key":"a"}"#,
      #"{"process":0,"type":"ok","f":"read","value":2}"#,
    ])
    #expect(history.operations.map(\.kind) == [.write, .write, .read])
  }

  @Test("member order, unknown members, escapes, spaces and carriage returns do not matter")
  func spelling() throws {
    let history = try read([
      "\u{FEFF}" + #" { "value" : "x\n" , "k\u0065y":"\u0061", "f":"write", "zz":{"type":[1,{"f":2}]},"#
        + #" "type":"\u0069nvoke", "process": 5 } "#.replacing("\\u0069", with: "i") + "\r",
      #"{"type":"ok","process":5,"key":"a","value":"x\u000a"}"#,
    ])
    #expect(history.keys == ["a"])
    #expect(history[history.operations[0].value] == "x\n")
    #expect(history.operations[0].outcome == .ok)
  }

  @Test("values are told apart exactly, and 10 and 10.0 are one")
  func values() throws {
    var lines: [String] = []
    for value in [
      "10", "10.0", "\"10\"", "\"\"", "\"null\"", "null", "true", "\"é\"", "\"e\u{301}\"", "9007199254740993",
    ] {
      lines.append(#"{"process":0,"type":"invoke","f":"write","key":"a","value":\#(value)}"#)
      lines.append(#"{"process":0,"type":"ok"}"#)
    }
    let history = try read(lines)
    let ids = history.operations.map(\.value)
    #expect(ids[0] == ids[1])
    #expect(Set(ids).count == 9)
    #expect(history[ids[9]] == .integer(9_007_199_254_740_993))
  }

  @Test("an integer key is its text, and equal to that text as a string")
  func integerKey() throws {
    let history = try read([
      #"{"process":0,"type":"invoke","f":"write","key":7,"value":1}"#,
      #"{"process":0,"type":"ok","key":"7"}"#,
    ])
    #expect(history.keys == ["7"])
  }

  @Test("a read that completes without a value leaves its result open, one with null read null")
  func openResult() throws {
    let history = try read([
      #"{"process":0,"type":"invoke","f":"read","key":"a"}"#, #"{"process":0,"type":"ok"}"#,
      #"{"process":0,"type":"invoke","f":"read","key":"a"}"#, #"{"process":0,"type":"ok","value":null}"#,
    ])
    #expect(history.operations.map(\.hasResult) == [false, true])
  }

  @Test("a compare-and-set carries [old,new], and a mismatch may say what it found")
  func compareAndSet() throws {
    let invoke = #"{"process":0,"type":"invoke","f":"cas","key":"a","value":[1,2]}"#
    let completions = [
      #"{"process":0,"type":"ok","value":[1,2]}"#, #"{"process":0,"type":"ok","applied":true}"#,
      #"{"process":0,"type":"ok","applied":false,"value":3}"#, #"{"process":0,"type":"ok","applied":false}"#,
      #"{"process":0,"type":"ok","applied":false,"value":[1,2]}"#,
      #"{"process":0,"type":"fail","value":[1,2]}"#,
      #"{"process":0,"type":"info"}"#,
    ]
    let history = try read(completions.flatMap { [invoke, $0] })
    let operations = history.operations
    #expect(operations.allSatisfy { history[$0.expected] == 1 })
    #expect(operations.map(\.isMismatch) == [false, false, true, true, true, false, false])
    #expect(operations.map(\.hasResult) == [true, true, true, false, false, false, false])
    #expect(history[operations[0].value] == 2 && history[operations[2].value] == 3)
  }

  @Test("an invocation without completion and an info have unknown outcomes")
  func unknown() throws {
    let history = try read([
      #"{"process":0,"type":"invoke","f":"write","key":"a","value":1}"#,
      #"{"process":1,"type":"invoke","f":"write","key":"a","value":2}"#,
      #"{"process":1,"type":"info","error":"timeout"}"#,
    ])
    #expect(history.operations.map(\.outcome) == [.unknown, .unknown])
    #expect(history.operations.map(\.completed) == [Operation.never, Operation.never])
  }

  @Test("events of a named process are faults with their details")
  func faults() throws {
    let history = try read([
      #"{"mono":5,"time":1005,"process":"nemesis","type":"info","f":"kill","value":{"server":1}}"#,
      #"{"process":"nemesis","type":"info","f":"heal"}"#,
    ])
    #expect(history.operations == [])
    #expect(history.faults.map(\.name) == ["kill", "heal"])
    #expect(history.faults[0].details == ["server": 1])
    #expect(history.faults[0].process == "nemesis")
  }

  @Test("a client named by a string is refused rather than taken for a fault injector")
  func stringProcess() {
    let found = error([#"{"process":"0","type":"invoke","f":"write","key":"a","value":1}"#])
    #expect(found?.reason == "a client's process is an integer; a string names a fault injector")
  }

  // MARK: Clocks

  @Test("events of several hosts are ordered by wall clocks, widened on both sides")
  func wall() throws {
    var events = Self.events
    events[1] = events[1].replacing("\"process\"", with: "\"host\":\"other\",\"process\"")
    let history = try read([Self.run] + events + [Self.end], .init(clockErrorNanoseconds: 7))
    #expect(history.clock == .wall(error: 7))
    #expect(history.wallClockOffset == 0)
    let invoked = history.operations.map(\.invoked)
    let completed = history.operations.map(\.completed)
    #expect(invoked == [1_000_000_093, 1_000_000_143])
    #expect(completed == [1_000_000_207, 1_000_000_307])
  }

  @Test("without a host, wall clocks; without wall clocks, the order of the file")
  func fallbacks() throws {
    #expect(try read(Self.events).clock == .wall(error: 0))
    let order = try read(Self.events.map { $0.replacing("\"time\"", with: "\"t\"") })
    #expect(order.clock == .order && order.wallClockOffset == nil)
    #expect(order.operations.map(\.invoked) == [0, 1])
    #expect(order.operations.map(\.completed) == [2, 3])
    var events = Self.events
    events[2] = events[2].replacing("\"mono\"", with: "\"m\"")
    #expect(try read([Self.run] + events + [Self.end]).clock == .wall(error: 0))
  }

  @Test("an event that names the run's host stays on the one host")
  func sameHost() throws {
    let events = Self.events.map { $0.replacing("\"process\"", with: "\"host\":\"h\",\"process\"") }
    #expect(try read([Self.run] + events + [Self.end]).clock == .monotonic)
  }

  @Test("an operation that ends before it began is refused, unless the declared clock error explains it")
  func clockSetBack() throws {
    let lines = [
      #"{"time":1000,"process":0,"type":"invoke","f":"read","key":"a"}"#,
      #"{"time":990,"process":0,"type":"ok","value":null}"#,
    ]
    let found = error(lines)
    #expect(found?.line == 2)
    #expect(found?.reason.contains("10 ns before it was invoked") == true)
    #expect(found?.reason.contains("--clock-error") == true)
    #expect(try read(lines, .init(clockErrorNanoseconds: 5)).operations.count == 1)
  }

  @Test("a process's operations keep their order when the wall clock is set back between them")
  func clockSetBackBetween() throws {
    let lines = [
      #"{"time":1000,"process":0,"type":"invoke","f":"write","key":"a","value":1}"#,
      #"{"time":1001,"process":0,"type":"ok"}"#,
      #"{"time":998,"process":0,"type":"invoke","f":"write","key":"a","value":2}"#,
      #"{"time":999,"process":0,"type":"ok"}"#,
    ]
    let history = try read(lines, .init(clockErrorNanoseconds: 5))
    #expect(history.operations.map { history[$0.value] } == [1, 2])
    #expect(error(lines)?.line == 4)
  }

  @Test("a process whose monotonic clock goes back is refused: its operations would change places")
  func monotonicClockSetBack() throws {
    let run = #"{"type":"run","format":1,"name":"t","host":"h"}"#
    func lines(second: Int) -> [String] {
      [
        #"{"mono":100,"process":0,"type":"invoke","f":"read","key":"a"}"#,
        #"{"mono":101,"process":0,"type":"ok","value":2}"#,
        #"{"mono":50,"process":1,"type":"invoke","f":"read","key":"a"}"#,
        #"{"mono":51,"process":1,"type":"ok","value":2}"#,
        #"{"mono":\#(second),"process":0,"type":"invoke","f":"read","key":"a"}"#,
        #"{"mono":\#(second + 1),"process":0,"type":"ok","value":1}"#,
      ]
    }
    let found = error([run] + lines(second: 98))
    #expect(found?.line == 6)
    #expect(found?.reason.contains("2 ns before the one before it") == true)
    #expect(found?.reason.contains("leave \"host\" out") == true)
    #expect(try read([run] + lines(second: 102)).operations.map(\.process.number) == [1, 0, 0])
    #expect(try read(lines(second: 98)).clock == .order)
  }

  // MARK: Warnings

  @Test("a recording without an end line, or with an unclean end, says so")
  func endings() throws {
    #expect(try read([Self.run] + Self.events).warnings.contains { $0.contains("stops without an end line") })
    let unclean = #"{"type":"end","clean":false,"reason":"server 1 died","events":4}"#
    #expect(
      try read([Self.run] + Self.events + [unclean]).warnings
        == ["The run did not end cleanly: server 1 died."])
    let short = #"{"type":"end","clean":true,"events":6}"#
    #expect(
      try read([Self.run] + Self.events + [short]).warnings
        == ["The end line counts 6 events, but the recording has 4."])
  }

  @Test("a last line cut short at any byte is refused, and left out on request")
  func truncation() throws {
    let last = Self.events[3]
    for length in 1..<last.utf8.count {
      let lines = Self.events.dropLast() + [String(decoding: last.utf8.prefix(length), as: UTF8.self)]
      let found = error(Array(lines), endsLine: false)
      #expect(found?.line == 4)
      #expect(found?.reason.contains("--allow-truncated") == true, "cut to \(length) bytes")
      let history = try read(Array(lines), .init(allowsTruncated: true), endsLine: false)
      #expect(history.operations.count == 2)
      #expect(history.warnings.contains { $0.contains("cut short") })
    }
  }

  @Test("a broken line that is not the last, or that ends properly, is not forgiven")
  func notTruncation() {
    let broken = #"{"process":0,"type":"#
    #expect(error([broken] + Self.events, .init(allowsTruncated: true))?.line == 1)
    #expect(error([broken], .init(allowsTruncated: true))?.line == 1)
    #expect(error(["hello"], .init(allowsTruncated: true), endsLine: false)?.line == 1)
    let wrong = #"{"process":0,"type":"invoke","f":"write","key":"a","value":99999999999999999999}"#
    #expect(error([wrong], .init(allowsTruncated: true), endsLine: false)?.column == 60)
  }

  @Test("a last line without a line break that is whole counts")
  func noLineBreak() throws {
    #expect(try read(Self.events, endsLine: false).operations.allSatisfy { $0.outcome == .ok })
  }
}
