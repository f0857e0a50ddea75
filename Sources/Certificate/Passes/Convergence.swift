import History

/// Checks eventual convergence: final reads of every key on every replica, after all completed writes, that agree on a
/// value which was written by then and which no causally later write replaced.
///
/// Causal order is process order and reads-from. Where several writes may have been read from, *possible* causal order
/// counts all of them and *certain* causal order none; what survives the one survives whatever happened. Linear in the
/// history, and for each key in what comes after the write that it ended with.
struct Convergence {
  private let columns: Columns
  private let observations: Observations
  private var finals: [[Int32]]
  private var writes: [[Int32]]
  private var isUsed: [Bool]

  init(_ columns: Columns) throws(Objection) {
    self.columns = columns
    observations = try Observations(columns)
    try columns.pace.ask(for: 12 * columns.operations.count)
    finals = Array(repeating: [], count: columns.keyCount)
    writes = finals
    isUsed = Array(repeating: false, count: columns.keyCount)
    for index in columns.operations.indices {
      try columns.pace.step()
      let operation = columns.operations[index]
      let key = Int(operation.key.index)
      isUsed[key] = true
      if operation.isFinalResult { finals[key].append(Int32(truncatingIfNeeded: index)) }
      if operation.isWrite { writes[key].append(Int32(truncatingIfNeeded: index)) }
    }
  }

  // MARK: That it holds

  /// Checks an agreement for every key.
  func verify(_ agreements: [Agreement]) throws(Objection) {
    var isAgreed = isUsed.map { !$0 }
    var reached = [Int32](repeating: -1, count: columns.operations.count)
    for (place, agreement) in agreements.enumerated() {
      let key = Int(agreement.key.index)
      guard key < columns.keyCount, !isAgreed[key] else {
        throw Objection("a key that was not used has an agreement, or one has two")
      }
      isAgreed[key] = true
      do {
        try expectAnswers(agreement)
        try expectSurvivor(agreement, &reached, Int32(truncatingIfNeeded: place))
      } catch {
        if error.isGivingUp { throw error }
        throw Objection(error.reason, key: columns.history.keys[key])
      }
    }
    if let key = isAgreed.firstIndex(of: false) {
      throw Objection("there is no agreement", key: columns.history.keys[key])
    }
  }

  private func expectAnswers(_ agreement: Agreement) throws(Objection) {
    let finals = finals[Int(agreement.key.index)]
    guard !finals.isEmpty, finals == agreement.reads else { throw Objection("its final reads are others") }
    for read in finals {
      guard columns.operations[Int(read)].value == agreement.value else {
        throw Objection("its final reads differ")
      }
      try expectLate(read)
      try expectWritten(read)
    }
    let answered = Set(finals.compactMap { columns.operations[Int($0)].server })
    // A declared number of servers may be any: the first that did not answer ends the search for it.
    let isAnsweredByAll =
      if let count = columns.history.run?.servers {
        count > 0 && (0..<count).allSatisfy { Int32(exactly: $0).map(answered.contains) == true }
      } else {
        !answered.isEmpty && columns.operations.allSatisfy { $0.server.map(answered.contains) ?? true }
      }
    guard isAnsweredByAll else { throw Objection("some replica gave no final answer") }
    let lastWrite = writes[Int(agreement.key.index)].map { columns.operations[Int($0)] }
      .filter { $0.outcome == .ok }.map(\.completed).max()
    let lastRead = finals.map { columns.operations[Int($0)].completed }.max()
    var converged: Int64?
    if let lastWrite, let lastRead { converged = lastRead &- lastWrite }
    guard converged == agreement.converged else { throw Objection("the time to converge is another") }
  }

  /// All completed writes of the key come before a final read.
  private func expectLate(_ read: Int32) throws(Objection) {
    for write in writes[Int(columns.operations[Int(read)].key.index)] {
      guard columns.operations[Int(write)].outcome == .ok,
        !columns.precedes(write, read, inRealTime: true)
      else { continue }
      throw Objection("operation #\(read) began before its writes had stopped")
    }
  }

  /// What a final read found was written by then.
  private func expectWritten(_ read: Int32) throws(Objection) {
    let operation = columns.operations[Int(read)]
    if operation.value == columns.initialValue(operation.key) { return }
    let isWritten = observations.writers(of: operation.value, operation.key).contains {
      operation.completed >= columns.operations[Int($0)].invoked
    }
    if !isWritten { throw Objection("operation #\(read) found what nothing had written by then") }
  }

  private func expectSurvivor(_ agreement: Agreement, _ reached: inout [Int32], _ mark: Int32)
    throws(Objection)
  {
    let writes = writes[Int(agreement.key.index)]
    guard let write = agreement.write else {
      guard agreement.value == columns.initialValue(agreement.key) else {
        throw Objection("it ended with a value, and no write is named")
      }
      if let other = writes.first(where: { observations.isEffective($0, isCertain: false) }) {
        throw Objection("it ended with the initial value, and yet operation #\(other) may have taken effect")
      }
      return
    }
    let operation = try columns.operation(write)
    guard operation.isWrite, operation.key == agreement.key, operation.value == agreement.value,
      observations.isEffective(write, isCertain: true)
    else { throw Objection("operation #\(write) is not known to have written the value") }
    var left = [write]
    reached[Int(write)] = mark
    while let index = left.popLast() {
      try columns.pace.step(8)
      let found = columns.operations[Int(index)]
      if index != write, found.isWrite, found.key == agreement.key,
        observations.isEffective(index, isCertain: false)
      {
        throw Objection("operation #\(index) may have replaced what #\(write) wrote")
      }
      var following = observations.readers(of: index, areCertain: false)
      let next = columns.position[Int(index)] + 1
      let own = columns.operations(of: Int(columns.session[Int(index)]))
      if Int(next) < own.count { following.append(own[own.startIndex + Int(next)]) }
      for other in following where reached[Int(other)] != mark {
        reached[Int(other)] = mark
        left.append(other)
      }
    }
  }

  // MARK: That it is violated

  /// Checks that operations contradict convergence, whatever else is in the history:
  ///
  /// - a final read found what nothing had written by then; or, where all final reads of the key began after its
  ///   completed writes, so that they count,
  /// - two of them differ, and no write of unknown outcome wrote either value, so that none arriving between them is why;
  /// - or all found the initial value, which nothing wrote, although a write took effect;
  /// - or all found a value each write of which certainly comes causally before another write of the key that certainly
  ///   took effect.
  func refute(_ core: [Int32]) throws(Objection) {
    let reads = core.filter { columns.operations[Int($0)].isFinalResult }
    for read in reads {
      do { try expectWritten(read) } catch {
        if error.isGivingUp { throw error }
        return
      }
    }
    for read in reads {
      let key = columns.operations[Int(read)].key
      do {
        for other in finals[Int(key.index)] { try expectLate(other) }
      } catch { continue }
      if isDisagreement(read, reads) { return }
      let hasAgreement = finals[Int(key.index)].allSatisfy {
        columns.operations[Int($0)].value == columns.operations[Int(read)].value
      }
      if hasAgreement, isLost(read, core) || isReplaced(read, core) { return }
    }
    throw Objection("the operations do not contradict convergence")
  }

  private func isDisagreement(_ read: Int32, _ reads: [Int32]) -> Bool {
    func isSettled(_ read: Int32) -> Bool {
      let operation = columns.operations[Int(read)]
      return observations.writers(of: operation.value, operation.key).allSatisfy {
        columns.operations[Int($0)].outcome != .unknown
      }
    }
    let operation = columns.operations[Int(read)]
    return isSettled(read)
      && reads.contains { other in
        columns.operations[Int(other)].key == operation.key
          && columns.operations[Int(other)].value != operation.value && isSettled(other)
      }
  }

  private func isLost(_ read: Int32, _ core: [Int32]) -> Bool {
    let operation = columns.operations[Int(read)]
    guard operation.value == columns.initialValue(operation.key),
      observations.writers(of: operation.value, operation.key).isEmpty
    else { return false }
    // What found a value that is not the initial one read it from some write of the key, and then that took effect.
    return core.contains { index in
      let other = columns.operations[Int(index)]
      return other.key == operation.key && other.isWrite && observations.isFoundOrCompleted(index)
    }
  }

  private func isReplaced(_ read: Int32, _ core: [Int32]) -> Bool {
    let operation = columns.operations[Int(read)]
    let writers = observations.writers(of: operation.value, operation.key)
    let members = Set(core)
    return !writers.isEmpty
      && writers.allSatisfy { write in
        members.contains(write) && leadsToEffect(write, core, members)
      }
  }

  private func leadsToEffect(_ write: Int32, _ core: [Int32], _ members: Set<Int32>) -> Bool {
    var reached: Set<Int32> = [write]
    var left = [write]
    while let index = left.popLast() {
      let found = columns.operations[Int(index)]
      if index != write, found.isWrite, found.key == columns.operations[Int(write)].key,
        observations.isEffective(index, isCertain: true)
      {
        return true
      }
      let session = columns.session[Int(index)]
      let following =
        observations.readers(of: index, areCertain: true)
        + core.filter { columns.session[Int($0)] == session && $0 > index }
      for other in following where members.contains(other) && reached.insert(other).inserted {
        left.append(other)
      }
    }
    return false
  }
}
