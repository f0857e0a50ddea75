public import KeyValue

/// One operation of a workload.
public struct WorkloadOperation: Sendable, Hashable {
  /// What is done to the key.
  public enum Action: Sendable, Hashable {
    /// Returns the value.
    case read
    /// Replaces the value.
    case write(Value)
    /// Replaces the value if it is the expected one.
    case compareAndSet(expected: Value, new: Value)
  }

  /// The number of the key; ``Workload/key(_:)`` names it.
  public let key: Int
  /// What is done.
  public let action: Action
}

/// Draws the operations of one session of a workload, from a seed.
///
/// What it draws depends on the workload, the seed, the session and what it was told of the values seen, on nothing else.
public struct WorkloadGenerator: Sendable {
  private let workload: Workload
  private let session: Int
  private var random: SplitMix64
  /// Cumulative weights of the keys, for ``Workload/KeyChoice/zipfian``.
  private let weights: [Int64]
  /// The keys that the session may write: all those congruent to it, for ``Workload/KeyChoice/singleWriter``.
  private let ownKeys: Int
  /// The last value that the session saw of each key, for the next compare-and-set.
  private var seen: [Int: Value] = [:]
  private let initial: [Key: Value]
  private var remaining: Int?

  /// The number of operations drawn so far.
  public private(set) var count = 0

  /// Starts the operations of a session.
  ///
  /// - Parameters:
  ///   - session: which one, from 0 to ``Workload/sessions`` less one.
  ///   - initial: what keys hold at first.
  public init(_ workload: Workload, seed: UInt64, session: Int, initial: [Key: Value] = [:]) {
    let weights = workload.distribution == .zipfian ? Self.cumulativeWeights(workload.keys) : []
    self.init(workload, seed: seed, session: session, initial: initial, weights: weights)
  }

  /// The operations of several sessions, which share what they have in common.
  public static func generators(
    _ workload: Workload, seed: UInt64, sessions: Range<Int>, initial: [Key: Value] = [:]
  ) -> [WorkloadGenerator] {
    let weights = workload.distribution == .zipfian ? cumulativeWeights(workload.keys) : []
    return sessions.map {
      WorkloadGenerator(workload, seed: seed, session: $0, initial: initial, weights: weights)
    }
  }

  private init(_ workload: Workload, seed: UInt64, session: Int, initial: [Key: Value], weights: [Int64]) {
    self.workload = workload
    self.session = session
    self.weights = weights
    self.initial = initial
    random = SplitMix64(seed: seed, stream: UInt64(session) + 1)
    ownKeys = max(0, (workload.keys - session + workload.sessions - 1) / workload.sessions)
    if case .operations(let total) = workload.length {
      remaining = (total - session + workload.sessions - 1) / workload.sessions
    }
  }

  /// The weights 1, 1/2, 1/3, ... summed up, in integers: rounding would differ between machines.
  private static func cumulativeWeights(_ keys: Int) -> [Int64] {
    var sum: Int64 = 0
    return (1...Int64(keys)).map { rank in
      sum += (1 << 40) / rank
      return sum
    }
  }

  /// When operation ``count``, the next one, is to begin at the workload's rate, in nanoseconds after the load began;
  /// nil where there is no rate.
  public var intendedStart: Int64? {
    workload.rate.map { rate in
      let place = Int64(count) * Int64(workload.sessions) + Int64(session)
      return place / Int64(rate) * 1_000_000_000 + place % Int64(rate) * 1_000_000_000 / Int64(rate)
    }
  }

  /// The next operation; nil when the session has done its part of a number of operations. A load that is given by its
  /// duration has no last one.
  public mutating func next() -> WorkloadOperation? {
    if let remaining {
      guard remaining > 0 else { return nil }
      self.remaining = remaining - 1
    }
    count += 1
    let place = Int(random.below(Int64(1_000_000)))
    let isRead = place < workload.reads.perMillion
    guard !isRead, let key = writtenKey() else { return WorkloadOperation(key: anyKey(), action: .read) }
    let value = value()
    guard place < workload.reads.perMillion + workload.compareAndSets.perMillion else {
      return WorkloadOperation(key: key, action: .write(value))
    }
    return WorkloadOperation(key: key, action: .compareAndSet(expected: expected(key), new: value))
  }

  /// Takes note that the session saw a value of a key: read it, wrote it or found it.
  public mutating func saw(_ value: Value, of key: Int) {
    if workload.compareAndSets != .never { seen[key] = value }
  }

  /// What a compare-and-set expects: what the session saw last, or one of few values at random.
  private mutating func expected(_ key: Int) -> Value {
    if case .among(let count) = workload.values, random.below(2) == 0 {
      return .integer(random.below(Int64(count)))
    }
    return seen[key] ?? initial[Workload.key(key)] ?? .null
  }

  private mutating func value() -> Value {
    switch workload.values {
    case .among(let count): return .integer(random.below(Int64(count)))
    case .unique:
      var text = "\(session):\(count)"
      let missing = workload.valueSize - text.utf8.count
      if missing > 0 { text += String(repeating: ".", count: missing) }
      return .string(text)
    }
  }

  private mutating func anyKey() -> Int {
    switch workload.distribution {
    case .uniform, .singleWriter: return random.below(workload.keys)
    case .zipfian:
      let point = random.below(weights.last ?? 0)
      var lower = 0
      var upper = weights.count - 1
      while lower < upper {
        let middle = (lower + upper) / 2
        if weights[middle] > point { upper = middle } else { lower = middle + 1 }
      }
      return lower
    }
  }

  /// A key that the session may write; nil where it has none of its own.
  private mutating func writtenKey() -> Int? {
    guard workload.distribution == .singleWriter else { return anyKey() }
    return ownKeys == 0 ? nil : session + workload.sessions * random.below(ownKeys)
  }
}
