import KeyValue
import TestSupport
import Testing

@testable import History
@testable import Reports

@Suite("HistoryColumns and its parts")
struct HistoryColumnsTests {
  @Test("numbers of any size survive the way through a column")
  func varints() throws {
    let list: [Int64] = [0, -1, 1, 63, -64, 64, 127, 128, 1 << 40, .max, .min, -1 << 40]
    var column = VarintColumn()
    for number in list { column.append(signed: number) }
    #expect(try ColumnReader.numbers(JSON(column.base64)).map(ColumnReader.signed) == list)
  }

  @Test("the columns tell every operation as the history has it", arguments: 0..<5)
  func faithful(seed: UInt64) throws {
    var histories = LargeHistories()
    (histories.operations, histories.keys, histories.swapShare, histories.unknownShare) = (200, 4, 30, 5)
    let history = histories.history(seed: seed)
    let json = HistoryColumns(history, important: []).json { $0.index % 3 == 0 }
    let columns = json["columns"]
    let start = try ColumnReader.numbers(columns?["start"]).map(ColumnReader.signed)
    let length = try ColumnReader.numbers(columns?["length"])
    let flags = try ColumnReader.numbers(columns?["flags"])
    let key = try ColumnReader.numbers(columns?["key"])
    let value = try ColumnReader.numbers(columns?["value"])
    let lane = try ColumnReader.numbers(columns?["lane"])
    #expect(start.count == history.operations.count && json["ranges"] == [[0, JSON(start.count)]])
    var time: Int64 = 0
    for (index, operation) in history.operations.enumerated() {
      time += start[index]
      #expect(time == operation.invoked - history.operations[0].invoked)
      let isOpen = operation.completed == Operation.never
      #expect(length[index] == (isOpen ? 0 : UInt64(operation.completed - operation.invoked + 1)))
      #expect(flags[index] & 3 == UInt64(operation.kind.rawValue))
      #expect(flags[index] >> 2 & 3 == UInt64(operation.outcome.rawValue))
      #expect((flags[index] & 128 > 0) == (index % 3 == 0))
      #expect(json["keys"]?.array?[Int(key[index])].string == history[operation.key].printable)
      #expect(json["values"]?.array?[Int(value[index])].string == history[operation.value].printable)
      #expect(json["lanes"]?.array?.indices.contains(Int(lane[index])) == true)
    }
  }

  @Test("of a history that is too large, what matters is there in full and all is counted")
  func overview() throws {
    let history = PageFixtures.busy(operations: 5_000)
    let columns = HistoryColumns(
      history, important: [OperationID(4_000), OperationID(10)], operationsMax: 1_000)
    let json = columns.json { _ in false }
    let ranges = try #require(json["ranges"]?.array).map {
      ($0.array?[0].integer ?? 0, $0.array?[1].integer ?? 0)
    }
    #expect(
      ranges.contains { $0.0 <= 10 && 10 < $0.0 + $0.1 }
        && ranges.contains { $0.0 <= 4_000 && 4_000 < $0.0 + $0.1 })
    #expect(columns.detailed <= 1_000 && columns.detailed > 500)
    let begun = try ColumnReader.numbers(json["overview"]?["begun"])
    #expect(begun.reduce(0, +) == 5_000)
    let troubled = try ColumnReader.numbers(json["overview"]?["troubled"])
    #expect(troubled.reduce(0, +) == UInt64(history.operations.count { $0.outcome != .ok }))
  }

  @Test("processes share lanes only where there are many, and never at the same time")
  func lanes() {
    var histories = LargeHistories()
    (histories.operations, histories.unknownShare, histories.processes) = (2_000, 20, 5)
    var history = histories.history(seed: 1)
    for index in history.operations.indices { history.operations[index].client = nil }
    let lanes = Lanes(history)
    #expect(Set(history.operations.map(\.process)).count > 100 && lanes.names.count < 30)
    var open: [Int: (process: ProcessID, end: Int64)] = [:]
    for operation in history.operations {
      let lane = lanes.row(operation)
      if let before = open[lane], before.process != operation.process {
        #expect(before.end < operation.invoked)
      }
      let end = operation.completed == Operation.never ? operation.invoked : operation.completed
      open[lane] = (operation.process, max(end, open[lane]?.end ?? end))
    }
  }

  @Test("the age of what was read is what a search through all writes finds", arguments: 0..<10)
  func ages(seed: UInt64) {
    var histories = LargeHistories()
    (histories.operations, histories.keys, histories.staleReads) = (300, 2, 4)
    let history = histories.history(seed: seed)
    var (stale, longest) = (0, Int64(0))
    for read in history.operations where read.kind == .read && read.outcome == .ok {
      func isWrite(_ other: Operation) -> Bool {
        other.mayWrite && other.key == read.key && other.outcome == .ok
      }
      let end = history.operations.first { isWrite($0) && $0.value == read.value }?.completed ?? .min
      let replaced = history.operations.filter { isWrite($0) && $0.invoked > end }.map(\.completed).min()
      guard let replaced, replaced < read.invoked else { continue }
      stale += 1
      longest = max(longest, read.invoked - replaced)
    }
    let ages = ReadAges(history)
    #expect(ages.reads == history.operations.count { $0.kind == .read && $0.outcome == .ok })
    #expect(ages.stale == stale && ages.longest == longest && stale > 0)
  }

  @Test("faults last from what begins them to what ends them, of the same server")
  func faults() {
    func bands(_ events: [(String, JSON)]) -> [String] {
      var builder = HistoryBuilder(clock: .monotonic)
      for (time, event) in events.enumerated() {
        builder.add(Fault(time: Int64(time), process: "nemesis", name: event.0, details: ["value": event.1]))
      }
      return FaultBand.bands(of: builder.history()).map {
        "\($0.start)-\($0.end.map { "\($0)" } ?? "") \($0.text)"
      }
    }
    #expect(
      bands([
        ("kill", ["server": 1]), ("kill", ["server": 2]), ("restart", ["server": 1]),
        ("restart", ["server": 2]),
      ]) == [#"0-2 kill {"server":1}"#, #"1-3 kill {"server":2}"#])
    #expect(bands([("partition", nil), ("heal", nil), ("pause", nil)]) == ["0-1 partition", "2- pause"])
    #expect(
      bands([("start-clock", nil), ("stop-clock", nil), ("heal", nil)]) == ["0-1 start-clock"])
    #expect(bands([("start", nil), ("stop", nil)]) == ["0-1 start"])
    func event(_ number: Int, _ phase: String) -> JSON {
      ["fault": JSON(number), "phase": .value(.string(phase)), "servers": [0, 2], "mean_ms": 5]
    }
    #expect(
      bands([
        ("delay", event(0, "start")), ("delay", event(1, "start")), ("delay", event(0, "end")), ("heal", nil),
      ]) == ["0-2 delay of 0, 2 (mean_ms 5)", "1-3 delay of 0, 2 (mean_ms 5)"])
  }

  @Test("replicas disagree from the answer that differs to the one that agrees again")
  func disagreement() throws {
    var builder = HistoryBuilder(clock: .monotonic)
    func add(_ server: Int32, _ kind: Operation.Kind, _ value: Value, at time: Int64) throws {
      try builder.invoke(
        kind, process: ProcessID(server), key: "a", value: kind == .write ? value : .null, at: time,
        server: server)
      try builder.complete(ProcessID(server), .ok, result: value, at: time + 1)
    }
    try add(0, .write, 1, at: 0)
    try add(1, .read, 1, at: 10)
    try add(0, .write, 2, at: 20)
    try add(1, .read, 2, at: 40)
    try add(1, .read, 2, at: 58)
    let history = builder.history()
    let buckets = TimeBuckets(from: 0, to: 59, countMax: 6)
    #expect(buckets.width == 10 && buckets.count == 6)
    #expect(try #require(ReplicaDisagreement(history, buckets)).keys == [0, 0, 1, 1, 1, 0])
    #expect(ReplicaDisagreement(Fixtures.mixed(), buckets) == nil)
  }

  @Test("each duration is counted in the class it lies in")
  func histogram() {
    for nanoseconds: Int64 in [0, 1, 2, 3, 4, 5, 7, 8, 1_000, 1_279, 1_280, 1_000_000_007, .max] {
      var histogram = LogHistogram()
      histogram.add(nanoseconds)
      let place = Double(histogram.json["first"]?.integer ?? -1)
      func start(_ place: Double) -> Double {
        let doubling = (place / 4).rounded(.down)
        return Double(sign: .plus, exponent: Int(doubling), significand: 1) * (1 + (place - 4 * doubling) / 4)
      }
      let value = Double(max(1, nanoseconds))
      #expect(start(place) <= value && (value < start(place + 1) || nanoseconds == .max), "\(nanoseconds)")
      #expect(histogram.json["counts"] == [1])
    }
  }
}
