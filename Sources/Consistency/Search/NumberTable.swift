/// Numbers for names that are 64-bit words, given out from 0 in order of first asking: a hash table with linear probing in
/// one flat array, for preparing millions of operations.
struct NumberTable {
  private static let none: Int32 = -1

  private var names: [UInt64]
  private var numbers: [Int32]
  private var mask: Int
  private(set) var count = 0

  init() {
    names = Array(repeating: 0, count: 16)
    numbers = Array(repeating: Self.none, count: 16)
    mask = 15
  }

  /// The bytes of the table that takes this one's place when so many names are added; 0 where they fit.
  func growth(adding count: Int) -> Int {
    2 * (self.count + count) > names.count
      ? 2 * names.count * (MemoryLayout<UInt64>.stride + MemoryLayout<Int32>.stride) : 0
  }

  /// The number of a name. Amortized constant.
  mutating func number(of name: UInt64) -> Int32 {
    var place = Int(truncatingIfNeeded: spread(name)) & mask
    while numbers[place] != Self.none {
      if names[place] == name { return numbers[place] }
      place = (place &+ 1) & mask
    }
    let number = Int32(truncatingIfNeeded: count)
    names[place] = name
    numbers[place] = number
    count += 1
    if 2 * count > names.count { grow() }
    return number
  }

  /// The number of a name that was asked for before; nil for others.
  func known(_ name: UInt64) -> Int? {
    var place = Int(truncatingIfNeeded: spread(name)) & mask
    while numbers[place] != Self.none {
      if names[place] == name { return Int(numbers[place]) }
      place = (place &+ 1) & mask
    }
    return nil
  }

  private mutating func grow() {
    let old = (names, numbers)
    names = Array(repeating: 0, count: 2 * old.0.count)
    numbers = Array(repeating: Self.none, count: names.count)
    mask = names.count - 1
    for (name, number) in zip(old.0, old.1) where number != Self.none {
      var place = Int(truncatingIfNeeded: spread(name)) & mask
      while numbers[place] != Self.none { place = (place &+ 1) & mask }
      names[place] = name
      numbers[place] = number
    }
  }
}
