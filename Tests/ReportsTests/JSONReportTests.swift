import Consistency
import History
import KeyValue
import Reports
import Testing

@Suite("JSONReport")
struct JSONReportTests {
  private func verdict(
    _ outcome: Verdict.Outcome, _ history: History = Fixtures.mixed(), _ model: Model = .linearizable
  ) throws -> JSON {
    let report = JSONReport().json(Fixtures.checked(history, outcome, model))
    #expect(try JSON(parsing: report.indented) == report)
    return try #require(report["verdicts"]?.array?.first)
  }

  @Test("a report has the run, the counts, the clock, the limits and a verdict, and says so in this form")
  func whole() throws {
    let allowance = JSONReport.Allowance(time: .seconds(60), memoryBytes: 4_000_000_000)
    let checked = Fixtures.checked(
      Fixtures.staleRead(), .violated(Fixtures.staleCounterexample), warnings: ["little strain"])
    #expect(
      JSONReport(allowance: allowance).json(checked).indented == """
        {
          "format": 1,
          "file": "h.jsonl",
          "exitStatus": 1,
          "run": {
            "type": "run",
            "format": 1,
            "name": "stale",
            "level": "linearizable",
            "protocol": "total-order-broadcast",
            "servers": 3,
            "seed": 42,
            "started": "2026-11-22T10:00:00.000Z",
            "host": "h",
            "initial": {
              "a": 0
            }
          },
          "end": {
            "type": "end",
            "clean": true,
            "events": 6
          },
          "counts": {
            "operations": 3,
            "ok": 3,
            "failed": 0,
            "unknown": 0,
            "reads": 1,
            "writes": 2,
            "compareAndSets": 0,
            "processes": 2,
            "keys": 1,
            "servers": 2,
            "faults": 0,
            "nanoseconds": 5999000
          },
          "clock": {
            "kind": "monotonic",
            "errorNanoseconds": null,
            "wallClockOffset": 1795341600000000000
          },
          "warnings": [],
          "limits": {
            "seconds": 60.0,
            "memoryBytes": 4000000000,
            "configurations": null
          },
          "verdicts": [
            {
              "model": "linearizable",
              "asked": true,
              "verdict": "violated",
              "followsFrom": null,
              "reason": {
                "code": "no-order",
                "headline": "The history is not linearizable.",
                "sentences": ["No single order of these 2 operations respects real time and lets every read return the latest write.","Without any one of them the others could be ordered.","The best attempt places write a 2 (client 0).","Client 1 read 1 from a on server 1 at 10:00:00.005500 (+5.50 ms, took 500 us; line 6), but at that point a holds 2, which client 0 wrote in an operation that had ended 1.50 ms before this one began.","1 was written to a by client 0 at 10:00:00.000001 (+0 ns, took 2.00 ms; line 2)."]
              },
              "counterexample": {
                "isMinimal": true,
                "operations": [
                  {
                    "operation": 1,
                    "line": 4,
                    "process": 0,
                    "client": 0,
                    "server": 0,
                    "key": "a",
                    "f": "write",
                    "outcome": "ok",
                    "value": 2,
                    "final": false,
                    "invoked": 3000000,
                    "completed": 4000000
                  },
                  {
                    "operation": 2,
                    "line": 6,
                    "process": 1,
                    "client": 1,
                    "server": 1,
                    "key": "a",
                    "f": "read",
                    "outcome": "ok",
                    "value": 1,
                    "final": false,
                    "invoked": 5500000,
                    "completed": 6000000
                  }
                ],
                "placed": [1],
                "blocked": [2]
              },
              "warnings": ["little strain"],
              "decidedBy": [
                {
                  "procedure": "zones",
                  "keys": 1
                }
              ],
              "configurationsExplored": 7,
              "elapsedSeconds": 0.0015
            }
          ],
          "staleness": null
        }
        """)
  }

  @Test("each witness names its operations")
  func witnesses() throws {
    let ids = [OperationID(0), OperationID(3)]
    let key = KeyID(index: 0)
    #expect(try verdict(.holds(.order(ids)))["witness"] == ["kind": "order", "operations": [0, 3]])
    #expect(
      try verdict(.holds(.orderOfEachKey([.init(key: key, operations: ids)])))["witness"]
        == ["kind": "order-of-each-key", "keys": [["key": "a", "operations": [0, 3]]]])
    let agreement = Witness.Agreement(key: key, value: .null, reads: [OperationID(3)], converged: nil)
    #expect(
      try verdict(.holds(.agreement([agreement])))["witness"] == [
        "kind": "agreement",
        "keys": [["key": "a", "value": nil, "finalReads": [3], "convergedNanoseconds": nil]],
      ])
  }

  @Test("evidence that is too long to be written out is told by its kind and length")
  func longWitnesses() throws {
    let ids = [OperationID(0), OperationID(3)]
    let source = Witness.Source(read: OperationID(3), write: nil)
    let process = Witness.ProcessOrder(process: ProcessID(1), operations: ids)
    let key = Witness.KeyOrder(key: KeyID(index: 0), operations: ids)
    let agreement = Witness.Agreement(key: key.key, value: .null, reads: ids, converged: nil)
    let schema = try JSONSchema(document: "report.schema.json")
    let witnesses: [(kind: JSON, size: Int, Witness)] = [
      ("order", 2, .order(ids)), ("arbitration", 2, .arbitration(ids, readsFrom: [])),
      ("reads-from", 1, .readsFrom([source], along: ids)),
      ("order-of-each-key", 4, .orderOfEachKey([key, key])),
      ("order-of-each-process", 4, .orderOfEachProcess([process], common: ids)),
      ("agreement", 2, .agreement([agreement])),
    ]
    for (kind, size, witness) in witnesses {
      let history = Fixtures.staleRead()
      let checked = CheckedFile(
        file: "h",
        outcome: .judged(
          history, [.init(verdict: Verdict(model: .causal, outcome: .holds(witness)), elapsed: .zero)]))
      for most in [size - 1, size] {
        var report = JSONReport()
        report.witnessMax = most
        let json = report.json(checked)
        let written = json["verdicts"]?.array?.first?["witness"]
        #expect(written?["kind"] == kind)
        #expect((written == ["kind": kind, "omitted": JSON(size)]) == (most < size), "\(kind)")
        #expect(schema.problems(json) == [], "\(kind)")
      }
    }
  }

  @Test("a limit that was reached is told with how far the search got")
  func limit() throws {
    let reached = Undecided.limitReached(.time, decided: 2, total: 5, keys: [KeyID(index: 0)])
    let found = try verdict(.undecided(reached))
    #expect(found["verdict"] == "undecided" && found["reason"]?["code"] == "limit-reached")
    #expect(found["limitReached"] == ["limit": "time", "decided": 2, "total": 5, "key": "a", "keys": ["a"]])
    #expect(try verdict(.undecided(.provesNothing("x")))["limitReached"] == nil)
  }

  @Test("values appear where they are known, and only there")
  func operations() throws {
    let history = Fixtures.mixed()
    let counterexample = Counterexample(
      reason: .thinAirRead(OperationID(3)), operations: history.ids, isMinimal: false)
    let found = try #require(try verdict(.violated(counterexample))["counterexample"])
    let operations = try #require(found["operations"]?.array)
    #expect(
      operations.map { $0["f"] } == ["write", "write", "write", "read", "read", "cas", "cas", "cas", "cas"])
    #expect(operations.map { $0["value"] } == [1, 2, 3, 3, nil, 5, 9, nil, 5] as [JSON?])
    #expect(operations.map { $0["applied"] }.suffix(4) == [true, false, false, JSON.value(.null)])
    #expect(operations[5]["expected"] == 4 && operations[0]["expected"] == nil)
    #expect(operations[1]["completed"] == JSON.value(.null) && operations[1]["outcome"] == "unknown")
    #expect(found["placed"] == nil)
  }

  @Test("a history that was not judged has an error in place of verdicts")
  func errors() {
    let error = HistoryError(file: "h", line: 3, column: nil, reason: "broken")
    let report = JSONReport().json(CheckedFile(file: "h", outcome: .unreadable(error)))
    #expect(report["error"] == ["kind": "bad-data", "line": 3, "column": nil, "reason": "broken"])
    #expect(report["exitStatus"] == 65 && report["verdicts"] == nil)
    let missing = HistoryError(file: "h", reason: "gone", isUnreachable: true)
    #expect(JSONReport().json(CheckedFile(file: "h", outcome: .unreadable(missing)))["exitStatus"] == 66)
    #expect(JSONReport().json(CheckedFile(file: "h", outcome: .noModel("x")))["error"]?["kind"] == "no-model")
    #expect(JSONReport().json(CheckedFile(file: "h", outcome: .fault("x")))["exitStatus"] == 70)
  }

  @Test("a plain history without run or end has null for them, a member all the same")
  func nulls() {
    let report = JSONReport().json(Fixtures.checked(Fixtures.mixed(), .holds(.order([]))))
    #expect(report["run"] == JSON.value(.null) && report["end"] == JSON.value(.null))
    #expect(report["counts"]?["nanoseconds"] == JSON.value(.null))
    #expect(report["clock"] == ["kind": "order", "errorNanoseconds": nil, "wallClockOffset": nil])
  }
}
