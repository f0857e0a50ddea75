import Consistency
import History
import KeyValue

/// The curves of a run: how fast, how much, how stale.
struct RunPlots {
  private static let bucketsMax = 120
  /// A stretch of time with fewer operations has no percentiles to speak of.
  private static let operationsOfBucket = 25

  let json: JSON

  /// n log n in the operations. Final reads are the harness's, not the clients': no latency of theirs is shown.
  init(_ history: History, isEventual: Bool) {
    let (first, last) = history.extent
    let buckets = TimeBuckets(
      from: first, to: last,
      countMax: min(Self.bucketsMax, max(12, history.operations.count / Self.operationsOfBucket)))
    let empty = Array(repeating: 0, count: buckets.count)
    let kinds = Operation.Kind.allCases
    var counts = kinds.map { _ in empty }
    var histograms = kinds.map { _ in LogHistogram() }
    var (unknown, failed) = (empty, empty)
    let widening = history.widening
    func latency(_ operation: Operation) -> Int64 {
      max(0, operation.completed - operation.invoked - widening)
    }
    for operation in history.operations where !operation.isFinal {
      switch operation.outcome {
      case .unknown: unknown[buckets.place(operation.invoked)] += 1
      case .fail: failed[buckets.place(operation.completed)] += 1
      case .ok:
        counts[Int(operation.kind.rawValue)][buckets.place(operation.completed)] += 1
        histograms[Int(operation.kind.rawValue)].add(latency(operation))
      }
    }
    func numbers(_ counts: [Int]) -> JSON { .array(counts.map { JSON($0) }) }
    var object: JSONObject = [
      "width": JSON(buckets.width), "unknown": numbers(unknown), "failed": numbers(failed),
    ]
    var curves: [JSON] = []
    // One kind after the other, so that no more latencies are held than one has.
    for kind in kinds where counts[Int(kind.rawValue)].contains(where: { $0 > 0 }) {
      let counts = counts[Int(kind.rawValue)]
      var next = counts.indices.map { _ in 0 }
      for bucket in counts.indices.dropFirst() { next[bucket] = next[bucket - 1] + counts[bucket - 1] }
      var latencies = Array(repeating: Int64(0), count: counts.reduce(0, +))
      for operation in history.operations
      where operation.kind == kind && operation.outcome == .ok && !operation.isFinal {
        let bucket = buckets.place(operation.completed)
        latencies[next[bucket]] = latency(operation)
        next[bucket] += 1
      }
      let shares: [(name: String, percentile: Double)] = [("p50", 50), ("p95", 95), ("p99", 99)]
      var percentiles: [[JSON]] = shares.map { _ in [] }
      for (bucket, end) in next.enumerated() {
        let stretch = latencies[(end - counts[bucket])..<end].sorted()
        for (place, share) in shares.enumerated() {
          let found = RunSummary.latency(percentile: share.percentile, of: stretch)
          percentiles[place].append(found.map { JSON($0) } ?? nil)
        }
      }
      var curve: JSONObject = ["name": JSON(kind.eventFunction), "counts": numbers(counts)]
      for (share, numbers) in zip(shares, percentiles) { curve[share.name] = .array(numbers) }
      curve["histogram"] = histograms[Int(kind.rawValue)].json
      curves.append(.object(curve))
    }
    object["kinds"] = .array(curves)
    if isEventual, let disagreement = ReplicaDisagreement(history, buckets) {
      object["disagreeing"] = numbers(disagreement.keys)
    }
    let ages = ReadAges(history)
    if ages.reads > 0 {
      object["ages"] = [
        "reads": JSON(ages.reads), "stale": JSON(ages.stale), "longest": JSON(ages.longest),
        "histogram": ages.ages.json,
      ]
    }
    json = .object(object)
  }
}
