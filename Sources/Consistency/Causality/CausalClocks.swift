/// A vector clock for each write: how many operations of each process come before it or are it.
///
/// Clocks are computed in a topological order of process order, reads-from and derived edges between writes, one row of
/// numbers for each process that is on its way and one for each write. For n operations of k processes that takes
/// O(n · k) time, and the memory of a row for each write.
struct CausalClocks {
  private let width: Int
  private let row: [Int32]
  private var values: [Int32]
  /// The clock of the operation that is being looked at, without the operation itself.
  private(set) var current: [Int32] = []

  /// The bytes that clocks of a reading take.
  static func bytes(_ reading: Reading) -> Int {
    let writes = (0..<reading.count).count { reading.isWrite($0) }
    let (bytes, isTooMany) = (writes + reading.sessions.count).multipliedReportingOverflow(
      by: 4 * reading.sessions.count)
    return isTooMany ? .max : bytes
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
  /// - Parameters:
  ///   - isFollowed: whose reading from others counts.
  ///   - predecessors: the writes that derived edges put before a write.
  ///   - isIncluded: which operations take part, with all that comes before them.
  ///   - look: is told each operation when the clocks of all writes before it are there. False stops.
  /// - Returns: whether there was no cycle.
  static func run(
    _ reading: Reading, isFollowed: (Int) -> Bool = { _ in true }, predecessors: [Int: [Int]] = [:],
    isIncluded: (Int) -> Bool = { _ in true }, look: (Int, CausalClocks) -> Bool
  ) -> Bool {
    var clocks = CausalClocks(reading)
    let width = clocks.width
    var process = Array(repeating: Int32(0), count: width * width)
    var waitsFor = Array(repeating: 0, count: reading.count)
    var readers: [[Int]] = Array(repeating: [], count: reading.count)
    var successors: [Int: [Int]] = [:]
    var ready: [Int] = []
    var left = 0
    for operation in 0..<reading.count where reading.happened[operation] && isIncluded(operation) {
      left += 1
      if reading.position[operation] > 0 { waitsFor[operation] += 1 }
      if reading.source[operation] >= 0, isFollowed(operation) {
        readers[reading.source[operation]].append(operation)
        waitsFor[operation] += 1
      }
      for before in predecessors[operation, default: []] {
        successors[before, default: []].append(operation)
        waitsFor[operation] += 1
      }
      if waitsFor[operation] == 0 { ready.append(operation) }
    }
    while let operation = ready.popLast() {
      left -= 1
      let session = reading.session[operation]
      let start = session * width
      func join(_ write: Int) {
        let other = Int(clocks.row[write]) * width
        for index in 0..<width {
          process[start + index] = max(process[start + index], clocks.values[other + index])
        }
      }
      if reading.source[operation] >= 0, isFollowed(operation) { join(reading.source[operation]) }
      for before in predecessors[operation, default: []] { join(before) }
      clocks.current = Array(process[start..<start + width])
      if !look(operation, clocks) { return true }
      process[start + session] = Int32(reading.position[operation] + 1)
      if reading.isWrite(operation) {
        let own = Int(clocks.row[operation]) * width
        for index in 0..<width { clocks.values[own + index] = process[start + index] }
      }
      let next = reading.position[operation] + 1
      var following = readers[operation] + successors[operation, default: []]
      if next < reading.sessions[session].count { following.append(reading.sessions[session][next]) }
      for other in following where reading.happened[other] && isIncluded(other) {
        waitsFor[other] -= 1
        if waitsFor[other] == 0 { ready.append(other) }
      }
    }
    return left == 0
  }
}
