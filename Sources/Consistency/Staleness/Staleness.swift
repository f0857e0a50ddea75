public import History

/// How far a history is from linearizability, as numbers.
public struct Staleness: Sendable, Hashable {
  /// A smallest bound.
  public enum Bound: Sendable, Hashable {
    /// It is this.
    case exactly(Int64)
    /// It is this or more.
    case atLeast(Int64)
    /// There is none.
    case unbounded
    /// It was not measured: nothing is said about any key.
    case unknown
  }

  /// The smallest Δ, in nanoseconds, such that the history is linearizable once each read may have been invoked earlier
  /// by Δ (Golab, Li, Shah, PODC 2011): how old, in time, what was read can have been.
  public let delta: Bound
  /// The smallest k such that each key has an order that extends real time in which each read returns one of the k
  /// latest writes (Aiyer, Alvisi, Bazzi, DISC 2005): 1 is linearizable.
  public let versions: Bound
  /// The keys about which nothing is said, which leaves both numbers with a lower bound, or without any.
  public let unknown: [UnknownKey]

  /// A key about which nothing is said.
  public struct UnknownKey: Sendable, Hashable {
    /// The key.
    public let key: KeyID
    /// Why.
    public let because: Obstacle

    /// Makes one.
    public init(key: KeyID, because: Obstacle) {
      self.key = key
      self.because = because
    }
  }

  /// Why nothing is said about a key.
  public enum Obstacle: String, Sendable, Hashable, CaseIterable {
    /// A value was read that was written more than once.
    case repeatedValues = "repeated-values"
    /// It was compared and set.
    case comparedAndSet = "compared-and-set"
    /// A value was read that nothing wrote.
    case unwrittenValue = "unwritten-value"
    /// A limit was reached.
    case limit
  }

  /// Makes the numbers.
  public init(delta: Bound, versions: Bound, unknown: [UnknownKey]) {
    self.delta = delta
    self.versions = versions
    self.unknown = unknown
  }
}

/// How stale the reads of a history are, over all keys.
///
/// Only real time counts: operations that touch are concurrent, even those of one process. A mismatch that tells what it
/// found is a read. A key with other compare-and-sets, or with a read of a value written more than once, leaves both
/// numbers with a lower bound.
///
/// Keys are gone through on several threads.
///
/// - Parameter limits: what it may cost; keys that are not done then are unknown.
/// - Complexity: O(n log n) for versions up to 1 and for lower bounds, O(n log n log Δ) for Δ; see ``TwoAtomicity`` for two
///   versions.
public func staleness(of history: History, limits: Limits = .none) -> Staleness {
  let budget = Budget(limits)
  let operationsOfKey = OperationsByKey(history)
  let keys = history.keys.indices.map { KeyID(index: UInt32($0)) }.filter { key in
    operationsOfKey[key].contains { history.operations[Int($0)].isEffective }
  }
  let findings = inParallel(keys.count, threads: budget.threads) {
    Budget(limits)
  } _: { budget, place in
    let ids = operationsOfKey[keys[place]].map { OperationID(Int($0)) }
    return KeyStaleness(history, keys[place], ids.filter { history[$0].isEffective }, budget)
  }
  var delta: Int64 = 0
  var versions: Int64 = 1
  var isVersionsExact = true
  var isUnbounded = false
  var unknown: [Staleness.UnknownKey] = []
  for (key, finding) in zip(keys, findings) {
    switch finding {
    case .unknown(let obstacle): unknown.append(.init(key: key, because: obstacle))
    case .unbounded: isUnbounded = true
    case .bounded(let own, let least, let isExact):
      delta = max(delta, own)
      if least > versions {
        (versions, isVersionsExact) = (least, isExact)
      } else if least == versions, !isExact {
        isVersionsExact = false
      }
    }
  }
  if isUnbounded { return Staleness(delta: .unbounded, versions: .unbounded, unknown: unknown) }
  if !keys.isEmpty, unknown.count == keys.count {
    return Staleness(delta: .unknown, versions: .unknown, unknown: unknown)
  }
  return Staleness(
    delta: unknown.isEmpty ? .exactly(delta) : .atLeast(delta),
    versions: unknown.isEmpty && isVersionsExact ? .exactly(versions) : .atLeast(versions),
    unknown: unknown)
}

/// How stale the reads of one key are.
private enum KeyStaleness: Sendable {
  /// Nothing can be said.
  case unknown(Staleness.Obstacle)
  /// A read returned a value before it was written.
  case unbounded
  /// The smallest Δ; the smallest k, or a lower bound of it.
  case bounded(delta: Int64, versions: Int64, isExact: Bool)

  init(_ history: History, _ key: KeyID, _ ids: [OperationID], _ budget: Budget) {
    do throws(LimitReached) {
      let clusters = try ValueClusters(history, key, ids, budget)
      if let obstacle = clusters.obstacle {
        self = .unknown(obstacle)
        return
      }
      guard clusters.hasNoReadFromFuture else {
        self = .unbounded
        return
      }
      let delta = try clusters.delta(budget)
      guard delta > 0 else {
        self = .bounded(delta: 0, versions: 1, isExact: true)
        return
      }
      let least = max(2, try clusters.versionsAtLeast(budget))
      guard least == 2 else {
        self = .bounded(delta: delta, versions: least, isExact: false)
        return
      }
      switch try TwoAtomicity(clusters).holds(budget) {
      case true?: self = .bounded(delta: delta, versions: 2, isExact: true)
      case false?: self = .bounded(delta: delta, versions: 3, isExact: false)
      case nil: self = .bounded(delta: delta, versions: 2, isExact: false)
      }
    } catch {
      self = .unknown(.limit)
    }
  }
}
