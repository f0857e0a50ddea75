import Consistency
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

  /// The memory that an operation takes while ages are measured, in bytes.
  static let bytesPerOperation = 16

  /// n log n in the operations.
  init(_ history: History) {
    let operationsOfKey = OperationsByKey(history)
    // For each value of the key in hand when its write ended.
    var ended = Array(repeating: Self.unwritten, count: history.values.count)
    for key in history.keys.indices.map({ KeyID(index: UInt32($0)) }) {
      add(operationsOfKey[key], initial: history.initialValue(of: key), history.operations, &ended)
    }
  }

  /// What stands for the end of a write that there is none of: no end of one that completed.
  private static let unwritten = Operation.never

  private mutating func add(
    _ ids: ArraySlice<Int32>, initial: ValueID, _ operations: [Operation], _ ended: inout [Int64]
  ) {
    func isWrite(_ operation: Operation) -> Bool { operation.outcome == .ok && operation.mayWrite }
    let writes = ids.filter { isWrite(operations[Int($0)]) }
    defer {
      ended[Int(initial.index)] = Self.unwritten
      for write in writes { ended[Int(operations[Int(write)].value.index)] = Self.unwritten }
    }
    ended[Int(initial.index)] = .min
    for write in writes.lazy.map({ operations[Int($0)] }) {
      guard ended[Int(write.value.index)] == Self.unwritten else { return }
      ended[Int(write.value.index)] = write.completed
    }
    // The earliest end of any write that began with this one or later.
    var earliest = writes.map { operations[Int($0)].completed }
    for index in earliest.indices.dropLast().reversed() {
      earliest[index] = min(earliest[index], earliest[index + 1])
    }
    for read in ids.lazy.map({ operations[Int($0)] })
    where read.kind == .read && read.outcome == .ok && read.hasResult {
      let end = ended[Int(read.value.index)]
      guard end != Self.unwritten else { continue }
      reads += 1
      let next = writes.partition { operations[Int($0)].invoked > end }
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
