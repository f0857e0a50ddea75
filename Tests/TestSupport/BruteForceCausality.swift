import Consistency
import History

/// Causal consistency in its three forms, and PRAM, straight from their definitions, by trying every order.
///
/// The definitions are those of Bouajjani, Enea, Guerraoui, Hamza, POPL 2017: there is a causal order, containing process
/// order, such that each operation finds its value in some order of its causal past (CC); the same, where the order of
/// the past is that of one order of everything (CCv); in some order of its causal past in which also all earlier
/// operations of its process find theirs (CM).
enum BruteForceCausality {
  static func holds(_ history: History, _ model: Model) -> Bool {
    if model == .pram {
      return BruteForceReading.happenings(history).contains { isPRAM($0, history) }
    }
    // Of the causal orders in which operations read from certain writes the smallest asks least.
    return BruteForceReading.all(history).contains { reading in
      guard let before = causalOrder(reading) else { return false }
      return fits(reading.operations, before, history, model)
    }
  }

  /// The same with every causal order there is, for histories of very few operations.
  static func holdsByAllOrders(_ history: History, _ model: Model) -> Bool {
    BruteForceReading.happenings(history).contains { operations in
      let count = operations.count
      let pairs = (0..<count).flatMap { i in (0..<count).filter { $0 != i }.map { (i, $0) } }
      return (0..<(1 << pairs.count)).contains { choice in
        var before = Array(repeating: Array(repeating: false, count: count), count: count)
        for (bit, pair) in pairs.enumerated() where choice & (1 << bit) != 0 {
          before[pair.0][pair.1] = true
        }
        for i in 0..<count {
          for j in 0..<count {
            if i < j, operations[i].process == operations[j].process, !before[i][j] { return false }
            if before[i][j], before[j][i] { return false }
            for k in 0..<count where before[i][j] && before[j][k] && !before[i][k] { return false }
          }
        }
        return fits(operations, before, history, model)
      }
    }
  }

  /// The transitive closure of process order and reads-from; nil when it has a circle.
  static func causalOrder(_ reading: BruteForceReading) -> [[Bool]]? {
    let count = reading.operations.count
    var before = Array(repeating: Array(repeating: false, count: count), count: count)
    for j in 0..<count {
      for i in 0..<j where reading.operations[i].process == reading.operations[j].process {
        before[i][j] = true
      }
      if let source = reading.source[j] { before[source][j] = true }
    }
    for k in 0..<count {
      for i in 0..<count where before[i][k] {
        for j in 0..<count where before[k][j] { before[i][j] = true }
      }
    }
    return (0..<count).contains { before[$0][$0] } ? nil : before
  }

  private static func fits(
    _ operations: [Operation], _ before: [[Bool]], _ history: History, _ model: Model
  ) -> Bool {
    if model == .causalConvergence { return arbitrate(operations, before, history, []) }
    return operations.indices.allSatisfy { last in
      let past = operations.indices.filter { before[$0][last] } + [last]
      return hasOrder(operations, past, before, history) { operation in
        operation == last
          || (model == .causalMemory && operations[operation].process == operations[last].process)
      }
    }
  }

  /// Whether the members have an order in which all that are asked find their values.
  private static func hasOrder(
    _ operations: [Operation], _ members: [Int], _ before: [[Bool]], _ history: History,
    isAsked: (Int) -> Bool
  ) -> Bool {
    func extend(_ placed: [Int]) -> Bool {
      if placed.count == members.count { return true }
      for next in members where !placed.contains(next) {
        if members.contains(where: { before[$0][next] && !placed.contains($0) }) { continue }
        if isAsked(next), !finds(operations, next, placed, history) { continue }
        if extend(placed + [next]) { return true }
      }
      return false
    }
    return extend([])
  }

  private static func arbitrate(
    _ operations: [Operation], _ before: [[Bool]], _ history: History, _ placed: [Int]
  ) -> Bool {
    if placed.count == operations.count { return true }
    for next in operations.indices where !placed.contains(next) {
      if operations.indices.contains(where: { before[$0][next] && !placed.contains($0) }) { continue }
      if !finds(operations, next, placed.filter { before[$0][next] }, history) { continue }
      if arbitrate(operations, before, history, placed + [next]) { return true }
    }
    return false
  }

  /// Whether an operation finds its value after some others in their order.
  private static func finds(
    _ operations: [Operation], _ operation: Int, _ placed: [Int], _ history: History
  ) -> Bool {
    let key = operations[operation].key
    let last = placed.last { operations[$0].key == key && BruteForceReading.isWrite(operations[$0]) }
    return BruteForceReading.fits(
      operations[operation], last.map { operations[$0].value } ?? history.initialValue(of: key))
  }

  private static func isPRAM(_ operations: [Operation], _ history: History) -> Bool {
    let count = operations.count
    var before = Array(repeating: Array(repeating: false, count: count), count: count)
    for j in 0..<count {
      for i in 0..<j where operations[i].process == operations[j].process { before[i][j] = true }
    }
    return Set(operations.map(\.process)).allSatisfy { process in
      let members = operations.indices.filter {
        operations[$0].process == process || BruteForceReading.isWrite(operations[$0])
      }
      return hasOrder(operations, members, before, history) { operations[$0].process == process }
    }
  }
}
