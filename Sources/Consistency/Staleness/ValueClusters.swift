import History

/// The operations of one key whose values do not repeat, as clusters: a write and the reads of its value.
///
/// After Gibbons, Korach, SIAM J. Comput. 26(4), 1997: the cluster of u must come before that of v if some operation of u
/// ended before one of v began. Two clusters that must each come before the other are in conflict; without conflict the
/// key is linearizable. A write of unknown outcome never ends and counts if it was read.
struct ValueClusters {
  /// A write, or the initial value, and its reads.
  struct Cluster {
    /// When the write began and ended; the initial value was there before all time.
    var writeBegan: Int64
    var writeEnded: Int64
    var reads: [(began: Int64, ended: Int64)] = []

    /// When the first of its operations ended.
    var firstEnd: Int64 { reads.reduce(writeEnded) { min($0, $1.ended) } }
    /// When the last of its reads began.
    var lastRead: Int64 { reads.reduce(.min) { max($0, $1.began) } }
  }

  /// The clusters in order of their first end.
  private(set) var clusters: [Cluster]

  /// Why they cannot be arranged so: a value that was read has several sources or none, or an operation is neither read nor
  /// write. The clusters are not whole then.
  private(set) var obstacle: Staleness.Obstacle?

  /// Arranges the operations of a key.
  init(
    _ history: History, _ key: KeyID, _ ids: [OperationID], _ budget: Budget
  ) throws(LimitReached) {
    try budget.ask(for: 200 * ids.count)
    var place: [ValueID: Int] = [history.initialValue(of: key): 0]
    var isRepeated: Set<ValueID> = []
    var isUnknown = [false]
    clusters = [Cluster(writeBegan: .min, writeEnded: .min)]
    for id in ids where history[id].mayWrite {
      try budget.look(after: 2)
      let operation = history[id]
      guard operation.kind == .write else {
        obstacle = .comparedAndSet
        return
      }
      if place.updateValue(clusters.count, forKey: operation.value) != nil {
        isRepeated.insert(operation.value)
      }
      clusters.append(Cluster(writeBegan: operation.invoked, writeEnded: operation.completed))
      isUnknown.append(operation.outcome == .unknown)
    }
    for id in ids where !history[id].mayWrite {
      try budget.look(after: 2)
      let operation = history[id]
      guard let value = operation.observed, !(operation.isMismatch && value == operation.expected) else {
        obstacle = .comparedAndSet
        return
      }
      guard let source = place[value] else {
        obstacle = .unwrittenValue
        return
      }
      guard !isRepeated.contains(value) else {
        obstacle = .repeatedValues
        return
      }
      clusters[source].reads.append((operation.invoked, operation.completed))
    }
    clusters = zip(clusters, isUnknown).filter { !($1 && $0.reads.isEmpty) }.map(\.0)
    let firstEnds = clusters.map(\.firstEnd)
    var order = Array(clusters.indices)
    try budget.sort(&order) { (firstEnds[$0], $0) < (firstEnds[$1], $1) }
    clusters = order.map { clusters[$0] }
  }

  /// Whether no read ended before its write began.
  var hasNoReadFromFuture: Bool {
    clusters.allSatisfy { cluster in cluster.reads.allSatisfy { $0.ended >= cluster.writeBegan } }
  }

  /// The smallest Δ such that no clusters conflict when every read begins earlier by Δ. By bisection.
  func delta(_ budget: Budget) throws(LimitReached) -> Int64 {
    let firstEnds = clusters.map(\.firstEnd)
    let lastReads = clusters.map(\.lastRead)
    func isFree(_ delta: Int64) -> Bool {
      let lastBegins = clusters.indices.map { index in
        let (moved, isTooMuch) = lastReads[index].subtractingReportingOverflow(delta)
        return max(clusters[index].writeBegan, isTooMuch ? .min : moved)
      }
      return Self.isWithoutConflict(firstEnds, lastBegins)
    }
    if isFree(0) { return 0 }
    var low: Int64 = 0
    var high = (lastReads.max() ?? 0) - (firstEnds.first { $0 != .min } ?? 0)
    while high - low > 1 {
      try budget.look(after: 2 * clusters.count)
      let middle = low + (high - low) / 2
      if isFree(middle) { high = middle } else { low = middle }
    }
    return high
  }

  /// Whether no two clusters must each come before the other.
  ///
  /// A cluster is *forward* if its first end comes before its last begin, else *backward*; two backward ones never
  /// conflict. Forward ones must not overlap, and no backward one may lie within a forward one.
  private static func isWithoutConflict(_ firstEnds: [Int64], _ lastBegins: [Int64]) -> Bool {
    let forward = firstEnds.indices.filter { firstEnds[$0] < lastBegins[$0] }
    for (left, right) in zip(forward, forward.dropFirst()) where firstEnds[right] < lastBegins[left] {
      return false
    }
    for cluster in firstEnds.indices where firstEnds[cluster] >= lastBegins[cluster] {
      var low = 0
      var high = forward.count
      while low < high {
        let middle = (low + high) / 2
        if firstEnds[forward[middle]] < lastBegins[cluster] { low = middle + 1 } else { high = middle }
      }
      if low > 0, firstEnds[cluster] < lastBegins[forward[low - 1]] { return false }
    }
    return true
  }

  /// One more than the most writes that lie, in real time, between a write and a read of its value.
  ///
  /// Reads are gone through in order of invocation; a Fenwick tree counts the writes that have ended by when they began.
  func versionsAtLeast(_ budget: Budget) throws(LimitReached) -> Int64 {
    let writes = clusters.filter { $0.writeEnded != .max && $0.writeBegan != .min }
    var begins = writes.map(\.writeBegan)
    try budget.sort(&begins) { $0 < $1 }
    var ended = writes.map { (writeBegan: $0.writeBegan, writeEnded: $0.writeEnded) }
    try budget.sort(&ended) { $0.writeEnded < $1.writeEnded }
    func rank(_ time: Int64) -> Int {
      var low = 0
      var high = begins.count
      while low < high {
        let middle = (low + high) / 2
        if begins[middle] <= time { low = middle + 1 } else { high = middle }
      }
      return low
    }
    var reads = clusters.flatMap { cluster in cluster.reads.map { ($0.began, cluster.writeEnded) } }
    try budget.sort(&reads) { $0.0 < $1.0 }
    var tree = Array(repeating: 0, count: begins.count + 1)
    var next = 0
    var most = 0
    for (began, writeEnded) in reads {
      try budget.look(after: 2)
      while next < ended.count, ended[next].writeEnded < began {
        var place = rank(ended[next].writeBegan)
        while place <= begins.count {
          tree[place] += 1
          place += place & -place
        }
        next += 1
      }
      var early = 0
      var place = rank(writeEnded)
      while place > 0 {
        early += tree[place]
        place -= place & -place
      }
      most = max(most, next - early)
    }
    return Int64(most + 1)
  }
}
