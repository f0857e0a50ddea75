import History

/// Refutes a part of a history by all its readings: whatever each operation read from, the promise is broken.
///
/// Operations are settled one after the other, and a reading is given up as soon as what is settled breaks the promise:
/// what else happened or was read only adds to what must come before what. If each value found has one possible source
/// there is one reading. Per reading the check is that of the definition (see ``Reading``) or, where that asks for orders,
/// what must come before what in any of them: a circle there refutes.
struct ReadingRefutation {
  /// How many readings, whole or not, may be looked at, and how many operations a relation may hold.
  private static let readingsMax = 20_000
  private static let relatedMax = 4_000

  enum Answer {
    case refuted
    case possible
    case tooMany
  }

  private let promise: Promise
  private let columns: Columns
  /// The part's own columns know no limits: a relation that could not be looked at whole would pass for a broken one.
  private let pace: Pace
  private let related: [Int32]
  private var readings = 0
  private var writersOf: [KeyID: [Int32]] = [:]
  /// What each operation can have read from, which is the same in all readings; nothing where it tells nothing of that.
  private var sources: [[Int32]] = []

  init(_ promise: Promise, _ part: Columns, _ pace: Pace) {
    self.promise = promise
    self.pace = pace
    columns = part
    related = part.operations.indices.filter { part.operations[$0].isInPlay }.map {
      Int32(truncatingIfNeeded: $0)
    }
    for index in related where part.operations[Int(index)].isWrite {
      writersOf[part.operations[Int(index)].key, default: []].append(index)
    }
  }

  /// Looks for a reading that does not break the promise.
  mutating func run() -> Answer {
    if related.count > Self.relatedMax { return .tooMany }
    let finders = related.filter { columns.operations[Int($0)].isFinder }
    let sourcesMax = finders.reduce(0) {
      $0 + 1 + writersOf[columns.operations[Int($1)].key, default: []].count
    }
    guard pace.hasRoom(for: sourcesMax * MemoryLayout<Int32>.stride) else { return .tooMany }
    sources = Array(repeating: [], count: columns.operations.count)
    for index in finders { sources[Int(index)] = sources(of: index) }
    return settle(Reading(unsettled: columns))
  }

  private mutating func settle(_ reading: Reading) -> Answer {
    var reading = reading
    // What has one possible source is settled first, so that few readings are told apart.
    var open: (index: Int32, sources: [Int32])?
    var isStable = false
    while !isStable {
      isStable = true
      open = nil
      for index in related
      where reading.happened[Int(index)] && columns.operations[Int(index)].isFinder
        && reading.source[Int(index)] == Reading.none
      {
        let sources = sources[Int(index)]
        if sources.isEmpty { return .refuted }
        if sources.count == 1 {
          choose(sources[0], for: index, in: &reading)
          isStable = false
        } else if sources.count < open?.sources.count ?? .max {
          open = (index, sources)
        }
      }
    }
    readings += 1
    if readings > Self.readingsMax || pace.mustStop { return .tooMany }
    if isBroken(reading) { return .refuted }
    guard let open else { return .possible }
    var answer = Answer.refuted
    for source in open.sources {
      var longer = reading
      choose(source, for: open.index, in: &longer)
      switch settle(longer) {
      case .refuted: continue
      case .possible: return .possible
      case .tooMany: answer = .tooMany
      }
      if readings > Self.readingsMax || pace.mustStop { return .tooMany }
    }
    return answer
  }

  private func choose(_ source: Int32, for index: Int32, in reading: inout Reading) {
    reading.source[Int(index)] = source
    if source >= 0 { reading.happened[Int(source)] = true }
  }

  /// What an operation can have read from: not itself, nor what its process did later.
  private func sources(of index: Int32) -> [Int32] {
    let operation = columns.operations[Int(index)]
    var sources = operation.fits(columns.initialValue(operation.key)) ? [Reading.initial] : []
    for write in writersOf[operation.key, default: []]
    where operation.fits(columns.operations[Int(write)].value) {
      if !columns.precedes(index, write, inRealTime: false), write != index { sources.append(write) }
    }
    // One that says it found what it says it did not find has no source.
    if operation.isMismatch, operation.hasResult, operation.value == operation.expected { return [] }
    return sources
  }

  private func isBroken(_ reading: Reading) -> Bool {
    do {
      switch promise {
      case .causal: try reading.expectCausal()
      case .readYourWrites: try reading.expectOwnWrites()
      case .monotonicReads: try reading.expectMonotonicReads()
      case .monotonicWrites: try reading.expectMonotonicWrites()
      case .writesFollowReads: try FollowedReads.verify(reading, along: [])
      case .causalConvergence: return !hasArbitration(reading)
      case .causalMemory, .pram:
        return (0..<columns.sessionCount).contains { !hasView(reading, of: Int32(truncatingIfNeeded: $0)) }
      case .sequential: return !hasOrder(reading)
      case .linearizable, .regular, .safe, .eventual: return false
      }
      return false
    } catch {
      return true
    }
  }

  // MARK: What must come before what

  /// Process order and reads-from of those whose reading counts.
  private func causes(_ reading: Reading, isFollowed: (Int) -> Bool = { _ in true }) -> Reachability {
    var relation = Reachability(count: columns.operations.count)
    for session in 0..<columns.sessionCount {
      var last: Int32?
      for index in columns.operations(of: session) where reading.happened[Int(index)] {
        if let last { relation.add(Int(last), before: Int(index)) }
        last = index
        let source = reading.source[Int(index)]
        if source >= 0, isFollowed(session) { relation.add(Int(source), before: Int(index)) }
      }
    }
    return relation
  }

  /// The other writes that happened of the key that an operation found something in.
  private func rivals(_ index: Int32, _ reading: Reading) -> [Int32] {
    let source = reading.source[Int(index)]
    guard source != Reading.none else { return [] }
    return writersOf[columns.operations[Int(index)].key, default: []].filter {
      $0 != source && $0 != index && reading.happened[Int($0)]
    }
  }

  /// Whether arbitration is not ruled out: a write causally before an operation comes, in it, before what that operation
  /// read from.
  private func hasArbitration(_ reading: Reading) -> Bool {
    var relation = causes(reading)
    guard relation.close() else { return false }
    var conflicts: [(Int, Int)] = []
    for index in related {
      let source = reading.source[Int(index)]
      for write in rivals(index, reading) where relation.isBefore(Int(write), Int(index)) {
        if source == Reading.initial { return false }
        conflicts.append((Int(write), Int(source)))
      }
    }
    for (first, second) in conflicts { relation.add(first, before: second) }
    return relation.close()
  }

  /// Whether an order for a process is not ruled out: in it, a write before one of its operations comes before what that
  /// read from; and so on.
  private func hasView(_ reading: Reading, of session: Int32) -> Bool {
    var relation = causes(reading) { promise == .causalMemory || $0 == Int(session) }
    while true {
      guard relation.close() else { return false }
      var isSettled = true
      for index in related where columns.session[Int(index)] == session {
        let source = reading.source[Int(index)]
        for write in rivals(index, reading) where relation.isBefore(Int(write), Int(index)) {
          if source == Reading.initial { return false }
          if relation.isBefore(Int(write), Int(source)) { continue }
          relation.add(Int(write), before: Int(source))
          isSettled = false
        }
      }
      if isSettled { return true }
    }
  }

  /// Whether one order of everything is not ruled out: the same for all operations, and what comes after the source of an
  /// operation comes after the operation.
  private func hasOrder(_ reading: Reading) -> Bool {
    var relation = causes(reading)
    while true {
      guard relation.close() else { return false }
      var isSettled = true
      for index in related {
        let source = reading.source[Int(index)]
        for write in rivals(index, reading) {
          if source >= 0, relation.isBefore(Int(write), Int(index)),
            !relation.isBefore(Int(write), Int(source))
          {
            relation.add(Int(write), before: Int(source))
            isSettled = false
          }
          if source == Reading.initial || relation.isBefore(Int(source), Int(write)),
            !relation.isBefore(Int(index), Int(write))
          {
            relation.add(Int(index), before: Int(write))
            isSettled = false
          }
        }
      }
      if isSettled { return true }
    }
  }
}
