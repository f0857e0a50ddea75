import History

/// Why a reading of a history breaks a promise.
enum Contradiction {
  /// What must come before what leads back to the start.
  case cycle(Cycle.Pattern, OrderGraph, [OrderGraph.Step])
  /// The operation happened and cannot have read from anything.
  case sourceless(Int)

  /// It was found, but this limit was reached before its operations were.
  case untold(LimitReached)

  /// The operations that take part.
  func operations(_ budget: Budget) throws(LimitReached) -> Set<Int> {
    switch self {
    case .cycle(_, let graph, let steps): try graph.operations(steps, budget)
    case .sourceless(let operation): [operation]
    case .untold(let limit): throw limit
    }
  }
}

/// What became of checking one reading.
enum ReadingResult {
  /// The reading keeps the promise, as shown.
  case fine(Witness)
  /// It does not.
  case broken(Contradiction)
}
