import Cluster
import History
import KeyValue
import TestSupport
import Testing

import struct History.Operation

@Suite("Reports of a load")
struct LoadReportTests {
  @Test("reports add up to what was counted, and each is a line that can be read")
  func roundTrip() throws {
    for seed in 0..<UInt64(10) {
      var random = SplitMix64(seed: seed)
      var statistics = LoadStatistics()
      // More classes of latencies than one report holds, in some.
      for _ in 0..<random.below(20_000) {
        statistics.record(
          Operation.Kind.allCases[random.below(3)], Operation.Outcome.allCases[random.below(3)],
          isBusy: random.percent(10), nanoseconds: Int64(random.below(1_000_000_000)))
      }
      statistics.elapsed = Int64(random.below(1000))
      statistics.warmingUp = random.below(5)
      statistics.notBegun = random.below(5)
      statistics.processorTime = Int64(random.below(1000))
      var sum = LoadStatistics()
      for part in statistics.parts {
        let line = ClientReport.load(part).line
        #expect(line.utf8.count < 100_000 && !line.contains("\n"))
        guard case .load(let read) = ClientReport(line: line) else {
          Issue.record("seed \(seed): \(line.prefix(200))")
          return
        }
        sum.merge(read)
      }
      #expect(sum == statistics, "seed \(seed)")
    }
  }

  @Test("how things are of late is one short line, as exact as it has to be")
  func progress() throws {
    for seed in 0..<UInt64(10) {
      var random = SplitMix64(seed: seed)
      var recent = LoadStatistics(.tenth)
      var exact = LoadStatistics()
      // From nanoseconds to minutes, as many of each length.
      for _ in 0..<1 + random.below(20_000) {
        let nanoseconds = Int64(random.below(1 << (1 + random.below(37))))
        let kind = Operation.Kind.allCases[random.below(3)]
        recent.record(kind, .ok, nanoseconds: nanoseconds)
        exact.record(kind, .ok, nanoseconds: nanoseconds)
      }
      let line = ClientReport.progress(recent).line
      #expect(line.utf8.count < 50_000 && !line.contains("\n"))
      #expect(ClientReport(line: line) == .progress(recent), "seed \(seed)")
      let told = try #require(recent.latencies.nanoseconds(percentile: 99))
      let right = try #require(exact.latencies.nanoseconds(percentile: 99))
      #expect(abs(told - right) <= right / 10 + 1, "seed \(seed)")
    }
  }
}
