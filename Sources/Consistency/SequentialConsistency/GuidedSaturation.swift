import History

/// Looks for an order of all operations of a reading, or for a circle of what must come before what, led by the conflicts of
/// orders: the rules of ``Saturation``, applied only where an order does not do.
///
/// An order in which no operation finds another value than it should is what shows sequential consistency. Otherwise, at
/// each conflict, a write lies between an operation and what it found. It comes before what was found if it must come before
/// the operation (rule 2), and after the operation if it must come after what was found (rule 3); a write that lies before
/// an operation that found the initial value comes after it (rule 1). With those edges another order is made. Each edge is
/// necessary, so a circle refutes. When no edge is new, the operations left in conflict are put the one way that is possible
/// at all events, before the write, and if that leads to an order without conflicts it is as good as any; else nothing is
/// known. For each order n log n, for each conflict what lies between.
struct GuidedSaturation {
  /// More orders than this are left to others.
  private static let roundsMax = 50
  /// How many steps an operation may take, all conflicts of all orders together, before it is left to others.
  private static let stepsPerOperation = 64

  private let prepared: PreparedReading
  private let reading: Reading
  private var derived: [OrderGraph.Derived] = []

  init(_ prepared: PreparedReading) {
    self.prepared = prepared
    reading = prepared.reading
  }

  /// Decides, if it can.
  mutating func run(_ budget: Budget) throws(LimitReached) -> Saturation.Result {
    var work = 0
    for _ in 0..<Self.roundsMax {
      let order = try prepared.order(derived, budget)
      budget.note(derived.isEmpty ? .guidedOrder : .guidedSaturation)
      guard let order
      else { return .cycle(contradiction(budget)) }
      if order.conflicts.isEmpty { return reading.firstOpen == nil ? .order(order) : .open }
      var guesses: [OrderGraph.Derived] = []
      let known = derived.count
      var past = try PastSearch(reading, order, derived: derived, budget)
      for read in order.conflicts {
        if work + past.work > Self.stepsPerOperation * (reading.count + 1_000) { return .open }
        try apply(to: read, order, &past, &guesses, budget)
      }
      work += past.work
      if derived.count == known {
        guard reading.firstOpen == nil else { return .open }
        return try attempt(guesses, budget)
      }
    }
    return .open
  }

  /// An order with edges that are not necessary.
  private func attempt(_ guesses: [OrderGraph.Derived], _ budget: Budget) throws(LimitReached)
    -> Saturation.Result
  {
    let order = try prepared.order(derived + guesses, budget)
    guard let order, order.conflicts.isEmpty else { return .open }
    budget.note(.guidedSaturation)
    return .order(order)
  }

  private mutating func apply(
    to read: Int, _ order: GuidedOrder, _ past: inout PastSearch, _ guesses: inout [OrderGraph.Derived],
    _ budget: Budget
  ) throws(LimitReached) {
    let source = reading.source[read]
    let bound = source >= 0 ? order.place[source] + 1 : 0
    var between: [Int] = []
    for write in reading.writers(ofKeyOf: read) where write != read {
      try budget.look()
      let place = order.place[write]
      if place >= bound, place < order.place[read] { between.append(write) }
    }
    if source == Reading.initial {
      for write in between { derived.append(.init(from: read, to: write, rule: .initial, through: read)) }
      return
    }
    let stretch = try past.past(of: read, from: bound, budget)
    let before = Set(stretch)
    let ahead = try past.followers(
      of: source, among: (bound..<order.place[read]).map { order.operations[$0] }, budget)
    let after = Set(ahead)
    for write in between {
      if before.contains(write) {
        derived.append(.init(from: write, to: source, rule: .before, through: read))
      } else if after.contains(write) {
        derived.append(.init(from: read, to: write, rule: .after, through: source))
      } else {
        guesses.append(.init(from: read, to: write, rule: .after, through: source))
      }
    }
  }

  private func contradiction(_ budget: Budget) -> Contradiction {
    budget.tellingContradiction { budget throws(LimitReached) in
      var graph = try prepared.graph(budget)
      for edge in derived { graph.derive(edge) }
      return try graph.circle(.cyclicTotalOrder, budget)
    }
  }
}
