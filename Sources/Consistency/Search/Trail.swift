import History

/// The operations that a search has placed, in order, and the longest such order it ever had to give up.
struct Trail {
  private(set) var placed: [Int32] = []
  private(set) var longest: [Int32] = []
  /// How far the two agree, so that noting a longer one copies only what is new.
  private var shared = 0

  var count: Int { placed.count }

  mutating func append(_ operation: Int) {
    placed.append(Int32(truncatingIfNeeded: operation))
  }

  mutating func removeLast() -> Int {
    let operation = placed.removeLast()
    shared = min(shared, placed.count)
    return Int(operation)
  }

  /// To be called whenever the search finds no way on.
  mutating func noteDeadEnd() {
    guard placed.count > longest.count else { return }
    longest.removeLast(longest.count - shared)
    longest.append(contentsOf: placed[shared...])
    shared = placed.count
  }
}

/// What a search came to.
enum SearchResult {
  /// All operations that must be placed can be, in this order.
  case order([OperationID])
  /// There is no order. The longest attempt placed these and then found nothing to go on with.
  case noOrder(longest: [OperationID])
  /// A limit was reached first.
  case limit(Limits.Kind)
}

extension SearchResult {
  /// What a search comes to that may reach a limit while it is prepared.
  static func within(_ budget: Budget, _ search: () throws(LimitReached) -> SearchResult) -> SearchResult {
    do throws(LimitReached) {
      try budget.look()
      return try search()
    } catch {
      return .limit(error.kind)
    }
  }
}
