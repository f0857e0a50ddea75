import History

/// On how many keys the latest answers of the replicas differed, over time.
///
/// What a replica answered last, or was told to write, stands for what it holds. That is an estimate: a replica that is
/// not asked does not show that it has changed.
struct ReplicaDisagreement {
  /// The most keys in disagreement during each stretch of time.
  let keys: [Int]

  /// n log n in the operations; nil when fewer than two replicas are recorded.
  init?(_ history: History, _ buckets: TimeBuckets) {
    var telling = history.ids { operation in
      operation.outcome == .ok && operation.server != nil && (operation.kind != .read || operation.hasResult)
        && !(operation.isMismatch && !operation.hasResult)
    }
    guard Set(telling.lazy.map { history[$0].server }).count > 1 else { return nil }
    telling.sort { (history[$0].completed, $0) < (history[$1].completed, $1) }
    var held: [KeyID: [Int32: ValueID]] = [:]
    var disagreeing: Set<KeyID> = []
    var keys = Array(repeating: 0, count: buckets.count)
    var bucket = 0
    for operation in telling.lazy.map({ history[$0] }) {
      let next = buckets.place(operation.completed)
      while bucket < next {
        bucket += 1
        keys[bucket] = disagreeing.count
      }
      held[operation.key, default: [:]][operation.server ?? 0] = operation.value
      let values = held[operation.key, default: [:]].values
      if values.contains(where: { $0 != operation.value }) {
        disagreeing.insert(operation.key)
      } else {
        disagreeing.remove(operation.key)
      }
      keys[bucket] = max(keys[bucket], disagreeing.count)
    }
    while bucket < buckets.count - 1 {
      bucket += 1
      keys[bucket] = disagreeing.count
    }
    self.keys = keys
  }
}
