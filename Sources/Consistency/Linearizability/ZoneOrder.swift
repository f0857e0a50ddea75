import History

/// An order of the chains of clusters that keeps what must precede what, or a circle: see ``ZoneTest``.
///
/// Linear but for sorting the chains by their earliest completion.
enum ZoneOrder {
  /// The chains, named by their first clusters, first to last.
  case order([Int32])
  /// Operations that together say that chains must precede each other.
  case circle([Int32])

  /// Looks for an order.
  ///
  /// - Parameters:
  ///   - chain: for each cluster the first of its chain; `none` for places that are no cluster.
  ///   - rank: for each cluster how many come before it in its chain.
  ///   - earliest: for each chain the member that completed first.
  ///   - latest: for each chain the member that was invoked last; `none` for a chain without members.
  init(
    _ clusters: Clusters, chain: [Int32], rank: [Int32], earliest: [Int32], latest: [Int32], _ budget: Budget
  ) throws(LimitReached) {
    var sorter = Sorter(clusters, chain: chain, rank: rank, earliest: earliest, latest: latest)
    if let circle = sorter.noteProcessOrder() {
      self = .circle(circle)
    } else {
      self = try sorter.sort(budget)
    }
  }

  private struct Ending {
    let completed: Int64
    let chain: Int32
  }

  private struct Edge {
    let before: Int32
    let after: Int32
    /// The next edge from the same chain.
    let next: Int32
  }

  private struct Sorter {
    private let clusters: Clusters
    private let chain: [Int32]
    private let rank: [Int32]
    private let earliest: [Int32]
    private let latest: [Int32]
    private var byEnd: [Ending] = []
    private var byBeginning: [Int32] = []
    /// Edges that only process order demands.
    private var edges: [Edge] = []
    private var firstEdge: [Int32: Int32] = [:]
    private var waitsFor: [Int32: Int] = [:]
    /// Which chains real time no longer holds back, and which have been taken.
    private var isReleased: [Bool]
    private var isTaken: [Bool]
    private var taken: [Int32] = []

    init(_ clusters: Clusters, chain: [Int32], rank: [Int32], earliest: [Int32], latest: [Int32]) {
      self.clusters = clusters
      self.chain = chain
      self.rank = rank
      self.earliest = earliest
      self.latest = latest
      isReleased = Array(repeating: false, count: chain.count)
      isTaken = isReleased
    }

    private func chain(of place: Int32) -> Int32 {
      let member = clusters.members[Int(place)]
      return chain[Int(member.written != Clusters.none ? place : member.source)]
    }

    /// The place of an operation within its chain: even for writes, odd for those that find their values.
    private func position(_ place: Int32) -> Int32 {
      let member = clusters.members[Int(place)]
      return member.written != Clusters.none ? 2 * rank[Int(place)] : 2 * rank[Int(member.source)] + 1
    }

    /// Notes the order that processes demand where real time does not.
    ///
    /// - Returns: two operations that a process did in one order and their chain needs in the other.
    mutating func noteProcessOrder() -> [Int32]? {
      for (before, after) in clusters.touching
      where clusters.members[Int(before)].isKept && clusters.members[Int(after)].isKept {
        let first = chain(of: before)
        let second = chain(of: after)
        if first == second {
          if position(before) > position(after) { return [before, after] }
        } else {
          let edge = Int32(truncatingIfNeeded: edges.count)
          edges.append(Edge(before: before, after: after, next: firstEdge[first] ?? Clusters.none))
          firstEdge[first] = edge
          waitsFor[second, default: 0] += 1
        }
      }
      return nil
    }

    mutating func sort(_ budget: Budget) throws(LimitReached) -> ZoneOrder {
      // Members are in order of invocation, so chains by latest invocation need no sorting.
      for place in clusters.members.indices where clusters.members[place].isKept {
        let chain = chain(of: Int32(truncatingIfNeeded: place))
        if latest[Int(chain)] == Int32(truncatingIfNeeded: place) { byBeginning.append(chain) }
      }
      try budget.look(after: byBeginning.count / 4)
      byEnd = byBeginning.map { Ending(completed: end($0), chain: $0) }
      try budget.sort(&byEnd) { $0.completed < $1.completed }
      taken.reserveCapacity(byEnd.count)

      var released = 0
      var done = 0
      var first = 0
      while true {
        try budget.look()
        while first < byEnd.count, isTaken[Int(byEnd[first].chain)] { first += 1 }
        guard first < byEnd.count else { return .order(taken) }
        while released < byBeginning.count, beginning(byBeginning[released]) <= byEnd[first].completed {
          release(byBeginning[released])
          released += 1
        }
        if done == taken.count {
          // Only the chain that ends first may still go: it does not hold itself back.
          let chain = byEnd[first].chain
          let second = byEnd[(first + 1)...].first { !isTaken[Int($0.chain)] }
          if !isReleased[Int(chain)], beginning(chain) <= second?.completed ?? .max { release(chain) }
          if done == taken.count { return .circle(circle(byEnd[first].chain, second?.chain)) }
        }
        while done < taken.count {
          settleEdges(of: taken[done])
          done += 1
        }
      }
    }

    private func end(_ chain: Int32) -> Int64 {
      // The initial value was written before everything.
      chain == clusters.initial ? .min : clusters.members[Int(earliest[Int(chain)])].completed
    }

    private func beginning(_ chain: Int32) -> Int64 { clusters.members[Int(latest[Int(chain)])].invoked }

    private mutating func release(_ chain: Int32) {
      guard !isReleased[Int(chain)] else { return }
      isReleased[Int(chain)] = true
      if waitsFor.isEmpty || waitsFor[chain, default: 0] == 0 { take(chain) }
    }

    private mutating func take(_ chain: Int32) {
      isTaken[Int(chain)] = true
      taken.append(chain)
    }

    private mutating func settleEdges(of chain: Int32) {
      guard !edges.isEmpty else { return }
      var edge = firstEdge[chain] ?? Clusters.none
      while edge != Clusters.none {
        let target = self.chain(of: edges[Int(edge)].after)
        let left = waitsFor[target, default: 0] - 1
        waitsFor[target] = left
        if left == 0, isReleased[Int(target)] { take(target) }
        edge = edges[Int(edge)].next
      }
    }

    /// A circle among the chains that are left, each of which some other must precede.
    ///
    /// - Parameters:
    ///   - first: the one that ends first.
    ///   - second: the one that ends first of the others.
    private func circle(_ first: Int32, _ second: Int32?) -> [Int32] {
      // Without help from process order the two are the circle.
      if let second, beginning(second) > end(first), beginning(first) > end(second) {
        return [first, second].flatMap { [earliest[Int($0)], latest[Int($0)]] }
      }
      var edgeInto: [Int32: Edge] = [:]
      for edge in edges where !isTaken[Int(chain(of: edge.before))] {
        edgeInto[chain(of: edge.after)] = edge
      }
      var path: [(chain: Int32, reason: [Int32])] = []
      var stepOfChain: [Int32: Int] = [:]
      var chain = first
      while stepOfChain[chain] == nil {
        stepOfChain[chain] = path.count
        if chain != first, beginning(chain) > end(first) {
          path.append((chain, [earliest[Int(first)], latest[Int(chain)]]))
          chain = first
        } else if chain == first, let second, beginning(chain) > end(second) {
          path.append((chain, [earliest[Int(second)], latest[Int(chain)]]))
          chain = second
        } else if let edge = edgeInto[chain] {
          path.append((chain, [edge.before, edge.after]))
          chain = self.chain(of: edge.before)
        } else {
          preconditionFailure("a chain that nothing precedes was not taken")
        }
      }
      return path[stepOfChain[chain, default: 0]...].flatMap(\.reason)
    }
  }
}
