import History

/// A run cut into equal stretches of time.
struct TimeBuckets {
  let origin: Int64
  /// The length of a stretch, in nanoseconds, at least 1.
  let width: Int64
  let count: Int

  init(from origin: Int64, to end: Int64, countMax: Int) {
    self.origin = origin
    width = max(1, (end &- origin) / Int64(countMax) + 1)
    count = Int((end &- origin) / width) + 1
  }

  /// The stretch that a time lies in.
  func place(_ time: Int64) -> Int {
    min(max(0, Int((time &- origin) / width)), count - 1)
  }
}

extension History {
  /// When the first operation began and when the last event of any operation was.
  var extent: (first: Int64, last: Int64) {
    let first = operations.first?.invoked ?? 0
    let last = operations.reduce(first) { last, operation in
      max(last, operation.completed == Operation.never ? operation.invoked : operation.completed)
    }
    return (first, last)
  }

  /// What the reader added to each interval: no part of how long an operation took.
  var widening: Int64 {
    if case .wall(let error) = clock { 2 * error } else { 0 }
  }
}
