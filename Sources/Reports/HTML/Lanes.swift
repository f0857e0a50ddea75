import History

/// Which row of the drawing each operation belongs to: one for each client, or process where no client is recorded.
///
/// Where a recording names no clients and each crash begins a new process, rows would be many and nearly empty; then a
/// process takes over the row of one that had ended.
struct Lanes {
  /// So many rows are drawn without sharing them.
  private static let separateMax = 64

  /// What each row is called.
  let names: [String]
  private let rows: [Int64: Int]

  /// Linear in the operations; for each process beyond ``separateMax`` the rows are looked through.
  init(_ history: History) {
    struct Source {
      var first: Int64
      var last: Int64
    }
    var sources: [Int64: Source] = [:]
    for operation in history.operations {
      let last = operation.completed == Operation.never ? operation.invoked : operation.completed
      let id = Self.id(operation)
      if let known = sources[id]?.last {
        sources[id]?.last = max(known, last)
      } else {
        sources[id] = Source(first: operation.invoked, last: last)
      }
    }
    guard sources.count > Self.separateMax else {
      let sorted = sources.keys.sorted()
      names = sorted.map(Self.name)
      rows = Dictionary(uniqueKeysWithValues: zip(sorted, sorted.indices))
      return
    }
    var names: [String] = []
    var ends: [Int64] = []
    var rows: [Int64: Int] = [:]
    for (id, source) in sources.sorted(by: { ($0.value.first, $0.key) < ($1.value.first, $1.key) }) {
      if let free = ends.firstIndex(where: { $0 < source.first }) {
        rows[id] = free
        ends[free] = source.last
        if !names[free].hasSuffix("...") { names[free] += ", ..." }
      } else {
        rows[id] = names.count
        names.append(Self.name(id))
        ends.append(source.last)
      }
    }
    self.names = names
    self.rows = rows
  }

  /// The row of an operation.
  func row(_ operation: Operation) -> Int { rows[Self.id(operation)] ?? 0 }

  // Clients and processes are numbered apart, so the two are kept apart.
  private static func id(_ operation: Operation) -> Int64 {
    operation.client.map { Int64($0) } ?? Int64(operation.process.number) + 1 << 40
  }

  private static func name(_ id: Int64) -> String {
    id < 1 << 39 ? "client \(id)" : "process \(id - 1 << 40)"
  }
}
