import Consistency
import History

/// A circle of operations in words: first what is wrong, then each operation with why the next comes after it.
struct Circle {
  let cycle: Cycle
  let narration: Narration

  /// The sentences that tell the story.
  var sentences: [String] { [summary] + cycle.edges.map(sentence) }

  /// What is wrong, in a sentence.
  var summary: String {
    switch cycle.pattern {
    case .cyclicCausalOrder: "Cause and effect go round in a circle."
    case .causallyOverwrittenInitialValue:
      "A read returned the initial value although a write it depends on had replaced that."
    case .causallyOverwrittenValue:
      "A read returned a value although a write it depends on had replaced that."
    case .cyclicConflictOrder: "No one order of the writes fits what was read."
    case .initialValueOverwrittenForProcess:
      "A process read the initial value although it must have seen a write that replaced that."
    case .cyclicOrderOfProcess: "No one order of the writes fits what one process read."
    case .ownWriteMissed: "A process read something older than what it had written itself."
    case .olderVersionReadLater: "A process read something older than what it had read before."
    case .versionReadAgain: "A process read one value, then another, then the first again."
    case .earlierWriteOfAuthorMissed:
      "A process saw a write, but then something older than what its author had written before."
    case .versionReadByAuthorMissed:
      "A process saw a write, but then something older than what its author had read before."
    case .versionPrecedesItself: "A value is older than itself."
    case .cyclicTotalOrder: "No single order keeps the order of each process and fits what was read."
    }
  }

  /// Why the second of two operations comes after the first.
  func sentence(_ edge: Cycle.Edge) -> String {
    let (from, to) = (narration.sentence(edge.from), narration.sentence(edge.to))
    switch edge.reason {
    case .processOrder:
      return "\(from), and then \(narration.did(edge.to)) \(narration.when(edge.to))."
    case .readsFrom:
      return "\(to), which \(narration.who(edge.from)) had written \(narration.when(edge.from))."
    case .foundInitialValue:
      return "\(from), which is the initial value, so it came before this: \(to)."
    case .overwrittenBefore(let read, let path):
      let value = narration.brief(edge.to)
      return
        "\(narration.sentence(read)), so the last write before that is \(value); this comes before that read"
        + via(path) + ", and therefore before \(value): \(from)."
    case .replacedAfter(let write, let path):
      return
        "\(from), written by \(narration.who(write)) \(narration.when(write)); this comes after that write"
        + via(path) + ", and therefore after the read: \(to)."
    }
  }

  /// The operations between the ends of a path.
  private func via(_ path: [Cycle.Edge]) -> String {
    guard path.count > 1 else { return "" }
    let between = path.dropLast().map { "\(narration.brief($0.to)) (\(narration.who($0.to)))" }
    return " by way of \(between.joined(separator: ", "))"
  }
}
