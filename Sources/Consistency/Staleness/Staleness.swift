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
  }

  /// The smallest Δ, in nanoseconds, such that the history is linearizable once each read may have been invoked earlier
  /// by Δ (Golab, Li, Shah, PODC 2011): how old, in time, what was read can have been.
  public let delta: Bound
  /// The smallest k such that each key has an order that extends real time in which each read returns one of the k
  /// latest writes (Aiyer, Alvisi, Bazzi, DISC 2005): 1 is linearizable.
  public let versions: Bound
  /// The keys that count only as far as a lower bound goes: their values repeat, or they were compared and set.
  public let unknownKeys: [KeyID]

  /// Makes the numbers.
  public init(delta: Bound, versions: Bound, unknownKeys: [KeyID]) {
    self.delta = delta
    self.versions = versions
    self.unknownKeys = unknownKeys
  }
}

/// How stale the reads of a history are, over all keys.
///
/// Only real time counts: operations that touch are concurrent, even those of one process. A mismatch that tells what it
/// found is a read. A key with other compare-and-sets, or with a read of a value written more than once, leaves both
/// numbers with a lower bound.
///
/// - Complexity: O(n log n) for versions up to 1 and for lower bounds, O(n log n log Δ) for Δ; see ``TwoAtomicity`` for two
///   versions.
public func staleness(of history: History) -> Staleness {
  var delta: Int64 = 0
  var versions: Int64 = 1
  var isVersionsExact = true
  var isUnbounded = false
  var unknown: [KeyID] = []
  let byKey = Dictionary(grouping: history.ids { $0.isEffective }) { history[$0].key }
  for key in byKey.keys.sorted() {
    guard let clusters = ValueClusters(history, key, byKey[key, default: []]) else {
      unknown.append(key)
      continue
    }
    guard clusters.hasNoReadFromFuture else {
      isUnbounded = true
      continue
    }
    let own = clusters.delta
    delta = max(delta, own)
    guard own > 0 else { continue }
    var least = max(2, clusters.versionsAtLeast)
    var isExact = false
    if least == 2, versions <= 2 {
      switch TwoAtomicity(clusters).holds {
      case true?: isExact = true
      case false?: least = 3
      case nil: break
      }
    }
    if least > versions {
      (versions, isVersionsExact) = (least, isExact)
    } else if least == versions, !isExact {
      isVersionsExact = false
    }
  }
  if isUnbounded { return Staleness(delta: .unbounded, versions: .unbounded, unknownKeys: unknown) }
  return Staleness(
    delta: unknown.isEmpty ? .exactly(delta) : .atLeast(delta),
    versions: unknown.isEmpty && isVersionsExact ? .exactly(versions) : .atLeast(versions),
    unknownKeys: unknown)
}
