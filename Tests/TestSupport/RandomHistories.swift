public import History
internal import KeyValue

/// An endless supply of small histories of all kinds, the same for the same seed.
///
/// Each history draws its own mixture from the seed: how many processes, keys and values, whether values repeat, how
/// coarse the clock is, how often operations fail or stay open. What the operations return comes from one of three
/// sources: one copy of the store (linearizable), copies that lag behind one order of the writes (sequential), or chance;
/// and in half of the histories one result is then changed. So verdicts of both kinds are common, and near each other.
public struct RandomHistories: Sendable {
  /// Where results come from.
  enum Source: CaseIterable {
    case oneCopy
    case laggingCopies
    case chance
  }

  var random: SplitMix64
  private let hasFinalReads: Bool
  private let operationsMax: Int

  /// Starts a supply.
  ///
  /// - Parameters:
  ///   - hasFinalReads: whether every key is read from every replica in the end (with a gap now and then).
  ///   - operationsMax: the most operations of a history before its final reads.
  public init(seed: UInt64, hasFinalReads: Bool = false, operationsMax: Int = 7) {
    random = SplitMix64(seed: seed)
    self.hasFinalReads = hasFinalReads
    self.operationsMax = operationsMax
  }

  /// The next history.
  public mutating func next() -> History {
    var draft = Draft(&random, operations: random.among(1...operationsMax))
    draft.run(&random)
    if hasFinalReads { draft.readFinally(&random) }
    if random.percent(50) { draft.change(&random) }
    return draft.history()
  }
}

/// A history in the making.
private struct Draft {
  private struct Row {
    var kind: Operation.Kind
    var process: Int
    var key: Int
    var value: Value
    var expected: Value
    var invoked: Int
    var completed: Int?
    var outcome = Operation.Outcome.unknown
    var result: Value?
    var isMismatch = false
    var server: Int?
    var isFinal = false
    var isApplied = false
  }

  private let source: RandomHistories.Source
  private let isUnique: Bool
  private let values: Int
  private let keys: Int
  private let servers: Int
  private let declaresServers: Bool
  private let casShare: Int
  private let unknownShare: Int
  private let failShare: Int
  private let vagueShare: Int
  private let tickShare: Int
  private var initial: [Key: Value] = [:]
  private var rows: [Row] = []
  private var openRow: [Int?]
  private var nextProcess: Int
  private var number: [Int]
  private var budget: Int
  private var clock = 0
  private var fresh = 100
  /// Every state of each key so far, and how far each process has seen them.
  private var log: [[Value]]
  private var seen: [[Int]]

  init(_ random: inout SplitMix64, operations: Int) {
    source = random.pick(RandomHistories.Source.allCases)
    isUnique = random.percent(40)
    values = random.among(1...3)
    keys = random.among(1...2)
    servers = random.among(1...3)
    declaresServers = random.percent(50)
    casShare = random.pick([0, 0, 30, 60])
    unknownShare = random.pick([0, 10, 30])
    failShare = random.pick([0, 0, 15])
    vagueShare = random.pick([0, 0, 25])
    tickShare = random.pick([100, 70, 30])
    let processes = random.among(1...4)
    openRow = Array(repeating: nil, count: processes)
    number = Array(0..<processes)
    nextProcess = processes
    budget = operations
    for key in 0..<keys where random.percent(40) {
      initial[Self.key(key)] = .integer(Int64(random.among(0...2)))
    }
    let initial = initial
    log = (0..<keys).map { [initial[Self.key($0)] ?? .null] }
    seen = Array(repeating: Array(repeating: 0, count: keys), count: processes)
  }

  private static func key(_ index: Int) -> Key { index == 0 ? "a" : "b" }

  /// Lets processes take steps in random order until all operations have been made.
  mutating func run(_ random: inout SplitMix64) {
    while budget > 0 || openRow.contains(where: { $0 != nil }) {
      let process = random.below(openRow.count)
      if random.percent(tickShare) { clock += 1 }
      guard let row = openRow[process] else {
        if budget > 0 { invoke(process, &random) }
        continue
      }
      if !rows[row].isApplied, rows[row].outcome == .ok || random.percent(70) {
        if source == .laggingCopies, rows[row].kind == .read, random.percent(40) { catchUp(process, &random) }
        apply(row, process)
        rows[row].isApplied = true
      } else {
        complete(row, process, &random)
      }
    }
  }

  private mutating func catchUp(_ process: Int, _ random: inout SplitMix64) {
    let key = random.below(keys)
    seen[process][key] = random.among(seen[process][key]...(log[key].count - 1))
  }

  private mutating func value(_ random: inout SplitMix64) -> Value {
    if isUnique {
      fresh += 1
      return .integer(Int64(fresh))
    }
    return random.percent(5) ? .null : .integer(Int64(random.among(0...values)))
  }

  private mutating func invoke(_ process: Int, _ random: inout SplitMix64) {
    budget -= 1
    let key = random.below(keys)
    let kind: Operation.Kind =
      random.percent(50) ? .read : random.percent(casShare) ? .compareAndSet : .write
    let expected = random.percent(70) ? random.pick(log[key]) : .integer(Int64(random.among(0...values)))
    let dice = random.below(100)
    let outcome: Operation.Outcome =
      dice < unknownShare ? .unknown : dice < unknownShare + failShare ? .fail : .ok
    openRow[process] = rows.count
    rows.append(
      Row(
        kind: kind, process: number[process], key: key, value: kind == .read ? .null : value(&random),
        expected: kind == .compareAndSet ? expected : .null, invoked: clock, outcome: outcome,
        server: random.percent(80) ? random.below(servers) : nil))
  }

  private mutating func apply(_ row: Int, _ process: Int) {
    let key = rows[row].key
    guard rows[row].outcome != .fail else { return }
    let isLagging = source == .laggingCopies && rows[row].kind == .read
    let current = log[key][isLagging ? seen[process][key] : log[key].count - 1]
    switch rows[row].kind {
    case .read:
      rows[row].result = current
      return
    case .write:
      log[key].append(rows[row].value)
    case .compareAndSet where current == rows[row].expected:
      log[key].append(rows[row].value)
    case .compareAndSet:
      rows[row].result = current
      rows[row].isMismatch = true
    }
    seen[process] = log.map { $0.count - 1 }
  }

  private mutating func complete(_ row: Int, _ process: Int, _ random: inout SplitMix64) {
    openRow[process] = nil
    if rows[row].outcome == .unknown {
      rows[row].isMismatch = false
      number[process] = nextProcess
      nextProcess += 1
      return
    }
    rows[row].completed = clock
    if source == .chance, rows[row].kind != .write {
      rows[row].result =
        random.percent(50) ? random.pick(log[rows[row].key]) : .integer(Int64(random.among(0...values)))
      if rows[row].kind == .compareAndSet { rows[row].isMismatch = random.percent(50) }
    }
    if random.percent(vagueShare) { rows[row].result = nil }
  }

  /// Reads every key from every replica.
  mutating func readFinally(_ random: inout SplitMix64) {
    if random.percent(90) { clock += 1 } else { clock = max(0, clock - 2) }
    let disagrees = random.percent(10)
    for server in 0..<servers {
      for key in 0..<keys where random.percent(96) {
        let value =
          disagrees || source == .chance && random.percent(20) ? random.pick(log[key]) : log[key].last
        rows.append(
          Row(
            kind: .read, process: nextProcess, key: key, value: .null, expected: .null, invoked: clock,
            completed: clock, outcome: .ok, result: value, server: server, isFinal: true))
        clock += random.below(2)
      }
    }
  }

  /// Changes one thing.
  mutating func change(_ random: inout SplitMix64) {
    let row = random.below(rows.count)
    switch rows[row].kind {
    case .write: rows[row].value = random.pick(log[rows[row].key])
    case .read, .compareAndSet:
      if rows[row].result != nil { rows[row].result = random.pick(log[rows[row].key]) }
    }
  }

  func history() -> History {
    var builder = HistoryBuilder(
      run: RunDescription(name: "random", servers: declaresServers ? servers : nil, initial: initial))
    for row in rows {
      let process = ProcessID(Int32(row.process))
      do {
        try builder.invoke(
          row.kind, process: process, key: Self.key(row.key), value: row.value, expected: row.expected,
          at: Int64(row.invoked), server: row.server.map { Int32($0) }, isFinal: row.isFinal)
        try builder.complete(
          process, row.outcome, result: row.result, isMismatch: row.isMismatch && row.outcome == .ok,
          at: Int64(row.completed ?? row.invoked))
      } catch {
        preconditionFailure("the generator made a history that no run can make: \(error)")
      }
    }
    return builder.history()
  }
}
