/// A set of configurations of the frontier search in which none is made needless by another.
///
/// A configuration is a row of words: first the *state*, in which configurations must agree to be compared; then the
/// *debts*, bits of which fewer are better; then counters of what was used up, of which less is better. One that has the
/// same state as another and is nowhere better leads nowhere that the other does not lead, and is not kept.
///
/// The rows lie in one array; those of equal state hang together in a hash table's bucket. Emptying it costs what it held,
/// not its capacity.
struct FrontierLayer {
  /// How many configurations of one state a new one is compared with. Keeping a needless one is no mistake.
  private static let comparisonsMax = 64

  private let stateWords: Int
  private let debtWords: Int
  private let guards: [UInt64]
  private let width: Int
  private(set) var words: [UInt64] = []
  /// For each configuration the last step of its trail.
  private(set) var trail: [Int32] = []
  private var buckets: [Int32]
  private var bucketOf: [Int32] = []
  private var nextInBucket: [Int32] = []
  private(set) var live = 0

  init(stateWords: Int, debtWords: Int, guards: [UInt64]) {
    self.stateWords = stateWords
    self.debtWords = debtWords
    self.guards = guards
    width = stateWords + debtWords + guards.count
    buckets = Array(repeating: -1, count: 64)
  }

  /// The number of rows, of which some may have been dropped.
  var count: Int { trail.count }

  /// The memory held, in bytes.
  var bytes: Int {
    words.capacity * 8 + (trail.capacity + buckets.capacity + bucketOf.capacity + nextInBucket.capacity) * 4
  }

  /// Whether a row was dropped because a better one came.
  func isDropped(_ row: Int) -> Bool { trail[row] == .min }

  mutating func setTrail(_ row: Int, _ step: Int32) { trail[row] = step }

  mutating func removeAll() {
    for bucket in bucketOf { buckets[Int(bucket)] = -1 }
    words.removeAll(keepingCapacity: true)
    trail.removeAll(keepingCapacity: true)
    bucketOf.removeAll(keepingCapacity: true)
    nextInBucket.removeAll(keepingCapacity: true)
    live = 0
  }

  /// Inserts a configuration unless one that is there makes it needless; drops those that it makes needless.
  ///
  /// - Returns: whether it was inserted.
  mutating func insert(_ row: [UInt64], trail step: Int32) -> Bool {
    if 2 * trail.count >= buckets.count { grow() }
    let bucket = self.bucket(of: row, at: 0)
    var other = buckets[bucket]
    var comparisons = 0
    while other >= 0, comparisons < Self.comparisonsMax {
      let start = Int(other) &* width
      if trail[Int(other)] != .min, isSameState(start, row) {
        comparisons &+= 1
        if isNoWorse(words, start, row, 0) { return false }
        if isNoWorse(row, 0, words, start) {
          trail[Int(other)] = .min
          live &-= 1
        }
      }
      other = nextInBucket[Int(other)]
    }
    let number = Int32(truncatingIfNeeded: trail.count)
    words.append(contentsOf: row)
    trail.append(step)
    bucketOf.append(Int32(truncatingIfNeeded: bucket))
    nextInBucket.append(buckets[bucket])
    buckets[bucket] = number
    live &+= 1
    return true
  }

  /// Copies a row out.
  func copy(_ row: Int, to target: inout [UInt64]) {
    let start = row &* width
    for offset in 0..<width { target[offset] = words[start &+ offset] }
  }

  /// Sets a bit in a word of all rows whose first word fits.
  mutating func set(_ bits: UInt64, inWord word: Int, where isAsked: (UInt64) -> Bool) {
    var place = word
    var state = 0
    while place < words.count {
      if isAsked(words[state]) { words[place] |= bits }
      place &+= width
      state &+= width
    }
  }

  private func isSameState(_ start: Int, _ row: [UInt64]) -> Bool {
    for offset in 0..<stateWords where words[start &+ offset] != row[offset] { return false }
    return true
  }

  private func isNoWorse(
    _ left: [UInt64], _ leftStart: Int, _ right: [UInt64], _ rightStart: Int
  ) -> Bool {
    for offset in stateWords..<stateWords &+ debtWords
    where left[leftStart &+ offset] & ~right[rightStart &+ offset] != 0 {
      return false
    }
    let counters = stateWords &+ debtWords
    for (offset, guardBits) in guards.enumerated() {
      // A counter of the left that exceeds its partner borrows from the guard bit above it.
      let difference =
        (right[rightStart &+ counters &+ offset] | guardBits) &- left[leftStart &+ counters &+ offset]
      if difference & guardBits != guardBits { return false }
    }
    return true
  }

  private func bucket(of row: [UInt64], at start: Int) -> Int {
    var hash: UInt64 = 0
    for offset in 0..<stateWords { hash = spread(hash ^ row[start &+ offset]) }
    return Int(truncatingIfNeeded: hash) & (buckets.count &- 1)
  }

  private mutating func grow() {
    buckets = Array(repeating: -1, count: buckets.count * 2)
    for row in trail.indices {
      let bucket = bucket(of: words, at: row &* width)
      bucketOf[row] = Int32(truncatingIfNeeded: bucket)
      nextInBucket[row] = buckets[bucket]
      buckets[bucket] = Int32(truncatingIfNeeded: row)
    }
  }
}
