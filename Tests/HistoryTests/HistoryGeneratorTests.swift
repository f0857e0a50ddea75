import Consistency
import KeyValue
import TestSupport
import Testing

@testable import History

@Suite("HistoryGenerator")
struct HistoryGeneratorTests {
  private func bytes(_ options: HistoryGenerator.Options) -> [UInt8] {
    var bytes: [UInt8] = []
    HistoryGenerator(options).write { bytes += $0 }
    return bytes
  }

  private func history(_ options: HistoryGenerator.Options) throws -> History {
    try HistoryReader().read(bytes(options), file: "generated")
  }

  /// Options of all kinds, the same for the same seed.
  private func options(seed: UInt64) -> HistoryGenerator.Options {
    var random = SplitMix64(seed: seed)
    var options = HistoryGenerator.Options()
    options.operations = random.among(0...60)
    options.processes = random.among(1...6)
    options.keys = random.among(2...4)
    options.readsPerMillion = random.pick([0, 300_000, 500_000])
    options.compareAndSetsPerMillion = random.pick([0, 200_000, 500_000])
    options.unknownPerMillion = random.pick([0, 50_000, 150_000])
    options.failedPerMillion = random.pick([0, 100_000])
    options.values = random.pick([.unique, .repeated(1), .repeated(3)])
    options.seed = seed
    return options
  }

  @Test("the same seed gives the same bytes, another seed others")
  func determinism() {
    var options = options(seed: 7)
    options.operations = 20_000
    let first = bytes(options)
    #expect(first == bytes(options))
    options.seed = 8
    #expect(first != bytes(options))
  }

  @Test("what is generated is a clean recording with as many operations as asked for, and linearizable")
  func valid() throws {
    for seed in 0..<seedCount(default: 400) {
      let options = options(seed: seed)
      let history = try history(options)
      #expect(history.operations.count == options.operations, "seed \(seed)")
      #expect(history.end?.isClean == true && history.warnings == [], "seed \(seed)")
      if case .violated = check(history, .linearizable).outcome { Issue.record("violated, seed \(seed)") }
    }
  }

  @Test("final reads are of every key from every server, and agree on what was written last")
  func finalReads() throws {
    var agreed = 0
    for seed in 0..<seedCount(default: 100) {
      var options = options(seed: seed)
      options.finalReads = 1 + Int(seed % 3)
      options.values = .unique
      let history = try history(options)
      #expect(
        history.operations.count == options.operations + options.keys * options.finalReads, "seed \(seed)")
      #expect(history.operations.count(where: \.isFinal) == options.keys * options.finalReads)
      #expect(history.run?.servers == options.finalReads && history.warnings == [])
      let verdict = check(history, .eventual)
      #expect(!verdict.isViolated && !check(history, .linearizable).isViolated, "seed \(seed): \(verdict)")
      if verdict.holds { agreed += 1 }
    }
    #expect(agreed > 50)
  }

  @Test("every anomaly refutes linearizability, whatever surrounds it", arguments: Anomaly.allCases)
  func anomalies(anomaly: Anomaly) throws {
    for seed in 0..<seedCount(default: 60) {
      var options = options(seed: seed)
      options.anomalies = [anomaly]
      let history = try history(options)
      #expect(history.operations.count == options.operations + anomaly.steps.count)
      guard case .violated = check(history, .linearizable).outcome else {
        Issue.record("not refuted, seed \(seed)")
        return
      }
    }
  }

  @Test("an anomaly is as strong as it says: a stale read is sequentially consistent, crossed reads are not")
  func strength() throws {
    var options = HistoryGenerator.Options()
    options.operations = 0
    options.keys = 2
    let holding: Set<Anomaly> = [.staleRead, .futureRead, .splitBrain]
    for anomaly in Anomaly.allCases {
      options.anomalies = [anomaly]
      let outcome = check(try history(options), .sequential).outcome
      if case .holds = outcome {
        #expect(holding.contains(anomaly), "\(anomaly)")
      } else {
        #expect(!holding.contains(anomaly), "\(anomaly): \(outcome)")
      }
    }
    // Of the others only this one depends on what surrounds it: some write may come before the comparison.
    options.operations = 40
    options.keys = 3
    for anomaly in Anomaly.allCases {
      options.anomalies = [anomaly]
      let verdict = check(try history(options), .sequential)
      #expect(verdict.holds == (holding.contains(anomaly) || anomaly == .falseMismatch), "\(anomaly)")
    }
  }

  @Test("the shares are kept, values are unique when asked, and clients go on under new numbers")
  func shares() throws {
    var options = HistoryGenerator.Options()
    options.operations = 20_000
    options.keys = 5
    options.readsPerMillion = 600_000
    options.compareAndSetsPerMillion = 100_000
    options.unknownPerMillion = 20_000
    options.failedPerMillion = 30_000
    options.anomalies = [.lostUpdate, .crossed]
    let history = try history(options)
    func share(_ isCounted: (Operation) -> Bool) -> Int {
      history.operations.filter(isCounted).count * 1000 / history.operations.count
    }
    #expect((580...620).contains(share { $0.kind == .read }))
    #expect((90...110).contains(share { $0.kind == .compareAndSet }))
    #expect((15...25).contains(share { $0.outcome == .unknown }))
    #expect((25...35).contains(share { $0.outcome == .fail }))
    let written = history.operations.filter { $0.kind == .write }.map(\.value)
    #expect(Set(written).count == written.count)
    let mismatches = history.operations.filter(\.isMismatch).count
    #expect(mismatches > 100 && mismatches < history.operations.count / 10)
    let unknown = history.operations.filter { $0.outcome == .unknown }.count
    #expect(Set(history.operations.map(\.process)).count <= unknown + options.processes + 6)
    #expect(Set(history.operations.compactMap(\.client)).count == options.processes + 2)
    #expect(history.operations.contains { $0.outcome == .unknown && $0.process.number >= 10 })
  }

  @Test("what was unknown is sometimes seen and sometimes not")
  func unknownOutcomes() throws {
    var options = HistoryGenerator.Options()
    options.operations = 2000
    options.unknownPerMillion = 100_000
    let history = try history(options)
    let unknown = history.operations.filter { $0.outcome == .unknown && $0.kind == .write }.map(\.value)
    let read = Set(history.operations.filter { $0.kind == .read && $0.hasResult }.map(\.value))
    let seen = unknown.filter(read.contains).count
    #expect(seen > 0 && seen < unknown.count)
  }

  @Test("options that make no sense are named")
  func problems() {
    func problem(_ change: (inout HistoryGenerator.Options) -> Void) -> String? {
      var options = HistoryGenerator.Options()
      change(&options)
      return options.problem
    }
    #expect(problem { _ in } == nil)
    #expect(problem { $0.operations = -1 } != nil)
    #expect(problem { $0.processes = 0 } != nil)
    #expect(problem { $0.keys = 0 } != nil)
    #expect(problem { $0.readsPerMillion = 1_000_001 } != nil)
    #expect(problem { $0.compareAndSetsPerMillion = 600_000 } != nil)
    #expect(problem { ($0.unknownPerMillion, $0.failedPerMillion) = (600_000, 600_000) } != nil)
    #expect(problem { $0.values = .repeated(0) } != nil)
    #expect(problem { $0.finalReads = -1 } != nil)
    #expect(problem { $0.anomalies = [.crossed] }?.contains("2 keys") == true)
  }
}
