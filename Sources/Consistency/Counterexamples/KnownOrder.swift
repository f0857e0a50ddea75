import History

/// The order that a model demands of a total order of the operations.
enum KnownOrder {
  /// Of two operations the one that ended before the other began, and of two of one process the earlier one.
  case realTime
  /// Of two operations of one process the earlier one.
  case processOrder

  /// Whether any total order must put one operation before another. Operations of one process are in order of their ids.
  func precedes(_ first: OperationID, _ second: OperationID, in history: History) -> Bool {
    if history[first].process == history[second].process { return first < second }
    return self == .realTime && history[first].precedes(history[second])
  }
}
