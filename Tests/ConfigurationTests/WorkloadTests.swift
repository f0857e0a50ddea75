import Configuration
import KeyValue
import TestSupport
import Testing

/// A configuration of so many servers with a workload and faults.
private func document(
  servers: Int = 3, level: String = "sequential", workload: String = "{}", faults: String = "[]"
) -> String {
  #"""
  {"num_servers": \#(servers), "consistency_level": "\#(level)", "workload": \#(workload), "faults": \#(faults)}
  """#
}

@Suite("The workload of a configuration")
struct WorkloadTests {
  @Test("an empty section has the defaults, and clients may then be left out")
  func defaults() throws {
    let configuration = try parse(document())
    #expect(configuration.workload == Workload())
    #expect(configuration.clients.isEmpty && configuration.faults?.isEmpty == true)
    #expect(configuration.firstWorkloadClient == 0)
    #expect(lines(#"{"num_servers": 1, "consistency_level": "eventual", "workload": null}"#).count == 1)
  }

  @Test("every member is read, and written out as it was")
  func members() throws {
    let text = """
      {"clients": 16, "sessions": 2, "duration": "1.5s", "warm_up": 250, "rate": 1000, "reads": 0.8, "cas": 0.05,
       "keys": 100, "distribution": "zipfian", "values": 7, "value_size": 16, "timeout": "50ms"}
      """
    var expected = Workload()
    expected.clients = 16
    expected.sessionsPerClient = 2
    expected.length = .duration(.milliseconds(1500))
    expected.warmUp = .milliseconds(250)
    expected.rate = 1000
    expected.reads = Share(perMillion: 800_000)
    expected.compareAndSets = Share(perMillion: 50_000)
    expected.keys = 100
    expected.distribution = .zipfian
    expected.values = .among(7)
    expected.valueSize = 16
    expected.timeout = .milliseconds(50)
    let configuration = try parse(document(workload: text))
    #expect(configuration.workload == expected)
    #expect(expected.sessions == 32)
    #expect(try parse(configuration.json.description) == configuration)
  }

  @Test("names have other spellings")
  func spellings() throws {
    let one = try parse(
      document(workload: #"{"read_ratio": 1, "key_distribution": "ZIPF", "values": "Unique"}"#))
    let other = try parse(document(workload: #"{"reads": 1.0, "distribution": "zipfian", "values": null}"#))
    #expect(one == other)
  }

  @Test(
    "what cannot be is reported by its path",
    arguments: [
      (
        "[]",
        ": found a list of 0, expected an object with clients, sessions, operations, duration, warm_up, "
          + "rate, reads, cas, keys, distribution, values, value_size and timeout"
      ),
      (#"{"clients": 0}"#, ".clients: found 0, expected a number of clients, 1 to 1024"),
      (
        #"{"clients": 1000, "sessions": 11}"#,
        ".sessions: found 11000 sessions of all clients together, expected at most 10000"
      ),
      (
        #"{"operations": 5, "duration": "1s"}"#,
        ".duration: found $.workload.operations too, expected one of them"
      ),
      (
        #"{"duration": "soon"}"#,
        #".duration: found "soon", expected a time such as "30s" or "1.5ms", or milliseconds, from 1ms to 24h"#
      ),
      (#"{"reads": 80}"#, ".reads: found 80, expected a number from 0 to 1"),
      (#"{"reads": 0.9, "cas": 0.2}"#, ".reads: found 0.9, expected at most 0.8, as cas is 0.2"),
      (
        #"{"distribution": "zipfan"}"#,
        #".distribution: found "zipfan", expected uniform, zipfian or single-writer; did you mean "zipfian"?"#
      ),
      (#"{"values": 0}"#, ".values: found 0, expected unique, or how many different values, 1 to 1000000"),
      (
        #"{"client": 3}"#,
        ".client: found an unknown member, expected only clients, sessions, operations, duration, warm_up, rate, "
          + #"reads, cas, keys, distribution, values, value_size and timeout; did you mean "clients"?"#
      ),
    ])
  func problems(text: String, line: String) {
    #expect(lines(document(workload: text)) == ["$.workload\(line)"])
  }

  @Test("a level that cannot offer compare-and-set says so")
  func compareAndSet() throws {
    #expect(
      lines(document(level: "eventual", workload: #"{"cas": 0.1}"#)) == [
        "$.workload.cas: found 0.1, expected no compare-and-sets, which last-writer-wins cannot offer"
      ])
    #expect(lines(document(level: "eventual", workload: #"{"cas": 0}"#)) == [])
    #expect(lines(document(level: "linearizable", workload: #"{"cas": 0.1}"#)) == [])
  }

  @Test(
    "times are exact in every unit, and anything else is none",
    arguments: [
      (#""1h""#, 3_600_000_000_000), (#""2min""#, 120_000_000_000), (#""0.5s""#, 500_000_000),
      ("7", 7_000_000),
      (#""1.000001ms""#, 1_000_001), (#""3.250ms""#, 3_250_000), (#""1000us""#, 1_000_000),
      (#""1000000ns""#, 1_000_000), (#""0.5ns""#, nil), (#""1""#, nil), (#""s""#, nil), (#""1.s""#, nil),
      (#""1..5s""#, nil), (#""-1s""#, nil), (#""99999999999999h""#, nil), (#""1 s""#, nil), ("1.5", nil),
      ("true", nil),
    ] as [(String, Int64?)])
  func times(text: String, nanoseconds: Int64?) {
    let workload = try? parse(document(workload: "{\"timeout\": \(text)}")).workload
    #expect(workload?.timeout.nanoseconds == nanoseconds)
  }
}

@Suite("The operations of a workload")
struct WorkloadGeneratorTests {
  private func drawn(_ workload: Workload, seed: UInt64 = 1) -> [[WorkloadOperation]] {
    WorkloadGenerator.generators(workload, seed: seed, sessions: 0..<workload.sessions).map { generator in
      var generator = generator
      var operations: [WorkloadOperation] = []
      while let operation = generator.next() { operations.append(operation) }
      return operations
    }
  }

  @Test("depend on the seed and the session only, and are as many as asked for")
  func seeded() {
    var workload = Workload()
    workload.sessionsPerClient = 2
    workload.length = .operations(1003)
    let operations = drawn(workload)
    #expect(operations == drawn(workload))
    #expect(operations != drawn(workload, seed: 2))
    #expect(operations.map(\.count).reduce(0, +) == 1003)
    #expect(Set(operations.map(\.count)) == [125, 126])
    #expect(Set(operations).count == 8)
    var alone = WorkloadGenerator(workload, seed: 1, session: 5)
    #expect(alone.next() == operations[5].first)
  }

  @Test("write values that no other operation writes, of the size asked for")
  func uniqueValues() {
    var workload = Workload()
    workload.reads = .never
    workload.valueSize = 9
    let values = drawn(workload).joined().compactMap { operation -> Value? in
      if case .write(let value) = operation.action { value } else { nil }
    }
    #expect(values.count == 1000)
    #expect(Set(values).count == 1000)
    for case .string(let text) in values { #expect(text.utf8.count >= 9) }
  }

  @Test("keep to the mix and to the keys, and a single writer to its own")
  func mix() {
    var workload = Workload()
    workload.length = .operations(20_000)
    workload.reads = Share(perMillion: 700_000)
    workload.compareAndSets = Share(perMillion: 100_000)
    workload.distribution = .singleWriter
    workload.keys = 6
    var counts = (reads: 0, writes: 0, sets: 0)
    var writers: [Int: Set<Int>] = [:]
    for (session, operations) in drawn(workload).enumerated() {
      for operation in operations {
        #expect((0..<6).contains(operation.key))
        switch operation.action {
        case .read: counts.reads += 1
        case .write: counts.writes += 1
        case .compareAndSet: counts.sets += 1
        }
        if operation.action != .read { writers[operation.key, default: []].insert(session) }
      }
    }
    #expect((13_500...14_500).contains(counts.reads), "\(counts)")
    #expect((1700...2300).contains(counts.sets), "\(counts)")
    #expect(writers.count == 6 && writers.values.allSatisfy { $0.count == 1 })
  }

  @Test("choose a key by Zipf's law as often as its rank says")
  func zipf() {
    var workload = Workload()
    workload.length = .operations(40_000)
    workload.distribution = .zipfian
    workload.keys = 8
    var counts = Array(repeating: 0, count: 8)
    for operation in drawn(workload).joined() { counts[operation.key] += 1 }
    let first = Double(counts[0])
    for rank in 2...8 {
      let ratio = Double(counts[rank - 1]) / first
      #expect(abs(ratio * Double(rank) - 1) < 0.1, "\(counts)")
    }
  }

  @Test("expect of a compare-and-set what the session saw last")
  func expectations() {
    var workload = Workload()
    workload.compareAndSets = .always
    workload.reads = .never
    workload.keys = 1
    var generator = WorkloadGenerator(workload, seed: 1, session: 0, initial: ["k0": 9])
    #expect(generator.next()?.action == .compareAndSet(expected: 9, new: "0:1"))
    generator.saw("x", of: 0)
    #expect(generator.next()?.action == .compareAndSet(expected: "x", new: "0:2"))
  }

  @Test("begin at the rate of all sessions together, evenly spaced")
  func rate() {
    var workload = Workload()
    workload.rate = 1000
    workload.clients = 4
    var generators = WorkloadGenerator.generators(workload, seed: 1, sessions: 0..<4)
    #expect(generators.map(\.intendedStart) == [0, 1_000_000, 2_000_000, 3_000_000])
    _ = generators[1].next()
    #expect(generators[1].intendedStart == 5_000_000)
    workload.rate = nil
    #expect(WorkloadGenerator(workload, seed: 1, session: 0).intendedStart == nil)
  }

  @Test("so many operations are to begin as have their time before the end")
  func intendedCounts() {
    for seed in 0..<UInt64(200) {
      var random = SplitMix64(seed: seed)
      var workload = Workload()
      workload.clients = random.among(1...7)
      workload.rate = random.among(1...3000)
      let duration = Duration.microseconds(random.among(1...300_000))
      workload.length = .duration(duration)
      for session in 0..<workload.sessions {
        var generator = WorkloadGenerator(workload, seed: 1, session: session)
        var count = 0
        while let start = generator.intendedStart, start < duration.nanoseconds {
          _ = generator.next()
          count += 1
        }
        #expect(workload.intendedCount(session: session) == count, "seed \(seed), session \(session)")
      }
    }
    #expect(Workload().intendedCount(session: 0) == nil)
  }
}
