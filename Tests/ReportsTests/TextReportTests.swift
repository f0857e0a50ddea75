import Consistency
import History
import KeyValue
import Reports
import Testing

@Suite("TextReport")
struct TextReportTests {
  private static let head = """
    h.jsonl
      run         stale, promised linearizable, total-order-broadcast, 3 servers, seed 42,
                  2026-11-22T10:00:00.000Z
      operations  3 (1 read, 2 writes): 3 ok, 0 failed, 0 unknown
      extent      2 processes, 1 key, 2 servers, 6.00 ms
      clock       the monotonic clock of one host


    """

  @Test("a violation is told with its operations, their times and a picture")
  func violated() {
    let text = TextReport().text(
      Fixtures.checked(Fixtures.staleRead(), .violated(Fixtures.staleCounterexample)), report: "r/h.json")
    #expect(
      text == Self.head + """
        VIOLATED  The history is not linearizable.  (1.50 ms, 7 configurations, by zones)
          No single order of these 2 operations respects real time and lets every read return the latest
          write.
          Without any one of them the others could be ordered.
          The best attempt places write a 2 (client 0).
          Client 1 read 1 from a on server 1 at 10:00:00.005500 (+5.50 ms, took 500 us; line 6), but at that
          point a holds 2, which client 0 wrote in an operation that had ended 1.50 ms before this one
          began.
          1 was written to a by client 0 at 10:00:00.000001 (+0 ns, took 2.00 ms; line 2).

            client 0  write a 2  |--------------|
            client 1  read a 1                                          |-------|
                                 10:00:00.003000                         +3.00 ms

        Report: r/h.json

        """)
  }

  @Test("a history that holds shows the beginning of the order that proves it")
  func holds() {
    let order = [0, 2, 1].map(OperationID.init)
    let witness = Witness.orderOfEachKey([
      .init(key: KeyID(index: 0), operations: order + order + order + order)
    ])
    let checked = Fixtures.checked(Fixtures.staleRead(), .holds(witness), warnings: ["little strain"])
    #expect(
      TextReport().text(checked) == Self.head + """
        HOLDS  The history is linearizable.  (1.50 ms, 7 configurations, by zones)
          The key's operations have an order that respects real time and in which every read returns the
          latest write.
            a: write 1 (client 0), read 1 (client 1), write 2 (client 0), write 1 (client 0), read 1
              (client 1), write 2 (client 0), write 1 (client 0), read 1 (client 1), ... (12 in all)
          warning  Little strain.

        """)
  }

  @Test("of many open keys some are named, the others counted")
  func openKeys() {
    let keys = Array(repeating: KeyID(index: 0), count: 11)
    let undecided = Undecided.limitReached(.time, decided: 3, total: 14, keys: keys)
    let text = TextReport().text(Fixtures.checked(Fixtures.staleRead(), .undecided(undecided)))
    #expect(text.contains("Open: a, a, a, a, a, a, a, a and 3") && text.contains("more."))
  }

  @Test("where staleness is only bounded the report says why")
  func staleness() {
    let unknown = Staleness.Obstacle.allCases.map { Staleness.UnknownKey(key: KeyID(index: 0), because: $0) }
    let staleness = Staleness(
      delta: .atLeast(1_500_000), versions: .atLeast(3), unknown: unknown + unknown.prefix(1))
    let text = TextReport().text(
      CheckedFile(file: "h.jsonl", outcome: .judged(Fixtures.staleRead(), []), staleness: staleness))
    #expect(
      text.contains(
        "staleness:           \u{394} at least 1.50 ms, k at least 3; not counted: 2 keys, such as a, where values repeat; "
          + "key a with compare-and-sets; key a where something was read that nothing wrote; key a at which a limit was reached"
      ))
  }

  @Test("staleness of which nothing is known is said not to be measured, and why")
  func unmeasuredStaleness() {
    let unknown = Staleness.UnknownKey(key: KeyID(index: 0), because: .repeatedValues)
    let staleness = Staleness(delta: .unknown, versions: .unknown, unknown: [unknown])
    let checked = CheckedFile(
      file: "h.jsonl", outcome: .judged(Fixtures.staleRead(), []), staleness: staleness)
    #expect(
      TextReport().text(checked).contains(
        "staleness:           not measured; not counted: key a where values repeat"))
  }

  @Test("an undecided verdict says which limit was reached and how far the search got")
  func undecided() {
    let undecided = Undecided.limitReached(.memory, decided: 3, total: 9, keys: [KeyID(index: 0)])
    #expect(
      TextReport().text(Fixtures.checked(Fixtures.staleRead(), .undecided(undecided))) == Self.head + """
        UNDECIDED  Whether the history is linearizable was not decided.  (1.50 ms, 7 configurations)
          The memory limit was reached after 7 configurations.
          3 of 9 keys were decided, all in favour. Open: a.

        """)
  }

  @Test("agreement of replicas is shown as a table")
  func agreement() {
    let agreement = Witness.Agreement(
      key: KeyID(index: 0), value: ValueID(index: 1), reads: [OperationID(2)], converged: 1_230_000)
    let text = TextReport().text(
      Fixtures.checked(Fixtures.staleRead(), .holds(.agreement([agreement])), .eventual))
    #expect(
      text.contains(
        """
            key value final reads converged within
            --- ----- ----------- ----------------
            a   0               1 1.23 ms
        """))
  }

  @Test("a file without times is told by lines, and drawn in the order of its events")
  func order() {
    let text = TextReport().text(
      Fixtures.checked(Fixtures.staleRead(clock: .order), .violated(Fixtures.staleCounterexample)))
    #expect(text.contains("clock       none: the order of the file counts"))
    #expect(text.contains("Client 1 read 1 from a on server 1 (line 6), but"))
    #expect(text.contains("client 1  read a 1                                          |-------|\n"))
  }

  @Test("a file that cannot be read is named with line and reason")
  func unreadable() {
    let error = HistoryError(file: "h.jsonl", line: 3, column: 9, reason: "expected an integer")
    #expect(
      TextReport().text(CheckedFile(file: "h.jsonl", outcome: .unreadable(error)))
        == "h.jsonl:3:9: expected an integer\n")
  }

  @Test("several files are summed up, a line for each")
  func summary() {
    let files = [
      Fixtures.checked(Fixtures.staleRead(), .violated(Fixtures.staleCounterexample), file: "a.jsonl"),
      Fixtures.checked(Fixtures.mixed(), .holds(.order([])), .sequential, file: "b.jsonl"),
      CheckedFile(file: "c.jsonl", outcome: .unreadable(HistoryError(file: "c.jsonl", line: 1, reason: "x"))),
    ]
    #expect(
      TextReport().summary(files.flatMap { TextReport().summaryRows($0) }) == """
        file    model        verdict    operations reason
        ------- ------------ ---------- ---------- --------
        a.jsonl linearizable violated            3 no-order
        b.jsonl sequential   holds               9 order
        c.jsonl              not judged            bad-data

        """)
  }

  // MARK: Terminals

  @Test("keys, values, names and warnings cannot send commands to the terminal")
  func hostile() {
    let history = Fixtures.staleRead(
      key: "k\u{1B}[2J\n\u{202E}\u{9B}\u{7F}", value: "v\u{1B}]0;title\u{7}\r\n\u{2028}")
    let verdict = Verdict.Outcome.violated(Fixtures.staleCounterexample)
    let file = "f\u{1B}[31m\n.jsonl"
    let checked = Fixtures.checked(history, verdict, warnings: ["w\u{1B}c"], file: file)
    let text =
      TextReport().text(checked, report: "r\u{8}") + TextReport().summary(TextReport().summaryRows(checked))
    let visible = text.unicodeScalars.filter { $0 != "\n" }
    #expect(visible.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
    #expect(!text.contains("\u{202E}") && !text.contains("\u{2028}"))
    #expect(text.contains(#""k\u001b[2J\n\u202e\u009b\u007f""#))
    #expect(text.contains(#""v\u001b]0;title\u0007\r\n\u2028""#))
    #expect(text.contains(#"f\u001b[31m\n.jsonl"#))
    #expect(text.contains(#"W\u001bc."#))
  }

  @Test("long keys and values are shortened, with their length")
  func long() {
    let history = Fixtures.staleRead(value: .string(String(repeating: "x", count: 5000)))
    let text = TextReport().text(Fixtures.checked(history, .violated(Fixtures.staleCounterexample)))
    #expect(text.count < 4000)
    #expect(text.contains("xx\u{2026}xx"))
    #expect(text.contains("xx\" (5002 characters)"))
  }

  @Test("colours appear only on a terminal whose user did not forbid them")
  func colours() {
    let checked = Fixtures.checked(Fixtures.staleRead(), .violated(Fixtures.staleCounterexample))
    func text(_ isTerminal: Bool, _ environment: [String: String]) -> String {
      TextReport(style: TerminalStyle(isTerminal: isTerminal, environment: environment)).text(checked)
    }
    #expect(text(true, [:]).contains("\u{1B}[31;1mVIOLATED\u{1B}[0m"))
    #expect(text(true, ["NO_COLOR": ""]).contains("\u{1B}"))
    #expect(!text(true, ["NO_COLOR": "1"]).contains("\u{1B}"))
    #expect(!text(true, ["TERM": "dumb"]).contains("\u{1B}"))
    #expect(!text(false, [:]).contains("\u{1B}"))
  }

  @Test("a bar that never ends reaches the right edge, and a lane is named once")
  func pending() {
    var builder = HistoryBuilder(clock: .monotonic)
    try! builder.invoke(.read, process: ProcessID(3), key: "a", at: 0)
    try! builder.complete(ProcessID(3), .ok, result: .null, at: 50)
    try! builder.invoke(.write, process: ProcessID(3), key: "a", value: 1, at: 60)
    try! builder.invoke(.read, process: ProcessID(4), key: "a", at: 100)
    try! builder.complete(ProcessID(4), .ok, result: .null, at: 100)
    let history = builder.history()
    let counterexample = Counterexample(
      reason: .noOrder(placed: [], blocked: []), operations: history.ids, isMinimal: false)
    let text = TextReport().text(Fixtures.checked(history, .violated(counterexample)))
    #expect(
      text.contains(
        """
            process 3  read a null  |----------------------|
                       write a 1 ?                              |------------------->
            process 4  read a null                                                 |
                                    0                                        +100 ns
        """))
  }
}
