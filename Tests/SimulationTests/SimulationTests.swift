import Configuration
import Consistency
import History
import KeyValue
import Replication
import Simulation
import TestSupport
import Testing

@Suite("A simulated run")
struct SimulationTests {
  @Test("depends on the configuration and the seed only, to the byte", arguments: ConsistencyLevel.allCases)
  func determinism(level: ConsistencyLevel) throws {
    let open = try cluster(level: level, workload: #"{"operations": 100}"#)
    var files: Set<[UInt8]> = []
    for seed in 0..<6 as Range<UInt64> {
      let file = try Simulation.run(open.varied(seed: seed), seed: seed).historyFile
      #expect(try Simulation.run(open.varied(seed: seed), seed: seed).historyFile == file)
      files.insert(file)
    }
    #expect(files.count == 6)
  }

  @Test("leaves a history that reads back as it was, with its faults and final reads")
  func historyFile() throws {
    let configuration = try cluster(
      level: .linearizable, workload: #"{"operations": 60, "keys": 2, "cas": 0.2}"#,
      faults: #"[{"fault": "partition", "shape": "isolate", "at": "1ms", "for": "2ms"}]"#, simulation: "{}")
    let run = try Simulation.run(configuration, seed: 5)
    let read = try HistoryReader().read(run.historyFile, file: "memory")
    #expect(read.operations.map(\.kind) == run.history.operations.map(\.kind))
    #expect(read.operations.map(\.invoked) == run.history.operations.map(\.invoked))
    #expect(read.operations.count { $0.isFinal } == 6)
    #expect(read.faults.map(\.name) == ["partition", "partition", "heal"])
    #expect(read.clock == .monotonic && read.run?.level == "linearizable" && read.end?.isClean == true)
    #expect(check(read, .linearizable).holds)
  }

  @Test("does as many operations as asked for, for as long, or at the rate")
  func load() throws {
    let counted = try Simulation.run(cluster(workload: #"{"operations": 123}"#, faults: "[]"))
    #expect(counted.statistics.operations == 123)
    let timed = try Simulation.run(
      cluster(workload: #"{"duration": "100ms", "rate": 1000}"#, faults: "[]"))
    #expect((99...101).contains(timed.statistics.operations))
  }

  /// What happens without a fault, made once: tests compare with it.
  private static let calm = Result { try run(under: nil) }
  private static let calmOrdered = Result { try run(under: nil, level: .linearizable) }

  /// A run of half a second under one fault all the time, on two of three servers where it concerns servers.
  private static func run(under fault: String?, level: ConsistencyLevel = .eventual) throws -> SimulatedRun {
    try Simulation.run(
      cluster(
        level: level,
        workload:
          #"{"clients": 6, "duration": "500ms", "rate": 400, "timeout": "50ms", "keys": 3, "reads": 0.3}"#,
        faults: "[" + (fault.map { "{\"fault\": \($0)}" } ?? "") + "]", simulation: "{}"), seed: 3,
      isTraced: true)
  }

  private func latencies(_ run: SimulatedRun) -> Int64 {
    run.history.operations.filter { $0.outcome == .ok && !$0.isFinal }.reduce(0) {
      $0 + $1.completed - $1.invoked
    }
  }

  @Test(
    "each fault has its effect, and none without it",
    arguments: [
      (#""partition", "shape": "isolate""#, .cut),
      (#""partition", "shape": "one-way", "servers": [1]"#, .cut),
      (#""loss", "probability": 0.2"#, .lost), (#""duplicate", "probability": 0.2"#, .duplicated),
      (#""reorder", "probability": 0.2"#, .reordered), (#""queue", "messages": 0"#, .overflowed),
      (#""reset", "every": "2ms""#, .reset), (#""kill", "servers": [0, 1], "at": "20ms""#, .requestsLost),
      (#""pause", "servers": [0, 1]"#, .unknown), (#""bandwidth", "bytes_per_second": 100"#, .overflowed),
    ] as [(String, Effect)])
  func effects(fault: String, effect: Effect) throws {
    let calm = try Self.calm.get()
    let troubled = try Self.run(under: fault)
    #expect(effect.count(calm.statistics) == 0 && calm.faults.isEmpty)
    #expect(effect.count(troubled.statistics) > 0, "\(troubled.statistics)")
    #expect(troubled.failure == nil && check(troubled.judgedHistory, .eventual).holds)
    #expect(troubled.history.faults.first?.name == troubled.faults.first?.kind.name.rawValue)
  }

  @Test(
    "what makes messages or servers slow makes operations slow",
    arguments: [#""delay", "mean": "2ms""#, #""slow", "by": "2ms", "servers": [0, 1, 2]"#])
  func slowness(fault: String) throws {
    let calm = latencies(try Self.calmOrdered.get())
    let slow = latencies(try Self.run(under: fault, level: .linearizable))
    #expect(slow > 3 * calm)
  }

  /// The times that server 2 gave its writes.
  private func stamps(_ run: SimulatedRun) -> [LogicalTime] {
    run.trace.compactMap { event in
      if case .answered(_, server: 2, .written(let stamp)) = event.kind { stamp.time } else { nil }
    }
  }

  @Test("a server's clock shows in the stamps of its writes, a client's in what it records")
  func clocks() throws {
    let calm = stamps(try Self.calm.get())
    let ahead = stamps(try Self.run(under: #""clock", "skew": "10s", "servers": [2]"#))
    let start = LogicalTime(Simulation.epoch / 1000)
    #expect(calm.count > 20 && calm.allSatisfy { (start..<start + 9_000_000).contains($0) })
    #expect(ahead.count == calm.count && ahead.allSatisfy { $0 >= start + 10_000_000 })
    let skewed = try Self.run(under: #""clock", "skew": "-1s", "clients": [4]"#)
    let lines = String(decoding: skewed.historyFile, as: UTF8.self).split(separator: "\n")
    let line = try #require(lines.first { $0.contains("\"client\":4") })
    let event = try JSON(parsing: String(line))
    let time = try #require(event["time"]?.integer)
    let mono = try #require(event["mono"]?.integer)
    #expect(time - mono == Simulation.epoch - 1_000_000_000)
  }

  @Test("a total order waits for a server that is cut off, and goes on when the network heals")
  func waiting() throws {
    let run = try Self.run(under: #""partition", "shape": "isolate", "servers": [0]"#, level: .linearizable)
    #expect(run.statistics.unknown > run.statistics.answered / 2)
    #expect(run.failure == nil && check(run.history, .linearizable).holds)
  }
}

/// What a fault brings about, as the statistics count it.
enum Effect: Sendable {
  case cut, lost, duplicated, reordered, overflowed, reset, requestsLost, unknown

  func count(_ statistics: SimulationStatistics) -> Int {
    switch self {
    case .cut: statistics.cut
    case .lost: statistics.lost
    case .duplicated: statistics.duplicated
    case .reordered: statistics.reordered
    case .overflowed: statistics.overflowed
    case .reset: statistics.reset
    case .requestsLost: statistics.requestsLost
    case .unknown: statistics.unknown
    }
  }
}
