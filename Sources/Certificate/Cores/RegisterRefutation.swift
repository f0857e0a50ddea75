import History

/// Refutes regular or safe registers by few operations: one of them can have found nothing of what was there, since
/// everything that may have written its value began too late or was replaced before it began.
///
/// A compare-and-set of unknown outcome that can have found nothing did not happen, and so was not read from.
struct RegisterRefutation {
  private let columns: Columns
  private let members: [Int32]
  private let isSafe: Bool

  /// - Parameter members: operations of the whole history that are closed.
  init(_ columns: Columns, _ members: [Int32], isSafe: Bool) {
    self.columns = columns
    self.members = members
    self.isSafe = isSafe
  }

  func isRefuted() -> Bool {
    var possible = Set(members.filter { columns.operations[Int($0)].isInPlay })
    while true {
      let stuck = members.filter {
        possible.contains($0) && columns.operations[Int($0)].isFinder && !hasSource($0, possible)
      }
      if stuck.contains(where: { columns.operations[Int($0)].isRequired }) { return true }
      if stuck.isEmpty { return false }
      possible.subtract(stuck)
    }
  }

  private func hasSource(_ index: Int32, _ possible: Set<Int32>) -> Bool {
    let operation = columns.operations[Int(index)]
    let writes = members.filter {
      columns.operations[Int($0)].isWrite && columns.operations[Int($0)].key == operation.key && $0 != index
    }
    let isExcused = isSafe && overlapsWrite(index, possible)
    func precedes(_ first: Int32, _ second: Int32) -> Bool {
      columns.precedes(first, second, inRealTime: true)
    }
    // Only what completed can end before something, so what replaces happened.
    if operation.fits(columns.initialValue(operation.key)),
      isExcused || !writes.contains(where: { precedes($0, index) })
    {
      return true
    }
    return writes.contains { write in
      guard possible.contains(write), operation.fits(columns.operations[Int(write)].value),
        !precedes(index, write)
      else { return false }
      return isExcused || !writes.contains { precedes(write, $0) && precedes($0, index) }
    }
  }

  /// Whether a write of the history, other than those that cannot have happened, overlaps an operation.
  private func overlapsWrite(_ index: Int32, _ possible: Set<Int32>) -> Bool {
    let operation = columns.operations[Int(index)]
    return columns.operations.indices.contains { place in
      let other = Int32(truncatingIfNeeded: place)
      let write = columns.operations[place]
      return write.isWrite && write.key == operation.key && other != index
        && !columns.precedes(other, index, inRealTime: true)
        && !columns.precedes(index, other, inRealTime: true)
        && (possible.contains(other) || !members.contains(other))
    }
  }
}
