/// What comes before what among few operations: for each a set of those before it, as bits, closed under transitivity.
struct Reachability {
  private let words: Int
  private var before: [UInt64]
  private var edges: [[Int]]
  private let count: Int

  init(count: Int) {
    self.count = count
    words = (count + 63) / 64
    before = Array(repeating: 0, count: count * words)
    edges = Array(repeating: [], count: count)
  }

  /// Puts one operation before another; they are closed by ``close()``.
  mutating func add(_ first: Int, before second: Int) { edges[first].append(second) }

  /// Whether, when it was closed last, one operation came before another.
  func isBefore(_ first: Int, _ second: Int) -> Bool {
    before[second * words + first / 64] & 1 << UInt64(first % 64) != 0
  }

  /// Closes the relation.
  ///
  /// - Returns: false when it has a circle.
  mutating func close() -> Bool {
    var incoming = Array(repeating: 0, count: count)
    for following in edges { for next in following { incoming[next] += 1 } }
    var ready = incoming.indices.filter { incoming[$0] == 0 }
    var done = 0
    for index in before.indices { before[index] = 0 }
    while let place = ready.popLast() {
      done += 1
      for next in edges[place] {
        for word in 0..<words { before[next * words + word] |= before[place * words + word] }
        before[next * words + place / 64] |= 1 << UInt64(place % 64)
        incoming[next] -= 1
        if incoming[next] == 0 { ready.append(next) }
      }
    }
    return done == count
  }
}
