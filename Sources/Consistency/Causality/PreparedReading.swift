import History

/// A reading with what the checkers of several models make of it, each part made when first asked for and kept. Belongs to
/// one thread.
final class PreparedReading {
  let reading: Reading
  let history: History
  private(set) lazy var readers = Readers(reading)
  private var found: GuidedOrder??

  init(_ reading: Reading, _ history: History) {
    self.reading = reading
    self.history = history
  }

  /// The order with the fewest conflicts that was found of process order and reads-from; nil when those are cyclic.
  func order(_ budget: Budget) throws(LimitReached) -> GuidedOrder? {
    if let found { return found }
    let order = try GuidedOrder.best(reading, history, readers: readers, budget)
    found = .some(order)
    return order
  }

  /// The same of further edges too, which is not kept.
  func order(_ derived: [OrderGraph.Derived], _ budget: Budget) throws(LimitReached) -> GuidedOrder? {
    if derived.isEmpty { return try order(budget) }
    return try GuidedOrder.best(reading, history, readers: readers, derived: derived, budget)
  }

  /// The order, if it was asked for before and there is one.
  var knownOrder: GuidedOrder? { found ?? nil }

  /// What shows that one copy of the store could have executed everything, if an order without conflicts was found and
  /// all sources are settled; nil otherwise.
  func orderOfAll(_ order: GuidedOrder) -> Witness? {
    guard order.conflicts.isEmpty, reading.firstOpen == nil else { return nil }
    return .order(order.ids(reading))
  }
}
