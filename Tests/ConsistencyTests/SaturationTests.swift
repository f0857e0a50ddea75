import Consistency
import History
import KeyValue
import TestSupport
import Testing

/// Sequential consistency by derived edges: the answers on readings that nothing ties to a store, and on histories far
/// beyond brute force.
@Suite("Saturation decides sequential consistency")
struct SaturationTests {
  @Test("random readings are decided as by brute force, and circles are circles")
  func definition() {
    var circles = 0
    var passes = 0
    for seed in 0..<UInt64(BruteForceTests.count) {
      var random = RandomReadings(seed: seed, operationsMax: 8)
      let history = random.next()
      let answer = BruteForce.answer(history, .sequential)
      let verdict = check(history, .sequential)
      func context() -> Comment { "seed \(seed):\n\(HistoryText.text(history))\n\(verdict)" }
      let name = BruteForceTests.expect(verdict, is: answer, of: history, context()) { counterexample in
        let core = history.restricted(to: counterexample.operations)
        #expect(
          BruteForce.answer(core, .sequential) == .violated, "\(HistoryText.text(core))\nof \(context())")
        guard case .cycle(let cycle) = counterexample.reason else { return }
        circles += 1
        #expect(Set(cycle.operations).isSubset(of: counterexample.operations), context())
      }
      if name == "holds" { passes += 1 }
    }
    #expect(
      passes > BruteForceTests.count / 10 && circles > BruteForceTests.count / 10, "\(passes), \(circles)")
  }

  /// Copies that lag behind one order of the writes.
  private func lagging(operations: Int, processes: Int, tail: [String] = []) throws -> History {
    var random = SplitMix64(seed: 11)
    var lines = Array(repeating: "", count: processes)
    var writes: [(key: Int, value: Int)] = []
    var seen = Array(repeating: 0, count: processes)
    for index in 0..<operations {
      let (process, key) = (random.below(processes), random.below(8))
      if random.percent(30) {
        writes.append((key, index + 1))
        seen[process] = writes.count
        lines[process] += "w(k\(key),\(index + 1))[\(2 * index)..\(2 * index + 1)] "
      } else {
        seen[process] = min(writes.count, seen[process] + random.below(2 * processes))
        let value = writes[..<seen[process]].last { $0.key == key }?.value
        lines[process] += "r(k\(key),\(value.map(String.init) ?? "null"))[\(2 * index)..\(2 * index + 1)] "
      }
    }
    let after = 2 * operations
    for (process, text) in tail.enumerated() {
      lines[process] += text.replacing("@", with: "[\(after)..\(after)]")
    }
    return try HistoryText.parse(lines.joined(separator: "\n"))
  }

  @Test("stale reads of many processes need no going back")
  func stale() throws {
    let history = try lagging(operations: 4_000, processes: 8)
    let verdict = check(history, .sequential)
    #expect(verdict.holds && ProofCheck.problems(verdict, of: history).isEmpty)
    // What is left is what the attempt to linearize explored.
    #expect(verdict.configurationsExplored <= 4 * 4_001)
  }

  @Test("the crossed pattern after many operations is refuted by few")
  func crossed() throws {
    let history = try lagging(
      operations: 4_000, processes: 8,
      tail: ["w(x,1)@ r(y,null)@", "w(y,1)@ r(x,null)@"])
    let verdict = check(history, .sequential)
    guard case .violated(let counterexample) = verdict.outcome else {
      Issue.record("it holds")
      return
    }
    #expect(counterexample.isMinimal && counterexample.operations.count == 4)
    #expect(ProofCheck.problems(verdict, of: history).isEmpty)
    guard case .cycle = counterexample.reason else {
      Issue.record("\(counterexample)")
      return
    }
  }
}
