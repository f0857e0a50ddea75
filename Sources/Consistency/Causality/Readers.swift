/// For each operation of a reading the operations that happened and found its value.
struct Readers {
  /// The memory that an operation of the reading takes, in bytes.
  static let bytesPerOperation = Rows.bytesPerItem + Rows.bytesPerRow

  private let rows: Rows

  /// Linear.
  ///
  /// - Parameter isFollowed: whose reading counts.
  init(
    _ reading: Reading, isFollowed: (Int) -> Bool = { _ in true }, _ budget: Budget
  ) throws(LimitReached) {
    rows = try Rows(reading.count, into: reading.count, budget) { operation in
      let source = reading.source[operation]
      return source >= 0 && reading.happened[operation] && isFollowed(operation) ? source : nil
    }
  }

  subscript(write: Int) -> Rows.Row { rows[write] }

  func count(_ write: Int) -> Int { rows.count(write) }
}
