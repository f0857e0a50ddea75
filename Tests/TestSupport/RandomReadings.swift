public import History
internal import KeyValue

/// An endless supply of small histories in which any read may have read from any write: about half of them cannot happen
/// in any store, and the rest fall on both sides of each causal model. The same for the same seed.
///
/// Where ``RandomHistories`` plays stores that more or less work, here what was read is drawn at random, from all writes
/// of the key wherever they stand, so that long chains of reads-from and process order are common.
public struct RandomReadings: Sendable {
  private var random: SplitMix64
  private let operationsMax: Int

  /// Starts a supply.
  ///
  /// - Parameter operationsMax: the most operations of a history, at least four.
  public init(seed: UInt64, operationsMax: Int) {
    random = SplitMix64(seed: seed)
    self.operationsMax = operationsMax
  }

  private struct Row {
    var kind: Operation.Kind
    var process: Int
    var key: Int
    var value: Int
    var expected: Int?
    var isUnknown = false
    var isMismatch = false
  }

  /// The next history.
  public mutating func next() -> History {
    let count = random.among(4...operationsMax)
    let keys = random.among(1...3)
    let repeats = random.percent(15)
    let casShare = random.pick([0, 0, 20])
    let unknownShare = random.pick([0, 0, 15])
    let initialShare = random.pick([5, 15, 30])
    var number = Array(0..<random.among(2...3))
    var nextProcess = number.count
    var rows: [Row] = []
    for index in 0..<count {
      let client = random.below(number.count)
      let kind: Operation.Kind =
        random.percent(55) ? .read : random.percent(casShare) ? .compareAndSet : .write
      var row = Row(
        kind: kind, process: number[client], key: random.below(keys),
        value: repeats ? random.among(1...2) : index + 1)
      if random.percent(unknownShare) {
        row.isUnknown = true
        number[client] = nextProcess
        nextProcess += 1
      }
      rows.append(row)
    }
    let writes = rows.filter { $0.kind != .read }
    for index in rows.indices where rows[index].kind != .write {
      let sources = writes.filter { $0.key == rows[index].key && $0.value != rows[index].value }
      let found = sources.isEmpty || random.percent(initialShare) ? 0 : random.pick(sources).value
      if rows[index].kind == .read {
        rows[index].value = found
      } else {
        rows[index].expected = found
        rows[index].isMismatch = !rows[index].isUnknown && random.percent(25)
      }
    }
    return history(rows)
  }

  private mutating func history(_ rows: [Row]) -> History {
    var builder = HistoryBuilder(run: RunDescription(name: "random", initial: ["a": 0, "b": 0, "c": 0]))
    var free: [Int: Int] = [:]
    var clock = 0
    for row in rows {
      let process = ProcessID(Int32(row.process))
      clock = max(clock + random.below(3), free[row.process] ?? 0)
      let completed = clock + random.below(4)
      free[row.process] = completed + random.below(2)
      do {
        let isFound = row.kind == .read || row.isMismatch
        let found = row.isMismatch ? row.expected ?? 0 : row.value
        try builder.invoke(
          row.kind, process: process, key: ["a", "b", "c"][row.key],
          value: row.kind == .read ? .null : .integer(Int64(row.value)),
          expected: row.isMismatch ? 77 : row.expected.map { .integer(Int64($0)) } ?? .null, at: Int64(clock))
        try builder.complete(
          process, row.isUnknown ? .unknown : .ok,
          result: isFound && !row.isUnknown ? .integer(Int64(found)) : nil, isMismatch: row.isMismatch,
          at: Int64(completed))
      } catch {
        preconditionFailure("the generator made a history that no run can make: \(error)")
      }
    }
    return builder.history()
  }
}
