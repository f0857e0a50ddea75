import History

/// Decides the four session guarantees of one reading of a history, by patterns.
///
/// The guarantees are of Terry et al., PDIS 1994, where they speak of what a replica has seen. A client history does not
/// show that, so a violation is what no reading of the guarantees could excuse: a read that returns a version provably
/// older than one it should have seen. The initial version of a key is older than all others; of two versions that one
/// process wrote, the earlier is older. For writes-follow-reads a version is also older than one whose author had read it
/// before, and so on transitively.
///
/// Each process is gone through once, with what it has seen so far in tables: O(n) for reads and writes of one's own,
/// O(n · k) for what authors had written or read before, for n operations of k processes. Where a ``GuidedOrder`` is there
/// already, only processes that have a conflict in it are gone through: whatever breaks a guarantee is a read with a write of
/// its key causally between it and what it found, or one between two of its process's reads that found the same, so that one
/// of the process's operations has a conflict.
struct SessionGuarantees {
  private struct Author: Hashable {
    let key: Int
    let session: Int
  }

  private let prepared: PreparedReading
  private let reading: Reading

  init(_ prepared: PreparedReading) {
    self.prepared = prepared
    reading = prepared.reading
  }

  /// Decides one guarantee.
  func decide(_ model: Model, _ budget: Budget) throws(LimitReached) -> ReadingResult {
    if model == .writesFollowReads { return try WritesFollowReads.decide(prepared, budget) }
    let suspects = prepared.knownOrder.map { order in Set(order.conflicts.map { reading.session[$0] }) }
    if let suspects, suspects.isEmpty {
      budget.note(.guidedOrder)
      return .fine(try prepared.witness(budget))
    }
    budget.note(.sessionPatterns)
    let writes = model == .monotonicWrites ? try KeyWrites(reading, budget) : nil
    for session in reading.sessions.indices where suspects?.contains(session) ?? true {
      let operations = reading.sessions[session].filter { reading.happened[$0] }
      let contradiction =
        switch model {
        case .readYourWrites: try missedOwnWrite(operations, budget)
        case .monotonicReads: try olderRead(operations, budget)
        default: try missedEarlierWrite(operations, writes, budget)
        }
      if let contradiction { return .broken(contradiction) }
    }
    return .fine(try prepared.witness(budget))
  }

  private func missedOwnWrite(_ operations: [Int], _ budget: Budget) throws(LimitReached) -> Contradiction? {
    var lastWrite: [Int: Int] = [:]
    for operation in operations {
      try budget.look(after: 4)
      let key = reading.key(operation)
      let source = reading.source[operation]
      if let write = lastWrite[key], isOlder(source, write) {
        return contradiction(.ownWriteMissed, operation, newer: write, via: [write, operation], budget)
      }
      if reading.isWrite(operation) { lastWrite[key] = operation }
    }
    return nil
  }

  private func olderRead(_ operations: [Int], _ budget: Budget) throws(LimitReached) -> Contradiction? {
    struct Version: Hashable {
      let key: Int
      let source: Int
    }
    var lastRead: [Int: Int] = [:]
    var readOf: [Version: Int] = [:]
    var newest: [Author: Int] = [:]
    for operation in operations {
      try budget.look(after: 4)
      let key = reading.key(operation)
      let source = reading.source[operation]
      guard source >= 0 || source == Reading.initial else { continue }
      if source == Reading.initial {
        if let before = lastRead[key], reading.source[before] >= 0 {
          return contradiction(
            .olderVersionReadLater, operation, newer: reading.source[before],
            via: [reading.source[before], before, operation], budget)
        }
      } else if let before = newest[Author(key: key, session: reading.session[source])],
        reading.source[before] > source
      {
        return contradiction(
          .olderVersionReadLater, operation, newer: reading.source[before],
          via: [reading.source[before], before, operation], budget)
      }
      if let first = readOf[Version(key: key, source: source)], let between = lastRead[key],
        reading.source[between] != source
      {
        return returned(first, between, operation, budget)
      }
      lastRead[key] = operation
      if source >= 0 {
        readOf[Version(key: key, source: source)] = operation
        newest[Author(key: key, session: reading.session[source])] = operation
      }
    }
    return nil
  }

  private func missedEarlierWrite(
    _ operations: [Int], _ writes: KeyWrites?, _ budget: Budget
  ) throws(LimitReached) -> Contradiction? {
    /// For each author the read of its latest write, of any key and of one.
    var seen: [Int: Int] = [:]
    var seenOfKey: [Author: Int] = [:]
    for operation in operations {
      try budget.look(after: 4)
      let key = reading.key(operation)
      let source = reading.source[operation]
      guard source >= 0 || source == Reading.initial else { continue }
      let authors = source >= 0 ? [reading.session[source]] : seen.keys.sorted()
      for author in authors {
        guard let before = seen[author] else { continue }
        let read = reading.source[before]
        if let row = writes?.row(key, of: author),
          let write = writes?.last(row, within: Int32(reading.position[read])), isOlder(source, write)
        {
          return contradiction(
            .earlierWriteOfAuthorMissed, operation, newer: write, via: [write, read, before, operation],
            budget)
        }
        // The write itself is not to be gone back to, if a later one of the same key was read.
        if let before = seenOfKey[Author(key: key, session: author)], source >= 0,
          source < reading.source[before]
        {
          let read = reading.source[before]
          return contradiction(
            .earlierWriteOfAuthorMissed, operation, newer: read, via: [read, before, operation], budget)
        }
      }
      guard source >= 0 else { continue }
      let author = reading.session[source]
      if seen[author].map({ reading.source[$0] < source }) ?? true { seen[author] = operation }
      let place = Author(key: key, session: author)
      if seenOfKey[place].map({ reading.source[$0] < source }) ?? true { seenOfKey[place] = operation }
    }
    return nil
  }

  /// Whether the version that a source stands for is older than a write of the same key.
  private func isOlder(_ source: Int, _ write: Int) -> Bool {
    if source == Reading.initial { return true }
    return source >= 0 && reading.session[source] == reading.session[write] && source < write
  }

  /// The circle that an old read closes: its version came before a newer one, which came before the read.
  ///
  /// - Parameter path: from the newer version to the read, by process order and reads-from.
  private func contradiction(
    _ pattern: Cycle.Pattern, _ read: Int, newer: Int, via path: [Int], _ budget: Budget
  ) -> Contradiction {
    budget.tellingContradiction { budget throws(LimitReached) in
      var graph = try prepared.graph(budget)
      let source = reading.source[read]
      let steps = OrderGraph.steps(path, reading)
      if source == Reading.initial {
        let edge = graph.derive(.init(from: read, to: newer, rule: .initial, through: read))
        return .cycle(pattern, graph, steps + [.derived(edge)])
      }
      let edge = graph.derive(.init(from: newer, to: source, rule: .before, through: read, premise: steps))
      return .cycle(pattern, graph, [.processOrder(source, newer), .derived(edge)])
    }
  }

  /// The circle of a version that was read, then another, then the first again.
  private func returned(_ first: Int, _ between: Int, _ again: Int, _ budget: Budget) -> Contradiction {
    budget.tellingContradiction { budget throws(LimitReached) in
      var graph = try prepared.graph(budget)
      let (old, new) = (reading.source[first], reading.source[between])
      let there = graph.derive(
        .init(
          from: old, to: new, rule: .before, through: between,
          premise: OrderGraph.steps([old, first, between], reading)))
      let back = graph.derive(
        .init(
          from: new, to: old, rule: .before, through: again,
          premise: OrderGraph.steps([new, between, again], reading)))
      return .cycle(.versionReadAgain, graph, [.derived(there), .derived(back)])
    }
  }
}
