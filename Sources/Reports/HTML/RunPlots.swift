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
    var latencies: [Operation.Kind: [[Int64]]] = [:]
    var histograms: [Operation.Kind: LogHistogram] = [:]
    var (unknown, failed) = (empty, empty)
    let widening = history.widening
    for operation in history.operations where !operation.isFinal {
      switch operation.outcome {
      case .unknown: unknown[buckets.place(operation.invoked)] += 1
      case .fail: failed[buckets.place(operation.completed)] += 1
      case .ok:
        let latency = max(0, operation.completed - operation.invoked - widening)
        latencies[operation.kind, default: empty.map { _ in [] }][buckets.place(operation.completed)].append(
          latency)
        histograms[operation.kind, default: LogHistogram()].add(latency)
      }
    }
    func numbers(_ counts: [Int]) -> JSON { .array(counts.map { JSON($0) }) }
    var object: JSONObject = [
      "width": JSON(buckets.width), "unknown": numbers(unknown), "failed": numbers(failed),
    ]
    object["kinds"] = .array(
      Operation.Kind.allCases.compactMap { kind in
        guard let stretches = latencies[kind]?.map({ $0.sorted() }) else { return nil }
        func percentile(_ percentile: Double) -> JSON {
          .array(
            stretches.map { RunSummary.latency(percentile: percentile, of: $0).map { JSON($0) } ?? nil })
        }
        return [
          "name": JSON(kind.eventFunction), "counts": numbers(stretches.map(\.count)),
          "p50": percentile(50), "p95": percentile(95), "p99": percentile(99),
          "histogram": histograms[kind]?.json ?? nil,
        ]
      })
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
