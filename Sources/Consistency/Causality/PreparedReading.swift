import History

/// A reading with what the checkers of several models make of it, each part made when first asked for and kept. Belongs to
/// one thread.
final class PreparedReading {
  let reading: Reading
  let history: History
  private var readers: Readers?
  private var found: GuidedOrder??
  /// What several models show as evidence, so that it is there once.
  private var sources: [Witness.Source]?
  private var idsInOrder: [OperationID]?

  init(_ reading: Reading, _ history: History) {
    self.reading = reading
    self.history = history
  }

  /// Who read from each operation. Made once.
  func readers(_ budget: Budget) throws(LimitReached) -> Readers {
    if let readers { return readers }
    let readers = try Readers(reading, budget)
    self.readers = readers
    return readers
  }

  /// Process order and reads-from, without further edges.
  ///
  /// - Parameter order: an order that extends all edges that will be derived, which keeps searches short.
  func graph(order: GuidedOrder? = nil, _ budget: Budget) throws(LimitReached) -> OrderGraph {
    OrderGraph(reading, try readers(budget), order: order)
  }

  /// The order with the fewest conflicts that was found of process order and reads-from; nil when those are cyclic.
  func order(_ budget: Budget) throws(LimitReached) -> GuidedOrder? {
    if let found { return found }
    let order = try GuidedOrder.best(reading, history, readers: try readers(budget), budget)
    found = .some(order)
    return order
  }

  /// The same of further edges too, which is not kept.
  func order(_ derived: [OrderGraph.Derived], _ budget: Budget) throws(LimitReached) -> GuidedOrder? {
    if derived.isEmpty { return try order(budget) }
    return try GuidedOrder.best(reading, history, readers: try readers(budget), derived: derived, budget)
  }

  /// The order, if it was asked for before and there is one.
  var knownOrder: GuidedOrder? { found ?? nil }

  /// What shows that one copy of the store could have executed everything, if an order without conflicts was found and
  /// all sources are settled; nil otherwise.
  func orderOfAll(_ order: GuidedOrder, _ budget: Budget) throws(LimitReached) -> Witness? {
    guard order.conflicts.isEmpty, reading.firstOpen == nil else { return nil }
    return .order(try ids(of: order, budget))
  }

  /// An order as operations of the history. That of ``order(_:)`` is made once.
  func ids(of order: GuidedOrder, _ budget: Budget) throws(LimitReached) -> [OperationID] {
    guard !order.hasDerivedEdges else { return try order.ids(reading, budget) }
    if let idsInOrder { return idsInOrder }
    let ids = try order.ids(reading, budget)
    idsInOrder = ids
    return ids
  }

  /// What each operation read from, where that is settled. Made once.
  func sources(_ budget: Budget) throws(LimitReached) -> [Witness.Source] {
    if let sources { return sources }
    let sources = try reading.sources(budget)
    self.sources = sources
    return sources
  }

  /// The reading itself as a witness.
  func witness(_ budget: Budget) throws(LimitReached) -> Witness {
    .readsFrom(try sources(budget), along: [])
  }
}
