import History
import KeyValue
import Testing

@Suite("Histories from elsewhere")
struct ForeignFormatTests {
  @Test("operation maps, one a line, become operations in file order")
  func oneALine() throws {
    let history = try Fixture.read("one-a-line.edn")
    #expect(
      Fixture.lines(history) == ["0 write register 1 ok [0..2]", "1 read register 1 ok [1..3]"])
    #expect(history.clock == .order && history.initialValue(of: history.operations[0].key) == .null)
    #expect(history.operations.map(\.line) == [1, 2])
  }

  @Test("a vector over many lines, with comments, dropped forms, a nemesis and times that step back")
  func vector() throws {
    let history = try Fixture.read("vector-of-maps.edn")
    #expect(
      Fixture.lines(history) == [
        "12 read register ? ok [0..2]", "7 compareAndSet register null 3 fail [1..4]",
        "7 compareAndSet register 0 3 fail [5..6]", "12 read register 0 ok [7..8]",
      ])
    #expect(history.operations.map(\.line) == [2, 4, 10, 12])
    let fault = history.faults.first
    #expect(fault?.time == 3 && fault?.process == "nemesis" && fault?.name == "start")
    #expect(fault?.details == "cut off n1")
  }

  @Test("a failed cas tells nothing unless asked; a time-out compared nothing even then")
  func failedCompareAndSet() throws {
    let history = try Fixture.read("vector-of-maps.edn", .init(failedCompareAndSet: .mismatch))
    #expect(
      Fixture.lines(history)[1...2] == [
        "7 compareAndSet register null null ok mismatch [1..4]", "7 compareAndSet register 0 3 fail [5..6]",
      ])
    #expect(!history.operations[1].hasResult)
    let lines = Fixture.lines(try Fixture.read("jepsen-names.jsonl", .init(failedCompareAndSet: .mismatch)))
    #expect(lines.last == "1 compareAndSet k null null ok mismatch [5..6]")
  }

  @Test("a read of nil is unknown in EDN, absent in logs and in ours, and what one asks for")
  func nilReads() throws {
    #expect(
      Fixture.lines(try Fixture.read("vector-of-maps.edn", .init(nilRead: .absent)))[0]
        == "12 read register null ok [0..2]")
    #expect(Fixture.lines(try Fixture.read("etcd.log"))[1] == "1 read register null ok [1..3]")
    #expect(
      Fixture.lines(try Fixture.read("etcd.log", .init(nilRead: .unknown)))[1]
        == "1 read register ? ok [1..3]")
    #expect(
      Fixture.lines(try Fixture.read("jepsen-names.jsonl", .init(nilRead: .unknown)))[1]
        == "1 read k ? ok [2..4]")
    #expect(
      Fixture.lines(try Fixture.read("key-value.txt", .init(nilRead: .unknown)))[1] == "1 read 1 ? ok [1..2]")
  }

  @Test("the initial value is that of every key of which the file does not say it")
  func initialValue() throws {
    let history = try Fixture.read("one-a-line.edn", .init(initial: 0))
    #expect(history[history.initialValue(of: history.operations[0].key)] == 0)
    #expect(history.run?.initial == ["register": 0])
    let text = [
      #"{"type":"run","format":1,"initial":{"a":1}}"#,
      #"{"process":0,"type":"invoke","f":"read","key":"a"}"#,
      #"{"process":1,"type":"invoke","f":"read","key":"b"}"#,
    ].joined(separator: "\n")
    let ours = try HistoryReader(.init(initial: 7)).read(Array(text.utf8), file: "h")
    #expect(ours.operations.map { ours[ours.initialValue(of: $0.key)] } == [1, 7])
  }

  @Test("a list, keywords beside strings, an unknown outcome with its error, the client under a new number")
  func list() throws {
    #expect(
      Fixture.lines(try Fixture.read("list-of-maps.edn")) == [
        #"0 write register ":red" ok [0..1]"#, #"1 write register "red" unknown [2..]"#,
        #"11 read register ":red" ok [4..5]"#,
      ])
  }

  @Test("tuples of independent keys, tagged maps and instants")
  func independent() throws {
    let history = try Fixture.read("independent.edn")
    #expect(
      Fixture.lines(history) == [
        "0 write 1 10 ok [0..2]", "1 read :x 7 ok [1..4]", "0 compareAndSet 1 10 11 ok [5..6]",
      ])
    #expect(history.faults.map(\.details) == [["n1": ":killed", "when": "2026-01-02T03:04:05Z"]])
  }

  @Test("namespaced keywords, maps with a common namespace, and exotic scalars where nobody looks")
  func namespaced() throws {
    #expect(
      Fixture.lines(try Fixture.read("namespaced.edn")) == [
        "3 write register 5 ok [0..1]", "3 read register 5 ok [2..3]",
      ])
  }

  @Test("a lock is a register that is free or held")
  func mutex() throws {
    let history = try Fixture.read("mutex.edn")
    #expect(
      Fixture.lines(history) == [
        #"0 compareAndSet mutex "free" "held" ok [0..2]"#,
        #"1 compareAndSet mutex "free" "held" fail [1..3]"#,
        #"0 compareAndSet mutex "held" "free" ok [4..5]"#,
      ])
    #expect(history[history.initialValue(of: history.operations[0].key)] == "free")
    let held = try Fixture.read("mutex.edn", .init(initial: "held"))
    #expect(held[held.initialValue(of: held.operations[0].key)] == "held")
  }

  @Test("a log: no times, time-outs in place of values, other lines, operations open at the end")
  func log() throws {
    let history = try Fixture.read("etcd.log")
    #expect(
      Fixture.lines(history) == [
        "0 compareAndSet register 1 2 fail [0..2]", "1 read register null ok [1..3]",
        "2 write register 4 unknown [4..]", "3 read register ? fail [5..7]",
        "3 compareAndSet register 4 1 unknown [9..]", "7 read register 4 ok [11..12]",
        "1 write register 3 unknown [13..]",
      ])
    #expect(history.faults.map(\.details) == ["Cut off [:n1]"])
    #expect(history.operations[2].line == 6)
    #expect(history.warnings == ["Lines of the log that are not operations were passed over: 1."])
    #expect(Fixture.lines(try Fixture.read("later.log")) == ["0 write register 3 unknown [0..]"])
    #expect(try Fixture.read("empty.log").operations.isEmpty)
  }

  @Test("put and get of text, where the empty text is absence")
  func porcupine() throws {
    #expect(
      Fixture.lines(try Fixture.read("key-value.txt")) == [
        #"0 write 0 "x 0 0 y" ok [0..3]"#, "1 read 1 null ok [1..2]", "1 write 0 null ok [4..5]",
        #"1 read 0 "x 0 0 y" ok [6..7]"#,
      ])
  }

  @Test("JSON Lines with other names for the operations")
  func jepsenNames() throws {
    let history = try Fixture.read("jepsen-names.jsonl")
    #expect(
      Fixture.lines(history) == [
        #"0 write k "v" unknown [0..]"#, "1 read k null ok [2..4]",
        #"1 compareAndSet k null "w" fail [5..6]"#,
      ])
    #expect(history.faults.count == 1)
  }

  @Test("the content shows the format")
  func sniffing() throws {
    let cases: [(String, HistoryFormat)] = [
      ("", .jsonLines), ("{}", .jsonLines), (#"{"a":1}"#, .jsonLines), ("[1]", .jsonLines),
      (#"[{"type":"ok"}]"#, .jsonLines), ("hello", .jsonLines), ("\u{FEFF}{\"a\":1}", .jsonLines),
      ("{:process 0}", .jepsenEDN), ("{ ; here\n :process 0}", .jepsenEDN), ("\u{FEFF}{:f :x}", .jepsenEDN),
      ("; c\n[]", .jepsenEDN), (",,[ #_ 1 {:a 1}]", .jepsenEDN), ("()", .jepsenEDN),
      ("#op{:a 1}", .jepsenEDN),
      ("#_ x {:f :get :key 1}", .porcupine), ("[{:f :put :key 1}]", .porcupine),
      ("{:f :read :key 1}", .jepsenEDN), ("{:f :get}", .jepsenEDN), ("{:f", .jepsenEDN),
      ("noise\nINFO  jepsen.util - 0\t:invoke\t:read\tnil", .jepsenLog),
      ("2026 - 1 INFO - :nemesis :info :start nil", .jepsenLog),
    ]
    for (text, format) in cases {
      // A format that was told right complains, if at all, as its own reader does.
      #expect(outcome(text, nil) == outcome(text, format), "\(text)")
      let misread = HistoryFormat.allCases.filter {
        $0 != format && outcome(text, $0) == outcome(text, format)
      }
      #expect(misread.count < 2 || text.isEmpty, "\(text): \(misread)")
    }
  }

  private func outcome(_ text: String, _ format: HistoryFormat?) -> String {
    do {
      let history = try HistoryReader(.init(format: format)).read(Array(text.utf8), file: "h")
      return Fixture.lines(history).joined(separator: "\n")
    } catch {
      return error.description
    }
  }
}
