/// Whole numbers of 32 bits that are used as `Int`: what a history of millions of operations has one of for each, in half
/// the memory.
struct Column: Sendable {
  private var numbers: [Int32]

  init(repeating number: Int, count: Int) {
    numbers = Array(repeating: Int32(truncatingIfNeeded: number), count: count)
  }

  init() {
    numbers = []
  }

  var count: Int { numbers.count }
  var indices: Range<Int> { numbers.indices }

  subscript(index: Int) -> Int {
    get { Int(numbers[index]) }
    set { numbers[index] = Int32(truncatingIfNeeded: newValue) }
  }

  mutating func append(_ number: Int) { numbers.append(Int32(truncatingIfNeeded: number)) }

  mutating func reserveCapacity(_ count: Int) { numbers.reserveCapacity(count) }

  func firstIndex(of number: Int) -> Int? { numbers.firstIndex(of: Int32(truncatingIfNeeded: number)) }
}

/// Rows of numbers of different lengths, one after the other in one column. Made by counting, then dealing out.
struct Rows: Sendable {
  /// The memory that an item takes, and a row while rows are made, in bytes.
  static let bytesPerItem = 4
  static let bytesPerRow = 8

  private var starts: Column
  private var numbers: Column

  /// Deals out items to rows, in their order. Asks for the memory first, and looks at the limits on the way.
  ///
  /// - Parameters:
  ///   - items: how many items there are, named from 0.
  ///   - row: the row that an item goes to; nil for none.
  init(_ items: Int, into rows: Int, _ budget: Budget, row: (Int) -> Int?) throws(LimitReached) {
    try budget.ask(for: items * Self.bytesPerItem + rows * Self.bytesPerRow)
    starts = Column(repeating: 0, count: rows + 1)
    for item in 0..<items {
      try budget.look()
      if let row = row(item) { starts[row + 1] += 1 }
    }
    for row in 0..<rows { starts[row + 1] += starts[row] }
    var next = starts
    numbers = Column(repeating: 0, count: starts[rows])
    for item in 0..<items {
      try budget.look()
      guard let row = row(item) else { continue }
      numbers[next[row]] = item
      next[row] += 1
    }
  }

  var count: Int { starts.count - 1 }

  func count(_ row: Int) -> Int { starts[row + 1] - starts[row] }

  /// A row, as numbers in the order dealt.
  subscript(row: Int) -> Row { Row(numbers: numbers, range: starts[row]..<starts[row + 1]) }

  /// One row: a collection from 0.
  struct Row: RandomAccessCollection {
    fileprivate let numbers: Column
    fileprivate let range: Range<Int>
    var startIndex: Int { 0 }
    var endIndex: Int { range.count }
    subscript(place: Int) -> Int { numbers[range.lowerBound + place] }
  }
}
