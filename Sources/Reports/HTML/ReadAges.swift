import History

/// How long ago what each read returned had certainly been replaced.
///
/// A value is certainly replaced once a write that began after the value's own write had ended has itself ended. Reads of
/// keys whose values repeat are left out: nobody knows which write they saw.
struct ReadAges {
  /// The reads whose writes are known.
  private(set) var reads = 0
  /// Those that returned what had been replaced before they began.
  private(set) var stale = 0
  /// How long before, of the stale ones.
  private(set) var ages = LogHistogram()
  /// The longest, in nanoseconds.
  private(set) var longest: Int64 = 0

  /// n log n in the operations.
  init(_ history: History) {
    let rows = history.operations.filter { $0.outcome == .ok && ($0.kind != .read || $0.hasResult) }
    for (key, operations) in Dictionary(grouping: rows, by: \.key) {
      add(operations, initial: history.initialValue(of: key))
    }
  }

  private mutating func add(_ operations: [Operation], initial: ValueID) {
    let writes = operations.filter(\.mayWrite)
    var ended: [ValueID: Int64] = [initial: Int64.min]
    for write in writes where ended.updateValue(write.completed, forKey: write.value) != nil { return }
    // The earliest end of any write that began with this one or later.
    var earliest = writes.map(\.completed)
    for index in earliest.indices.dropLast().reversed() {
      earliest[index] = min(earliest[index], earliest[index + 1])
    }
    for read in operations where read.kind == .read {
      guard let end = ended[read.value] else { continue }
      reads += 1
      let next = writes.partition { $0.invoked > end }
      guard next < writes.count, earliest[next] < read.invoked else { continue }
      stale += 1
      let age = read.invoked &- earliest[next]
      ages.add(age)
      longest = max(longest, age)
    }
  }
}

extension Array {
  /// The first place from which on a condition holds, of elements of which it holds from some place on.
  fileprivate func partition(_ holds: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
