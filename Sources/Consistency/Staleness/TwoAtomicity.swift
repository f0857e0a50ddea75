/// Decides whether a key without repeated values has an order that extends real time in which each read returns the
/// latest or the second latest write.
///
/// LBT of Golab, Hurwitz, Li, *On the k-Atomicity-Verification Problem*, ICDCS 2013. The order is built from its end:
/// 1. Last can be any write that ended before no other remaining write began.
/// 2. The remaining reads that began after it ended, and are not its own, return one write, or it cannot be the last; that
///    write must come just before.
/// 3. The write, its reads and those are taken out. If step 2 named a write it is the next to take out, else all that is
///    left is as free as in the beginning: what has been taken out need not be looked at again.
/// 4. If all writes that could have been last in 1 lead to a contradiction before that, there is no order.
///
/// Quadratic in the operations in most runs, cubic at worst; given up beyond a fixed amount of work.
struct TwoAtomicity {
  private static let workMax = 50_000_000

  private let began: [Int64]
  private let ended: [Int64]
  private let reads: [(cluster: Int, began: Int64)]

  init(_ clusters: ValueClusters) {
    began = clusters.clusters.map(\.writeBegan)
    // A write has taken effect when a read of its value ends.
    ended = clusters.clusters.map(\.firstEnd)
    reads = clusters.clusters.enumerated().flatMap { index, cluster in
      cluster.reads.map { (index, $0.began) }
    }
  }

  /// Whether there is such an order; nil when the work would be too much.
  func holds(_ budget: Budget) throws(LimitReached) -> Bool? {
    var writes = Set(began.indices)
    var unread = Set(reads.indices)
    var work = 0
    while !writes.isEmpty {
      let latest = writes.map { began[$0] }.max() ?? .min
      work += writes.count
      var rest: (writes: Set<Int>, reads: Set<Int>)?
      try budget.look(after: writes.count)
      for candidate in writes.sorted() where ended[candidate] >= latest {
        try budget.look(after: writes.count + unread.count)
        rest = takeOut(candidate, writes, unread, &work)
        if work > Self.workMax { return nil }
        if rest != nil { break }
      }
      guard let rest else { return false }
      (writes, unread) = rest
    }
    return true
  }

  /// What is left when a write is the last, and whatever must then be just before it; nil when it cannot be the last.
  private func takeOut(
    _ last: Int, _ writes: Set<Int>, _ unread: Set<Int>, _ work: inout Int
  ) -> (writes: Set<Int>, reads: Set<Int>)? {
    var writes = writes
    var unread = unread
    var next: Int? = last
    while let write = next {
      work += writes.count + unread.count
      writes.remove(write)
      if writes.contains(where: { ended[write] < began[$0] }) { return nil }
      next = nil
      for read in unread {
        let source = reads[read].cluster
        guard source == write || ended[write] < reads[read].began else { continue }
        unread.remove(read)
        if source == write { continue }
        guard next == nil || next == source else { return nil }
        next = source
      }
    }
    return (writes, unread)
  }
}
