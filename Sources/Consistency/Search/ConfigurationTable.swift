/// The configurations that a search has seen: a set of keys of one fixed width, in two flat arrays.
///
/// Open addressing with linear probing over 64-bit entries: the upper half is the upper half of the hash, the lower half
/// the key's place in the arena, from 1. The hash comes from the search, which keeps it up to date step by step; equal
/// hashes are told apart by comparing the keys, so that a collision never costs a configuration.
struct ConfigurationTable {
  enum Insertion {
    /// The configuration was not there before.
    case new
    /// The configuration was there.
    case seen
    /// There is no memory for it.
    case full
  }

  private let width: Int
  private var arena: [UInt64] = []
  private var arenaCapacity: Int
  private var entries: [UInt64]
  private var mask: Int
  /// The lower halves of the hashes, by which entries are placed anew when the table grows.
  private var hashesLow: [UInt32] = []
  private(set) var count = 0

  /// Makes an empty table.
  ///
  /// - Parameter width: the words of a key.
  init(width: Int) {
    self.width = width
    arenaCapacity = 16 * width
    arena.reserveCapacity(arenaCapacity)
    entries = Array(repeating: 0, count: 32)
    mask = 31
  }

  /// Adds a word to the key that ``insert(hash:_:)`` is to insert.
  mutating func stage(_ word: UInt64) {
    arena.append(word)
  }

  /// Inserts the key whose words were staged. Amortized constant in the number of keys.
  mutating func insert(hash: UInt64, _ budget: Budget) -> Insertion {
    let start = count &* width
    assert(arena.count == start + width)
    let tag = hash >> 32
    var place = Int(truncatingIfNeeded: hash) & mask
    while entries[place] != 0 {
      let entry = entries[place]
      if entry >> 32 == tag, isEqual(Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) &- 1, start) {
        arena.removeLast(width)
        return .seen
      }
      place = (place &+ 1) & mask
    }
    guard count < Int(UInt32.max) - 1 else {
      arena.removeLast(width)
      return .full
    }
    entries[place] = tag << 32 | UInt64(count &+ 1)
    hashesLow.append(UInt32(truncatingIfNeeded: hash))
    count &+= 1
    return grow(budget) ? .new : .full
  }

  private func isEqual(_ index: Int, _ start: Int) -> Bool {
    let other = index &* width
    for offset in 0..<width where arena[other &+ offset] != arena[start &+ offset] { return false }
    return true
  }

  /// Makes room for one more key.
  ///
  /// - Returns: false when the limit forbids it. Old and new arrays exist side by side while one is copied, and both
  ///   count.
  private mutating func grow(_ budget: Budget) -> Bool {
    if (count &+ 1) &* width > arenaCapacity {
      guard budget.hasRoom(for: arenaCapacity * 2 * 8, beside: bytes) else { return false }
      arenaCapacity *= 2
      arena.reserveCapacity(arenaCapacity)
    }
    if (count &+ 1) &* 2 > entries.count {
      guard budget.hasRoom(for: entries.count * 2 * 8, beside: bytes) else { return false }
      rehash()
    }
    return true
  }

  private var bytes: Int { arenaCapacity * 8 + entries.count * 8 + hashesLow.capacity * 4 }

  private mutating func rehash() {
    let old = entries
    entries = Array(repeating: 0, count: old.count * 2)
    mask = entries.count - 1
    for entry in old where entry != 0 {
      let low = hashesLow[Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) &- 1]
      var place = Int(low) & mask
      while entries[place] != 0 { place = (place &+ 1) & mask }
      entries[place] = entry
    }
  }
}

/// Spreads the bits of a number over 64 bits (the finalizer of SplitMix64: Steele, Lea, Flood, OOPSLA 2014). Searches
/// hash a set as the exclusive or of its members' spread numbers (Zobrist 1970), so that adding or removing one is one
/// instruction.
func spread(_ number: UInt64) -> UInt64 {
  var z = number &+ 0x9E37_79B9_7F4A_7C15
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}
