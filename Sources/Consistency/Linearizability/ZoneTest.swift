import History

/// Decides linearizability of one key if no value that was found was written twice. Exact; n log n in the operations, of
/// which those of unknown outcome cost no more than others.
///
/// From Gibbons, Korach, SIAM J. Comput. 26(4), 1997, with compare-and-set added. How:
/// 1. The *cluster* of a write is the write and what found its value; in any order a cluster stands together. The initial
///    value has a cluster too, whose write came before everything. A successful compare-and-set is the last of one cluster
///    and the first of another, and so ties clusters into *chains*.
/// 2. Inside a chain the order is given. It must agree with real time and with the order of each process.
/// 3. The *zone* of a chain runs from its earliest completion m to its latest invocation M. Chain u must come before chain
///    v if m(u) < M(v), or if a process says so where its operations touch and real time does not.
/// 4. Take away, one by one, chains that no other must precede. If all can be taken, that is the order of the chains. It
///    takes no heap: of all chains left only the one with the least m and the one with the second least matter.
/// 5. If none can be taken, these two must precede each other (or a process closes a longer circle): few operations that
///    contradict one another.
///
/// Taking away what nothing precedes is also the "linearizability-preserving value" of Lee, Mathur, PACMPL 9 (OOPSLA),
/// 2025, for registers.
struct ZoneTest {
  enum Result {
    /// The operations have this order.
    case order([OperationID])
    /// These operations contradict one another.
    case contradiction([OperationID])
    /// The test does not apply: it matters which of several writes an operation found.
    case ambiguous
  }

  /// The most memory that an operation takes during the test, in bytes.
  static let bytesPerOperation = 100

  private static let none = Clusters.none

  private let history: History
  private var clusters: Clusters
  /// For each cluster, named by its write, the compare-and-set that found its value and replaced it.
  private var next: [Int32] = []
  /// For each cluster the first of its chain, and how many come before it there.
  private var chain: [Int32] = []
  private var rank: [Int32] = []
  /// For each cluster, later for each chain, named by its first cluster: the member that completed first and the one that
  /// was invoked last.
  private var earliest: [Int32] = []
  private var latest: [Int32] = []

  init(_ history: History) {
    self.history = history
    clusters = Clusters(history)
  }

  /// Decides one key.
  ///
  /// - Parameter ids: its operations, in order of invocation.
  mutating func decide(
    _ key: KeyID, _ ids: some Collection<Int32>, _ budget: Budget
  ) throws(LimitReached) -> Result {
    // The memory of the key before is there to be used again.
    let (members, known) = (ids.count, clusters.members.capacity)
    if members > known {
      guard
        budget.hasRoom(
          for: (members - known) * Self.bytesPerOperation, beside: known * Self.bytesPerOperation)
      else { throw LimitReached(kind: .memory) }
    }
    switch try clusters.prepare(history, ids, initialValue: history.initialValue(of: key), budget) {
    case .ready: break
    case .ambiguous: return .ambiguous
    case .contradiction(let places): return contradiction(places)
    }
    // Each takes some steps for each operation.
    let steps = clusters.members.count / 8
    if let circle = linkChains() { return contradiction(circle) }
    try budget.look(after: steps)
    if let circle = measureClusters() { return contradiction(circle) }
    try budget.look(after: steps)
    if let circle = measureChains() { return contradiction(circle) }
    try budget.look(after: steps)
    switch try ZoneOrder(
      clusters, chain: chain, rank: rank, earliest: earliest, latest: latest, budget)
    {
    case .circle(let places): return contradiction(places)
    case .order(let chains): return .order(order(of: chains))
    }
  }

  private func contradiction(_ places: [Int32]) -> Result {
    .contradiction(clusters.supported(places).map { OperationID(Int(clusters.members[Int($0)].id)) })
  }

  /// Ties clusters into chains.
  ///
  /// - Returns: two compare-and-sets that replaced the same value, or a circle of them.
  private mutating func linkChains() -> [Int32]? {
    let count = clusters.members.count
    next.refill(with: Self.none, count: count + 1)
    chain.refill(with: Self.none, count: count + 1)
    rank.refill(with: 0, count: count + 1)
    for (place, member) in clusters.members.enumerated()
    where member.isKept && member.source != Self.none && member.written != Self.none {
      let other = next[Int(member.source)]
      if other != Self.none { return [other, Int32(truncatingIfNeeded: place)] }
      next[Int(member.source)] = Int32(truncatingIfNeeded: place)
    }
    follow(from: count)
    for (place, member) in clusters.members.enumerated()
    where member.isKept && member.source == Self.none {
      follow(from: place)
    }
    let isUnreached = { [chain] (place: Int, member: Clusters.Member) in
      member.isKept && member.written != Self.none && chain[place] == Self.none
    }
    guard let start = clusters.members.enumerated().first(where: isUnreached)?.offset else { return nil }
    return [Int32(truncatingIfNeeded: start)]
  }

  private mutating func follow(from first: Int) {
    var cluster = Int32(truncatingIfNeeded: first)
    var count: Int32 = 0
    while cluster != Self.none {
      chain[Int(cluster)] = Int32(truncatingIfNeeded: first)
      rank[Int(cluster)] = count
      count &+= 1
      cluster = next[Int(cluster)]
    }
  }

  /// Finds the earliest completion and the latest invocation of each cluster.
  ///
  /// - Returns: an operation that ended before the first write of its chain began, with it.
  private mutating func measureClusters() -> [Int32]? {
    let count = clusters.members.count
    earliest.refill(with: Self.none, count: count + 1)
    latest.refill(with: Self.none, count: count + 1)
    for (place, member) in clusters.members.enumerated() where member.isKept {
      let place = Int32(truncatingIfNeeded: place)
      if member.written != Self.none { include(place, completed: member.completed, in: Int(place)) }
      if member.source != Self.none { include(place, completed: member.completed, in: Int(member.source)) }
      if member.source != Self.none, member.source != clusters.initial,
        member.completed < clusters.members[Int(member.source)].invoked
      {
        return [place]
      }
    }
    return nil
  }

  private mutating func include(_ place: Int32, completed: Int64, in cluster: Int) {
    let first = earliest[cluster]
    if first == Self.none || completed < clusters.members[Int(first)].completed { earliest[cluster] = place }
    latest[cluster] = place
  }

  /// Checks the order inside chains and puts the measures of a chain where those of its first cluster were.
  ///
  /// - Returns: two operations of one chain, the first of which completed before the second, which comes earlier in the
  ///   chain, was invoked.
  private mutating func measureChains() -> [Int32]? {
    for first in chain.indices where chain[first] == Int32(truncatingIfNeeded: first) {
      var cluster = next[first]
      while cluster != Self.none {
        let ending = earliest[Int(cluster)]
        let beginning = latest[first]
        if clusters.members[Int(ending)].completed < clusters.members[Int(beginning)].invoked {
          return [ending, beginning]
        }
        if clusters.members[Int(ending)].completed < clusters.members[Int(earliest[first])].completed {
          earliest[first] = ending
        }
        latest[first] = max(beginning, latest[Int(cluster)])
        cluster = next[Int(cluster)]
      }
    }
    return nil
  }

  /// All operations, chain by chain: each write, then what found its value, in order of invocation.
  private mutating func order(of chains: [Int32]) -> [OperationID] {
    // The measures have served; their memory holds the observers of each cluster as linked lists.
    let count = clusters.members.count
    earliest.refill(with: Self.none, count: count + 1)
    latest.refill(with: Self.none, count: count + 1)
    var kept = 0
    for place in clusters.members.indices.reversed() where clusters.members[place].isKept {
      kept += 1
      let member = clusters.members[place]
      guard member.written == Self.none else { continue }
      latest[place] = earliest[Int(member.source)]
      earliest[Int(member.source)] = Int32(truncatingIfNeeded: place)
    }
    var order: [OperationID] = []
    order.reserveCapacity(kept)
    for first in chains {
      var cluster = first
      while cluster != Self.none {
        if cluster != clusters.initial { order.append(OperationID(Int(clusters.members[Int(cluster)].id))) }
        var observer = earliest[Int(cluster)]
        while observer != Self.none {
          order.append(OperationID(Int(clusters.members[Int(observer)].id)))
          observer = latest[Int(observer)]
        }
        cluster = next[Int(cluster)]
      }
    }
    return order
  }
}

extension Array {
  /// Makes the array so many of one element, in the memory it has.
  fileprivate mutating func refill(with element: Element, count: Int) {
    removeAll(keepingCapacity: true)
    append(contentsOf: repeatElement(element, count: count))
  }
}
