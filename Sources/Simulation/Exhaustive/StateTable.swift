/// The states that were seen, each a row of so many numbers, and how each was reached first.
///
/// Rows are compared whole, so two states count as one only if they are one. Finding a row takes constant time on average;
/// a row takes its numbers and about five more.
struct StateTable {
  private let width: Int
  private var words: [UInt32] = []
  /// For each slot the place of a row plus 1, or 0.
  private var slots: [UInt32] = Array(repeating: 0, count: 1 << 12)
  /// For each row the one that it was reached from first, and the step that led there.
  private var origins: [(place: UInt32, step: UInt32)] = []

  /// Makes an empty table of rows of that width.
  init(width: Int) { self.width = width }

  /// How many rows there are.
  var count: Int { origins.count }

  /// A row.
  func row(_ place: Int) -> [UInt32] { Array(words[place * width..<(place + 1) * width]) }

  /// Finds a row's place, or gives it one.
  mutating func insert(_ row: [UInt32], from place: Int, by step: UInt32) -> (place: Int, isNew: Bool) {
    if (count + 1) * 2 > slots.count { grow() }
    let slot = self.slot(of: row[...])
    if slots[slot] != 0 { return (Int(slots[slot]) - 1, false) }
    words += row
    origins.append((UInt32(place), step))
    slots[slot] = UInt32(count)
    return (count - 1, true)
  }

  /// The steps that lead to a row, first to last.
  func path(to place: Int) -> [UInt32] {
    var path: [UInt32] = []
    var place = place
    while place != 0 {
      path.append(origins[place].step)
      place = Int(origins[place].place)
    }
    return path.reversed()
  }

  /// The slot that holds the row, or the free one that should.
  private func slot(of row: ArraySlice<UInt32>) -> Int {
    var hash: UInt64 = 0
    for word in row {
      hash = (hash ^ UInt64(word)) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 29
    }
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
    while slots[slot] != 0 {
      let start = (Int(slots[slot]) - 1) * width
      var column = 0
      while column < width, words[start + column] == row[row.startIndex + column] { column += 1 }
      if column == width { break }
      slot = (slot + 1) & mask
    }
    return slot
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: slots.count * 2)
    for place in 0..<count {
      slots[slot(of: words[place * width..<(place + 1) * width])] = UInt32(place + 1)
    }
  }
}
