/// A vector clock for each write: how many operations of each process come before it or are it.
///
/// Clocks are computed in a topological order of process order and reads-from, one row of
/// numbers for each process that is on its way and one for each write. For n operations of k processes that takes
/// O(n · k) time, and the memory of a row for each write.
struct CausalClocks {
  private let width: Int
  private let row: [Int32]
  private var values: [Int32]
  /// The clock of the operation that is being looked at, without the operation itself.
  private(set) var current: [Int32] = []

  /// The memory that an operation takes besides clocks, in bytes: its row, and how much it waits for.
  private static let bytesPerOperation = 8

  /// The bytes that clocks of a reading take.
  static func bytes(_ reading: Reading) -> Int {
    let writes = (0..<reading.count).count { reading.isWrite($0) }
    let (bytes, isTooMany) = (writes + reading.sessions.count).multipliedReportingOverflow(
      by: 4 * reading.sessions.count)
    let (sum, isTooMuch) = bytes.addingReportingOverflow(reading.count * bytesPerOperation)
    return isTooMany || isTooMuch ? .max : sum
  }

  private init(_ reading: Reading) {
    width = reading.sessions.count
    var rows: Int32 = 0
    row = (0..<reading.count).map { operation in
      guard reading.isWrite(operation) else { return -1 }
      rows += 1
      return rows - 1
    }
    values = Array(repeating: 0, count: Int(rows) * width)
  }

  /// Whether an operation comes before a write or is it.
  func isBefore(_ operation: Int, _ write: Int, in reading: Reading) -> Bool {
    values[Int(row[write]) * width + reading.session[operation]] > reading.position[operation]
  }

  /// Computes clocks, and lets each operation be looked at, in an order that respects all edges.
  ///
  /// - Parameter look: is told each operation when the clocks of all writes before it are there. False stops.
  /// - Returns: whether there was no cycle.
  static func run(
    _ reading: Reading, _ readers: Readers, _ budget: Budget, look: (Int, CausalClocks) -> Bool
  ) throws(LimitReached) -> Bool {
    try budget.ask(for: bytes(reading))
    var clocks = CausalClocks(reading)
    let width = clocks.width
    var process = Array(repeating: Int32(0), count: width * width)
    var waitsFor = Column(repeating: 0, count: reading.count)
    var ready: [Int] = []
    var left = 0
    for operation in 0..<reading.count where reading.happened[operation] {
      left += 1
      if reading.position[operation] > 0 { waitsFor[operation] += 1 }
      if reading.source[operation] >= 0 { waitsFor[operation] += 1 }
      if waitsFor[operation] == 0 { ready.append(operation) }
    }
    while let operation = ready.popLast() {
      try budget.look(after: width)
      left -= 1
      let session = reading.session[operation]
      let start = session * width
      if reading.source[operation] >= 0 {
        let other = Int(clocks.row[reading.source[operation]]) * width
        for index in 0..<width {
          process[start + index] = max(process[start + index], clocks.values[other + index])
        }
      }
      clocks.current = Array(process[start..<start + width])
      if !look(operation, clocks) { return true }
      process[start + session] = Int32(reading.position[operation] + 1)
      if reading.isWrite(operation) {
        let own = Int(clocks.row[operation]) * width
        for index in 0..<width { clocks.values[own + index] = process[start + index] }
      }
      func settle(_ other: Int) {
        waitsFor[other] -= 1
        if waitsFor[other] == 0 { ready.append(other) }
      }
      for reader in readers[operation] { settle(reader) }
      let next = reading.position[operation] + 1
      if next < reading.sessions[session].count {
        let other = reading.sessions[session][next]
        if reading.happened[other] { settle(other) }
      }
    }
    return left == 0
  }
}
