/// For each operation of a reading the operations that happened and found its value.
struct Readers {
  private let rows: Rows

  /// Linear.
  ///
  /// - Parameter isFollowed: whose reading counts.
  init(_ reading: Reading, isFollowed: (Int) -> Bool = { _ in true }) {
    rows = Rows(reading.count, into: reading.count) { operation in
      isFollowed(operation) ? Self.source(of: operation, reading) : nil
    }
  }

  /// Linear, within limits.
  init(_ reading: Reading, _ budget: Budget) throws(LimitReached) {
    rows = try Rows(reading.count, into: reading.count, budget) { Self.source(of: $0, reading) }
  }

  private static func source(of operation: Int, _ reading: Reading) -> Int? {
    let source = reading.source[operation]
    return source >= 0 && reading.happened[operation] ? source : nil
  }

  subscript(write: Int) -> Rows.Row { rows[write] }

  func count(_ write: Int) -> Int { rows.count(write) }
}
