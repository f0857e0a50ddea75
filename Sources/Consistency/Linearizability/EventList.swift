/// The invocations and completions of operations that are not placed yet, in order of time: a doubly linked list in two
/// flat arrays, from which an operation is taken, and into which it is put back, in constant time.
///
/// At one instant invocations come before completions: intervals are closed, so operations that touch are concurrent.
/// An operation that may be left out has no completion.
struct EventList {
  /// The place before the first event and after the last.
  let end: Int32
  private let count: Int32
  private var next: [Int32]
  private var previous: [Int32]

  /// Makes the list of all events. n log n.
  ///
  /// - Parameters:
  ///   - invoked: when each operation was invoked, not descending.
  ///   - completed: when each operation completed; ``Operation/never`` for those without completion.
  init(invoked: [Int64], completed: [Int64], _ budget: Budget) throws(LimitReached) {
    count = Int32(invoked.count)
    end = 2 * count
    next = Array(repeating: 0, count: 2 * invoked.count + 1)
    previous = next
    var ending = completed.indices.filter { completed[$0] != .max }
    try budget.sort(&ending) { completed[$0] < completed[$1] }
    var last = end
    func append(_ event: Int32, _ next: inout [Int32], _ previous: inout [Int32]) {
      next[Int(last)] = event
      previous[Int(event)] = last
      last = event
    }
    var beginning = 0
    for operation in ending {
      try budget.look()
      while beginning < invoked.count, invoked[beginning] <= completed[operation] {
        append(Int32(beginning), &next, &previous)
        beginning += 1
      }
      append(count + Int32(operation), &next, &previous)
    }
    while beginning < invoked.count {
      append(Int32(beginning), &next, &previous)
      beginning += 1
    }
    append(end, &next, &previous)
  }

  /// The event after an event; after ``end`` the first.
  func event(after event: Int32) -> Int32 { next[Int(event)] }

  /// The operation whose invocation an event is; nil for a completion and the end.
  func invocation(_ event: Int32) -> Int? { event < count ? Int(event) : nil }

  /// Takes an operation out. The event after its invocation can still be asked for.
  mutating func remove(_ operation: Int, hasCompletion: Bool) {
    if hasCompletion { unlink(operation &+ Int(count)) }
    unlink(operation)
  }

  /// Puts back the operation that was taken out last.
  mutating func restore(_ operation: Int, hasCompletion: Bool) {
    relink(operation)
    if hasCompletion { relink(operation &+ Int(count)) }
  }

  private mutating func unlink(_ event: Int) {
    let before = previous[event]
    let after = next[event]
    next[Int(before)] = after
    previous[Int(after)] = before
  }

  private mutating func relink(_ event: Int) {
    next[Int(previous[event])] = Int32(truncatingIfNeeded: event)
    previous[Int(next[event])] = Int32(truncatingIfNeeded: event)
  }
}
