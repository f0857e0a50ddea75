public import History
internal import KeyValue

/// Valid histories of any size, the same for the same seed: what the clients of one copy of a store record.
///
/// Each operation takes effect at one instant of its interval. Intervals are drawn so that every process is nearly always
/// busy; a process whose operation stays open goes on under a new number.
public struct LargeHistories: Sendable {
  /// How many operations.
  public var operations = 1_000
  /// How many processes are at work at once.
  public var processes = 5
  /// How many keys.
  public var keys = 1
  /// How many values are written; nil for a new one with every write.
  public var values: Int?
  /// Of a hundred operations, how many read.
  public var readShare = 50
  /// Of a hundred operations that write, how many compare and set.
  public var swapShare = 0
  /// Of a hundred operations, how many end without anybody learning how.
  public var unknownShare = 0
  /// How many reads, spread over the history, return a value that was replaced before they began.
  public var staleReads = 0

  private struct Draft {
    var kind: Operation.Kind
    var process: Int32
    var key: Int
    var value: Int64
    var expected: Int64
    var invoked: Int64
    var effective: Int64
    var completed: Int64
    var isUnknown: Bool
    var isLost = false
    var isMismatch = false
  }

  /// Begins with the defaults.
  public init() {}

  /// Makes a history of a seed. Every key holds 0 at first. n log n.
  public func history(seed: UInt64) -> History {
    var random = SplitMix64(seed: seed)
    var drafts = intervals(&random)
    takeEffect(&drafts, &random)
    return record(drafts)
  }

  private func intervals(_ random: inout SplitMix64) -> [Draft] {
    var drafts: [Draft] = []
    drafts.reserveCapacity(operations)
    var now = Array(repeating: Int64(0), count: processes)
    var number = (0..<processes).map { Int32($0) }
    var next = Int32(processes)
    for index in 0..<operations {
      let worker = index % processes
      let invoked = now[worker] + Int64(random.among(1...200))
      let completed = invoked + Int64(random.among(1...1_000))
      let isUnknown = random.percent(unknownShare)
      let kind: Operation.Kind =
        random.percent(readShare) ? .read : random.percent(swapShare) ? .compareAndSet : .write
      drafts.append(
        Draft(
          kind: kind, process: number[worker], key: random.below(keys), value: 0, expected: 0,
          invoked: invoked,
          effective: Int64(random.among(Int(invoked)...Int(completed))), completed: completed,
          isUnknown: isUnknown, isLost: isUnknown && random.percent(50)))
      if isUnknown {
        number[worker] = next
        next += 1
      }
      now[worker] = completed
    }
    return drafts.sorted { ($0.invoked, $0.process) < ($1.invoked, $1.process) }
  }

  private func takeEffect(_ drafts: inout [Draft], _ random: inout SplitMix64) {
    var register = Array(repeating: Int64(0), count: keys)
    /// For each key its last few values, and when each was replaced.
    var replaced: [[(value: Int64, at: Int64)]] = Array(repeating: [], count: keys)
    var fresh: Int64 = 0
    var stale = 0
    let inOrder = drafts.indices.sorted { (drafts[$0].effective, $0) < (drafts[$1].effective, $1) }
    for (rank, index) in inOrder.enumerated() {
      let key = drafts[index].key
      if drafts[index].kind == .read {
        drafts[index].value = register[key]
        let isDue = stale < staleReads && rank >= (2 * stale + 1) * operations / (2 * staleReads)
        if isDue, !drafts[index].isUnknown,
          let old = replaced[key].last(where: {
            $0.at < drafts[index].invoked - 1_000 && $0.value != register[key]
          })
        {
          drafts[index].value = old.value
          stale += 1
        }
        continue
      }
      fresh += 1
      let value = values.map { Int64(1 + random.below($0)) } ?? fresh
      drafts[index].value = value
      if drafts[index].kind == .compareAndSet {
        let isGuess = random.percent(20)
        drafts[index].expected = isGuess ? Int64(random.among(0...Int(max(1, fresh - 1)))) : register[key]
        if drafts[index].expected != register[key] {
          drafts[index].isMismatch = true
          if !drafts[index].isUnknown { drafts[index].value = register[key] }
          continue
        }
      }
      if drafts[index].isLost { continue }
      replaced[key].append((register[key], drafts[index].completed))
      if replaced[key].count > 64 { replaced[key].removeFirst(32) }
      register[key] = value
    }
  }

  private func record(_ drafts: [Draft]) -> History {
    let names = (0..<keys).map { Key("k\($0)") }
    let initial = Dictionary(uniqueKeysWithValues: names.map { ($0, Value.integer(0)) })
    var builder = HistoryBuilder(run: RunDescription(name: "large", initial: initial), clock: .monotonic)
    // A process may begin again at the instant at which it ended, which then comes first.
    var open: [Int32: Int] = [:]
    do {
      for (index, draft) in drafts.enumerated() {
        if let before = open.updateValue(index, forKey: draft.process) {
          try complete(drafts[before], &builder)
        }
        try builder.invoke(
          draft.kind, process: ProcessID(draft.process), key: names[draft.key],
          value: draft.kind == .read || draft.isMismatch && !draft.isUnknown ? .null : .integer(draft.value),
          expected: draft.kind == .compareAndSet ? .integer(draft.expected) : .null, at: draft.invoked)
      }
      for index in open.values.sorted() { try complete(drafts[index], &builder) }
    } catch {
      preconditionFailure("the generator made a history that no run can make: \(error)")
    }
    return builder.history()
  }

  private func complete(_ draft: Draft, _ builder: inout HistoryBuilder) throws {
    let process = ProcessID(draft.process)
    if draft.isUnknown { return try builder.complete(process, .unknown, at: draft.completed) }
    let hasResult = draft.kind == .read || draft.isMismatch
    try builder.complete(
      process, .ok, result: hasResult ? .integer(draft.value) : nil, isMismatch: draft.isMismatch,
      at: draft.completed)
  }
}
