import Consistency
import History
import KeyValue

/// Where the search for an order got stuck, in words: what was placed, what a single copy would hold then, and why
/// nothing can come next.
struct DeadEnd {
  /// More operations than this are not told one by one.
  private static let obstaclesMax = 8

  let placed: [OperationID]
  let blocked: [OperationID]

  /// The sentences that tell the story.
  func sentences(_ counterexample: Counterexample, _ model: Model, _ narration: Narration) -> [String] {
    let order = model == .linearizable ? "respects real time" : "keeps the order of each process"
    let count = counterexample.operations.count
    let subject = count == 1 ? "this operation" : "these \(count) operations"
    var sentences = ["No single order of \(subject) \(order) and lets every read return the latest write."]
    if counterexample.isMinimal, count > 1 {
      sentences.append("Without any one of them the others could be ordered.")
    }
    if !placed.isEmpty {
      let last = placed.suffix(4).map { narration.brief($0) + " (\(narration.who($0)))" }.joined(
        separator: ", ")
      let skipped = placed.count > 4 ? "\(placed.count - 4) operations, " : ""
      sentences.append("The best attempt places \(skipped)\(last).")
    }
    for (_, obstacle) in obstacles(counterexample, model, narration) { sentences += obstacle }
    if blocked.count > Self.obstaclesMax {
      sentences.append("\(blocked.count - Self.obstaclesMax) more operations cannot come next either.")
    }
    return sentences
  }

  /// Why each of the blocked operations, or the first of them, cannot come next.
  func obstacles(
    _ counterexample: Counterexample, _ model: Model, _ narration: Narration
  ) -> [(id: OperationID, sentences: [String])] {
    let writers = lastWriters(narration.history)
    return blocked.prefix(Self.obstaclesMax).map { id in
      let origin = origin(of: id, counterexample, narration)
      return (id, [obstacle(id, writers, model, narration)] + (origin.map { [$0] } ?? []))
    }
  }

  /// The last operation placed that changed each key.
  private func lastWriters(_ history: History) -> [KeyID: OperationID] {
    var writers: [KeyID: OperationID] = [:]
    for id in placed where history[id].mayWrite { writers[history[id].key] = id }
    return writers
  }

  /// Who wrote the value that a read returned, where one operation did that the counterexample does not show.
  private func origin(
    of id: OperationID, _ counterexample: Counterexample, _ narration: Narration
  ) -> String? {
    let history = narration.history
    let read = history[id]
    guard read.kind == .read, read.hasResult, history.initialValue(of: read.key) != read.value else {
      return nil
    }
    let writers = history.ids { $0.mayWrite && $0.key == read.key && $0.value == read.value }
    guard writers.count == 1, !counterexample.operations.contains(writers[0]) else { return nil }
    let writer = "\(narration.who(writers[0])) \(narration.when(writers[0]))"
    return "\(narration.value(read.value)) was written to \(narration.key(read.key)) by \(writer)."
  }

  private func obstacle(
    _ id: OperationID, _ writers: [KeyID: OperationID], _ model: Model, _ narration: Narration
  ) -> String {
    let history = narration.history
    let operation = history[id]
    guard operation.kind != .write else { return "\(narration.sentence(id)): that cannot come next either." }
    let writer = writers[operation.key]
    let held = narration.value(writer.map { history[$0].value } ?? history.initialValue(of: operation.key))
    let origin =
      writer.map { "which \(narration.who($0)) wrote" + gap($0, id, model, history) } ?? "as at first"
    let key = narration.key(operation.key)
    let moment = placed.isEmpty ? "at first" : "at that point"
    let tail = writer == nil && placed.isEmpty ? "" : ", \(origin)"
    return "\(narration.sentence(id)), but \(moment) \(key) holds \(held)\(tail)."
  }

  /// How long the write had ended when the other began, where real time matters.
  private func gap(_ write: OperationID, _ other: OperationID, _ model: Model, _ history: History) -> String {
    let (write, other) = (history[write], history[other])
    guard model == .linearizable, history.clock != .order, write.precedes(other) else { return "" }
    let gap = TimeText.duration(nanoseconds: other.invoked &- write.completed)
    return " in an operation that had ended \(gap) before this one began"
  }
}
