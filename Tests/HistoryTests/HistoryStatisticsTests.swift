import History
import KeyValue
import TestSupport
import Testing

@Suite("HistoryStatistics")
struct HistoryStatisticsTests {
  private func statistics(_ lines: [String]) throws -> HistoryStatistics {
    HistoryStatistics(try HistoryReader().read(Array(lines.joined(separator: "\n").utf8), file: "h"))
  }

  @Test("everything is counted and measured")
  func whole() throws {
    let all = try statistics([
      #"{"type":"run","format":1,"name":"t","host":"h"}"#,
      #"{"mono":1000,"process":0,"client":0,"server":1,"type":"invoke","f":"write","key":"a","value":1}"#,
      #"{"mono":1010,"process":1,"client":1,"type":"invoke","f":"read","key":"a"}"#,
      #"{"mono":1020,"process":0,"type":"ok"}"#,
      #"{"mono":1030,"process":2,"client":0,"type":"invoke","f":"write","key":"b","value":1}"#,
      #"{"mono":1050,"process":1,"type":"ok","value":1}"#,
      #"{"mono":1060,"process":2,"type":"fail"}"#,
      #"{"mono":1070,"process":1,"type":"invoke","f":"cas","key":"a","value":[5,1]}"#,
      #"{"mono":1080,"process":1,"type":"ok","applied":false}"#,
      #"{"mono":1090,"process":1,"type":"invoke","f":"cas","key":"a","value":[1,1]}"#,
      #"{"mono":1095,"process":"nemesis","type":"info","f":"kill"}"#,
      #"{"mono":1100,"process":1,"type":"info"}"#,
    ])
    #expect(all.operations == 5 && all.ok == 3 && all.failed == 1 && all.unknown == 1)
    #expect(all.unknownShare == 0.2 && all.mismatches == 1)
    #expect((all.keys, all.processes, all.clients, all.servers, all.faults) == (2, 3, 2, 1, 1))
    #expect(all.writtenValues == 1 && all.repeatedValues == 1)
    #expect(all.nanoseconds == 90 && all.rate == 5e9 / 90)
    #expect(all.concurrency?.mean == 100.0 / 80 && all.concurrency?.max == 2)
    #expect(all.kinds[.read]?.latency?.p50 == 40 && all.kinds[.write]?.latency?.max == 20)
    #expect(all.kinds[.compareAndSet]?.count == 2)
  }

  @Test("without times there is no rate and no latency; without operations there is nothing")
  func order() throws {
    let history = try Fixture.read("etcd.log")
    let all = HistoryStatistics(history)
    #expect(all.operations == 7 && all.nanoseconds == nil && all.rate == nil)
    #expect(all.kinds.values.allSatisfy { $0.latency == nil } && all.concurrency?.max == 2)
    let none = try statistics([])
    #expect(none.operations == 0 && none.concurrency == nil && none.unknownShare == 0)
  }

  @Test("an error of the clock widens intervals, not latencies")
  func clockError() throws {
    let lines = [
      #"{"time":1000,"process":0,"type":"invoke","f":"read","key":"a"}"#,
      #"{"time":1040,"process":0,"type":"ok","value":null}"#,
    ]
    let reader = HistoryReader(.init(clockErrorNanoseconds: 500))
    let history = try reader.read(Array(lines.joined(separator: "\n").utf8), file: "h")
    let all = HistoryStatistics(history)
    #expect(all.kinds[.read]?.latency?.max == 40 && all.nanoseconds == 40)
  }

  @Test("times as far apart as can be read, and widened as far as can be, still have differences")
  func widest() throws {
    let most = 1 << 62 - 1
    let lines = [
      #"{"time":\#(-most),"process":0,"type":"invoke","f":"read","key":"a"}"#,
      #"{"time":\#(most),"process":0,"type":"ok","value":null}"#,
    ]
    for error in [0, 1, Int64.max] {
      let reader = HistoryReader(.init(clockErrorNanoseconds: error))
      let history = try reader.read(Array(lines.joined(separator: "\n").utf8), file: "h")
      let operation = history.operations[0]
      #expect(operation.completed - operation.invoked == Int64(2 * most))
      #expect(HistoryStatistics(history).kinds[.read]?.ok == 1)
    }
  }

  @Test("percentiles by nearest rank are those that counting finds")
  func percentiles() {
    for seed in 0..<seedCount(default: 300) {
      var random = SplitMix64(seed: seed)
      let values = (0..<random.among(1...2000)).map { _ in Int64(random.below(500)) }
      guard let percentiles = Percentiles(values) else {
        Issue.record("nothing of something")
        return
      }
      for (value, share) in [
        (percentiles.p50, 500), (percentiles.p90, 900), (percentiles.p99, 990), (percentiles.p999, 999),
      ] {
        let atMost = values.count { $0 <= value }
        let less = values.count { $0 < value }
        #expect(atMost * 1000 >= share * values.count && less * 1000 < share * values.count, "seed \(seed)")
      }
      #expect(percentiles.max == values.max())
    }
    #expect(Percentiles([]) == nil)
  }

  @Test("the concurrency of generated histories is that of counting at every invocation")
  func concurrency() throws {
    for seed in 0..<seedCount(default: 50) {
      var options = HistoryGenerator.Options()
      options.operations = 60
      options.processes = 1 + Int(seed % 7)
      options.unknownPerMillion = 50_000
      options.seed = seed
      var bytes: [UInt8] = []
      HistoryGenerator(options).write { bytes += $0 }
      let history = try HistoryReader().read(bytes, file: "h")
      let completed = history.operations.filter { $0.completed != Operation.never }
      let most = completed.map { now in
        completed.count { $0.invoked <= now.invoked && now.invoked <= $0.completed }
      }.max()
      #expect(HistoryStatistics(history).concurrency?.max == most, "seed \(seed)")
    }
  }
}
