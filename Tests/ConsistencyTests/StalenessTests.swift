import Consistency
import History
import KeyValue
import TestSupport
import Testing

@Suite("Staleness in numbers")
struct StalenessTests {
  /// Reads and writes of one or two keys, each value written once.
  private func history(_ seed: UInt64) throws -> History {
    var random = SplitMix64(seed: seed)
    let count = random.among(2...7)
    let keys = random.among(1...2)
    let writeKeys = (0..<count).map { _ in random.percent(50) ? random.below(keys) : nil }
    var lines: [String] = []
    for (index, key) in writeKeys.enumerated() {
      let from = random.below(12)
      let to = from + random.below(5)
      let key = key ?? random.below(keys)
      if writeKeys[index] != nil {
        lines.append("w(k\(key),\(index + 1))[\(from)..\(random.percent(10) ? "?" : "\(to)")]")
      } else {
        let sources = writeKeys.indices.filter { writeKeys[$0] == key }.map { $0 + 1 } + [0]
        lines.append("r(k\(key),\(random.pick(sources)))[\(from)..\(to)]")
      }
    }
    return try HistoryText.parse(lines.joined(separator: "\n"), initial: ["k0": 0, "k1": 0])
  }

  /// The same with each read begun earlier, and each operation a process of its own.
  private func shifted(_ history: History, by delta: Int64) throws -> History {
    let rows = history.operations.map { operation in
      let began = operation.invoked - (operation.kind == .read ? delta : 0)
      return (operation, began)
    }.sorted { $0.1 < $1.1 }
    var builder = HistoryBuilder(run: RunDescription(name: "shifted", initial: ["k0": 0, "k1": 0]))
    for (process, (operation, began)) in rows.enumerated() {
      let process = ProcessID(Int32(process))
      try builder.invoke(
        operation.kind, process: process, key: history[operation.key],
        value: operation.kind == .read ? .null : history[operation.value], at: began)
      try builder.complete(
        process, operation.outcome, result: operation.kind == .read ? history[operation.value] : nil,
        at: operation.outcome == .unknown ? began : operation.completed)
    }
    return builder.history()
  }

  /// The smallest k of the key's operations, by trying every order; nil when there is no order at all.
  private func versions(_ history: History, _ key: KeyID) -> Int64? {
    let read = history.operations.filter { $0.kind == .read }.map(\.value)
    let operations = history.operations.filter {
      $0.key == key && ($0.outcome == .ok || read.contains($0.value))
    }
    var best: Int64?
    func extend(_ placed: [Int], _ worst: Int64) {
      if let best, worst >= best { return }
      if placed.count == operations.count {
        best = worst
        return
      }
      for next in operations.indices where !placed.contains(next) {
        let operation = operations[next]
        if operations.indices.contains(where: {
          !placed.contains($0) && $0 != next && operations[$0].completed < operation.invoked
        }) {
          continue
        }
        var worst = worst
        if operation.kind == .read {
          let writes = placed.map { operations[$0] }.filter { $0.kind == .write }.map(\.value)
          let all = [history.initialValue(of: key)] + writes
          guard let place = all.firstIndex(of: operation.value) else { continue }
          worst = max(worst, Int64(all.count - place))
        }
        extend(placed + [next], worst)
      }
    }
    extend([], 1)
    return best
  }

  @Test("Δ is where linearizability begins, k where an order exists")
  func bruteForce() throws {
    var seen: [String: Int] = [:]
    for seed in 0..<UInt64(BruteForceTests.count / 2) {
      let history = try history(seed)
      let result = staleness(of: history)
      func context() -> Comment { "seed \(seed): \(result)\n\(HistoryText.text(history))" }
      func isLinearizable(_ delta: Int64) throws -> Bool {
        BruteForce.isLinearizable(try shifted(history, by: delta))
      }
      let keys = history.keys.indices.map { versions(history, KeyID(index: UInt32($0))) }
      let truth = keys.contains(nil) ? nil : keys.compactMap(\.self).max()
      switch result.delta {
      case .exactly(let delta):
        seen[delta == 0 ? "linearizable" : "stale", default: 0] += 1
        #expect(try isLinearizable(delta), context())
        if delta > 0 { #expect(try !isLinearizable(delta - 1), context()) }
      case .unbounded:
        seen["unbounded", default: 0] += 1
        #expect(try !isLinearizable(100), context())
        #expect(truth == nil, context())
      case .atLeast, .unknown: Issue.record(context())
      }
      switch result.versions {
      case .exactly(let versions):
        seen["k \(versions)", default: 0] += 1
        #expect(truth == versions, context())
      case .atLeast(let versions):
        seen["k at least", default: 0] += 1
        #expect(versions >= 3 && truth ?? 0 >= versions, context())
      case .unbounded: #expect(truth == nil, context())
      case .unknown: Issue.record(context())
      }
    }
    #expect(
      Set(seen.keys) == ["linearizable", "stale", "unbounded", "k 1", "k 2", "k at least"], "\(seen)")
  }

  @Test("a read of what was overwritten 6 ns and two versions ago")
  func example() throws {
    let history = try HistoryText.parse("w(a,1)[0..1] w(a,2)[2..3] w(a,3)[4..5]\nr(a,1)[9..10]")
    let result = staleness(of: history)
    #expect(result.delta == .exactly(6) && result.versions == .atLeast(3) && result.unknown.isEmpty)
  }

  @Test("where nothing is said about any key there is no number, not even a bound")
  func nothingKnown() throws {
    let history = try HistoryText.parse(
      "w(b,1)[0..1] w(b,1)[2..3] w(b,2)[4..5] r(b,1)[6..7]\ncas(c,1,2)[0..1]")
    let result = staleness(of: history)
    #expect(result.delta == .unknown && result.versions == .unknown)
    #expect(result.unknown.map(\.because) == [.repeatedValues, .comparedAndSet])
  }

  @Test("repeated values and swaps leave lower bounds")
  func unknown() throws {
    let history = try HistoryText.parse(
      "w(a,1)[0..1] w(a,2)[2..3]\nr(a,1)[6..7]\nw(b,1)[0..1] w(b,1)[2..3] r(b,1)[4..5]\ncas(c,1,2)[0..1]")
    let result = staleness(of: history)
    #expect(result.delta == .atLeast(3) && result.versions == .atLeast(2))
    #expect(result.unknown.map { history[$0.key] } == ["b", "c"])
    #expect(result.unknown.map(\.because) == [.repeatedValues, .comparedAndSet])
  }
}
