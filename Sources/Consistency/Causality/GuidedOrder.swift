import History

/// An order of all operations that happened in a reading, which extends process order, reads-from and further edges, and
/// in which few operations find another value than they should: those are its *conflicts*.
///
/// Such an order says much at once. Whatever breaks a promise of the causal family shows as a conflict in every such order,
/// since the write that comes between a read and what it found comes between them there too. So where there is no conflict
/// all models hold, with the order itself as what shows it, and otherwise only the conflicts need be looked into. Real runs
/// have few, however many processes they have, while clocks of all processes at all operations would be as many numbers as
/// operations times processes.
///
/// How: next comes the first operation, in order of invocation, of which all predecessors are placed, but a write waits
/// while it would replace a value whose readers are not all placed. When nothing else is left the waiting write is placed
/// that took effect first. n log n.
///
/// An order that real time hurries also keeps the writes of a key as the zone test does (see ``ZoneTest``): a write waits for
/// another one that took effect before the last of its own readers was invoked. Without that a write would go first whose
/// readers come last. A linearizable history has hardly a conflict then.
struct GuidedOrder {
  /// How long a write waits for the readers of the value that it replaces.
  enum Patience {
    /// As long as anything else can be placed. Finds orders where clocks tell nothing.
    case unlimited
    /// Until real time puts it before everything else that can be placed. One read that is late does not hold up the rest.
    case realTime
  }

  /// The operations in order.
  private(set) var operations = Column()
  /// The place of each operation in the order; -1 for those that did not happen.
  private(set) var place: Column
  /// The operations that do not find there what they found, in order.
  private(set) var conflicts: [Int] = []
  /// Whether it extends further edges, and not process order and reads-from alone.
  let hasDerivedEdges: Bool

  /// The memory that an operation takes, in bytes: numbers, and a place in a heap now and then.
  static func bytesPerOperation(_ patience: Patience) -> Int { patience == .unlimited ? 32 : 52 }

  /// Looks for an order; nil when the edges are cyclic.
  ///
  /// - Parameter derived: further edges.
  init?(
    _ reading: Reading, _ history: History, readers: Readers, derived: [OrderGraph.Derived] = [],
    _ patience: Patience, _ budget: Budget
  ) throws(LimitReached) {
    try budget.ask(for: reading.count * Self.bytesPerOperation(patience))
    hasDerivedEdges = !derived.isEmpty
    place = Column(repeating: -1, count: reading.count)
    operations.reserveCapacity(reading.count)
    var placer = GuidedPlacer(reading, history, readers, derived, patience)
    try placer.run(&self, budget)
    guard operations.count == placer.total else { return nil }
  }

  /// The order with the fewer conflicts of the two kinds; nil when the edges are cyclic.
  static func best(
    _ reading: Reading, _ history: History, readers: Readers, derived: [OrderGraph.Derived] = [],
    _ budget: Budget
  ) throws(LimitReached) -> GuidedOrder? {
    let patient = try GuidedOrder(
      reading, history, readers: readers, derived: derived, .unlimited, budget)
    guard let patient, !patient.conflicts.isEmpty else { return patient }
    // Any order will do. More conflicts take longer to look into.
    guard budget.hasRoom(for: reading.count * bytesPerOperation(.realTime)) else { return patient }
    guard
      let prompt = try GuidedOrder(reading, history, readers: readers, derived: derived, .realTime, budget)
    else { return nil }
    return prompt.conflicts.count < patient.conflicts.count ? prompt : patient
  }

  mutating func append(_ operation: Int, isConflict: Bool) {
    place[operation] = operations.count
    operations.append(operation)
    if isConflict { conflicts.append(operation) }
  }
}
