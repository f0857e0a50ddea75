import Consistency
import Foundation
import History
import KeyValue
import Reports
import TestSupport
import Testing

/// Counterexamples as files, read back as histories.
@Suite("Counterexample files")
struct CounterexampleFileTests {
  private static func history(_ seed: UInt64) -> History {
    if seed.isMultiple(of: 3) {
      var random = RandomReadings(seed: seed, operationsMax: 8)
      return random.next()
    }
    var random = RandomHistories(seed: seed, hasFinalReads: seed.isMultiple(of: 2), operationsMax: 6)
    return random.next()
  }

  /// Whether no compare-and-set says that it found what it says it did not find: no file can say that.
  private static func canBeAFile(_ history: History) -> Bool {
    history.operations.allSatisfy { !($0.isMismatch && $0.hasResult && $0.value == $0.expected) }
  }

  /// Writes the counterexamples of a history's verdicts and judges each by the model that it was found for.
  ///
  /// - Returns: how many there were.
  private func expectSameViolations(_ history: History, in folder: URL, _ context: Comment) throws -> Int {
    let command = CheckCommand(.init(files: []), print: { _ in }, complain: { _ in })
    let checked = command.checkHistory(history, file: "h")
    let written = try ReportFolder(path: folder.path).writeCounterexamples(checked, stem: "h")
    guard case .judged(_, let judgements) = checked.outcome else {
      Issue.record("not judged: \(checked.outcome) \(context)")
      return 0
    }
    let violated = judgements.filter { $0.follows == nil && $0.verdict.isViolated }.map(\.verdict.model)
    #expect(Set(written.keys) == Set(violated), context)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == violated.count, context)
    for (model, path) in written {
      let again = command.checkFile(path)
      // The file names its level, which decides the status.
      #expect(again.status == .violated, "\(model): \(again.outcome)\n\(context)")
      guard case .judged(let part, let judgements) = again.outcome else { continue }
      #expect(part.run?.level == model.rawValue && part.end?.isClean == true)
      #expect(
        judgements.contains { $0.verdict.model == model && $0.isAsked && $0.verdict.isViolated }, context)
    }
    return violated.count
  }

  @Test("of the named histories violate the same model when they are read back")
  func named() throws {
    var count = 0
    for example in NamedVerdictTests.all {
      try withTemporaryFolder { folder in
        let history = try example.history()
        guard Self.canBeAFile(history) else { return }
        count += try expectSameViolations(history, in: folder, "\(example.name)")
      }
    }
    #expect(count > 100, "\(count)")
  }

  @Test("of random histories violate the same model when they are read back")
  func random() throws {
    try withTemporaryFolder { folder in
      // One folder for all, so that what is left of one history would be taken for another's.
      var count = 0
      for seed in 0..<UInt64(250) {
        let history = Self.history(seed)
        guard Self.canBeAFile(history) else { continue }
        count += try expectSameViolations(history, in: folder, "seed \(seed):\n\(HistoryText.text(history))")
      }
      #expect(count > 300, "\(count)")
    }
  }

  @Test("a history that was written reads back as the same operations")
  func roundTrip() throws {
    for seed in 0..<UInt64(300) {
      let history = Self.history(seed)
      guard Self.canBeAFile(history) else { continue }
      let bytes = HistoryWriter(history, run: RunDescription(name: "n", servers: history.run?.servers)).bytes
      let again = try HistoryReader().read(bytes, file: "h")
      func rows(_ history: History) -> [String] {
        history.operations.map { operation in
          // What a mismatch would have written and what a read that failed would have found are not kept.
          let tells =
            operation.kind == .write || operation.hasResult
            || (operation.kind == .compareAndSet && !operation.isMismatch)
          return
            "\(operation.kind) \(operation.outcome) \(operation.process) \(history[operation.key]) \(operation.isFinal) "
            + "\(operation.isMismatch) \(operation.hasResult) \(operation.server ?? -1) \(operation.invoked) "
            + "\(operation.completed) \(tells ? history[operation.value].description : "") "
            + "\(history[operation.expected]) \(history[history.initialValue(of: operation.key)])"
        }
      }
      // Only what order they are in counts where no clock tells the time.
      if again.clock != .order {
        #expect(rows(again) == rows(history), "seed \(seed)")
      }
      #expect(again.operations.count == history.operations.count)
      for model in [Model.linearizable, .sequential, .regular, .eventual] {
        let (one, other) = (check(history, model), check(again, model))
        #expect(one.holds == other.holds && one.isViolated == other.isViolated, "seed \(seed), \(model)")
      }
    }
  }

  @Test("what an earlier check left behind is removed where it is no longer true")
  func stale() throws {
    try withTemporaryFolder { folder in
      let bad = try HistoryText.parse("w(a,1)[0..1]\nr(a,null)[2..3]")
      let good = try HistoryText.parse("w(a,1)[0..1]\nr(a,1)[2..3]")
      #expect(try expectSameViolations(bad, in: folder, "bad") > 0)
      #expect(try expectSameViolations(good, in: folder, "good") == 0)
    }
  }
}
