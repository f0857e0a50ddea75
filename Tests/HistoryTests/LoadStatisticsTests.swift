import History
import KeyValue
import TestSupport
import Testing

import struct History.Operation

@Suite("Load statistics")
struct LoadStatisticsTests {
  /// A latency of any magnitude that matters.
  private func latency(_ random: inout SplitMix64) -> Int64 {
    Int64(random.next() >> UInt64(17 + random.below(47)))
  }

  private func statistics(_ random: inout SplitMix64) -> LoadStatistics {
    var statistics = LoadStatistics()
    for _ in 0..<random.below(500) {
      statistics.record(
        Operation.Kind.allCases[random.below(3)], Operation.Outcome.allCases[random.below(3)],
        nanoseconds: latency(&random))
    }
    statistics.elapsed = Int64(random.below(1_000_000))
    statistics.warmingUp = random.below(5)
    statistics.notBegun = random.below(5)
    statistics.processorTime = Int64(random.below(1000))
    return statistics
  }

  @Test("a percentile is that of the sorted latencies, to a thousandth")
  func percentiles() throws {
    for seed in 0..<UInt64(20) {
      var random = SplitMix64(seed: seed)
      let latencies = (0..<random.among(1...2000)).map { _ in latency(&random) }
      var histogram = LatencyHistogram()
      for latency in latencies { histogram.record(nanoseconds: latency) }
      #expect(histogram.count == latencies.count)
      let sorted = latencies.sorted()
      for percentile in [1, 50, 90, 99, 99.9, 100] {
        let rank = max(1, Int((percentile / 100 * Double(sorted.count)).rounded(.up)))
        let exact = Double(sorted[rank - 1])
        let found = Double(try #require(histogram.nanoseconds(percentile: percentile)))
        #expect(abs(found - exact) <= exact / 1000 + 1, "seed \(seed), \(percentile): \(found), not \(exact)")
      }
      #expect(histogram.classes.reduce(0) { $0 + $1.count } == latencies.count)
    }
    #expect(LatencyHistogram().nanoseconds(percentile: 99) == nil)
  }

  @Test("what cannot be held is counted at the limit, and nothing traps")
  func limits() {
    var histogram = LatencyHistogram()
    for latency in [.min, -1, 0, 1, LatencyHistogram.nanosecondsMax, .max] {
      histogram.record(nanoseconds: latency)
    }
    histogram.record(nanoseconds: 5, count: 0)
    #expect(histogram.count == 6)
    #expect(histogram.nanoseconds(percentile: 50) == 0)
  }

  @Test("statistics of several clients add up; the time is that of the longest")
  func merging() {
    for seed in 0..<UInt64(20) {
      var random = SplitMix64(seed: seed)
      let parts = (0..<3).map { _ in statistics(&random) }
      var all = LoadStatistics()
      for part in parts { all.merge(part) }
      for kind in Operation.Kind.allCases {
        #expect(all.kinds[kind]?.ok ?? 0 == parts.reduce(0) { $0 + ($1.kinds[kind]?.ok ?? 0) })
        #expect(all.kinds[kind]?.latencies.count ?? 0 == all.kinds[kind]?.count ?? 0)
      }
      #expect(all.count == parts.reduce(0) { $0 + $1.count })
      #expect(all.errors == parts.reduce(0) { $0 + $1.errors })
      #expect(all.latencies.count == all.count)
      #expect(all.elapsed == parts.map(\.elapsed).max())
      #expect(LoadStatistics.inSequence(parts).elapsed == parts.reduce(0) { $0 + $1.elapsed })
      var reset = parts[0]
      reset.reset()
      reset.merge(parts[1])
      #expect(reset.latencies == parts[1].latencies && reset.count == parts[1].count)
      #expect(reset.warmingUp == parts[1].warmingUp && reset.processorTime == parts[1].processorTime)
    }
  }
}
