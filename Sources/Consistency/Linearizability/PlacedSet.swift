/// Which operations are placed, in a form whose part that can differ between configurations is short.
///
/// Operations that must be placed are numbered in order of invocation. While one of them, b, is not placed, only those
/// can be that were invoked before b completed; so from the word that holds the first one missing, a number of words
/// that depends on the history alone tells everything. Operations that may be left out have a bit each beyond.
struct PlacedSet {
  private var words: [UInt64]
  private var bits: [Int32]
  private var first = 0
  private let requiredWords: Int
  private let windowWords: Int

  /// Makes the empty set. n log n.
  init(
    invoked: [Int64], completed: [Int64], isOptional: [Bool], _ budget: Budget
  ) throws(LimitReached) {
    let required = isOptional.indices.filter { !isOptional[$0] }
    let optional = isOptional.indices.filter { isOptional[$0] }
    requiredWords = (required.count + 63) / 64
    words = Array(repeating: 0, count: requiredWords + (optional.count + 63) / 64)
    bits = Array(repeating: 0, count: isOptional.count)
    for (bit, operation) in required.enumerated() { bits[operation] = Int32(bit) }
    for (bit, operation) in optional.enumerated() { bits[operation] = Int32(64 * requiredWords + bit) }

    // The last word that may be touched while `bit` is missing, found for all at once: completions are looked up among
    // the invocations by binary search.
    var widest = 1
    for (bit, operation) in required.enumerated() {
      try budget.look()
      var low = bit
      var high = required.count
      while low < high {
        let middle = (low + high) / 2
        if invoked[required[middle]] <= completed[operation] { low = middle + 1 } else { high = middle }
      }
      widest = max(widest, (low - 1) / 64 - bit / 64 + 1)
    }
    windowWords = widest
  }

  /// The words of a key: where the window begins (and room for a slot), the window, the optional operations.
  var keyWidth: Int { 1 + windowWords + words.count - requiredWords }

  func contains(_ operation: Int) -> Bool {
    let bit = Int(bits[operation])
    return words[bit >> 6] & (1 << UInt64(bit & 63)) != 0
  }

  mutating func insert(_ operation: Int) {
    let bit = Int(bits[operation])
    words[bit >> 6] |= 1 << UInt64(bit & 63)
    while first < requiredWords, words[first] == .max { first &+= 1 }
  }

  mutating func remove(_ operation: Int) {
    let bit = Int(bits[operation])
    words[bit >> 6] &= ~(1 << UInt64(bit & 63))
    first = min(first, bit >> 6)
  }

  /// Stages the set and what the register holds as a key of a table.
  func stage(_ slot: Int32, in table: inout ConfigurationTable) {
    table.stage(UInt64(first) << 32 | UInt64(UInt32(bitPattern: slot)))
    for offset in 0..<windowWords {
      let word = first &+ offset
      table.stage(word < requiredWords ? words[word] : 0)
    }
    for word in requiredWords..<words.count { table.stage(words[word]) }
  }
}
