import Consistency
import History
import KeyValue

/// Where the search for an order got stuck, in words: what was placed, what a single copy would hold then, and why
/// nothing can come next.
struct DeadEnd {
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
      let last = placed.suffix(4).map { narration.brief($0) + " (\(narration.who($0)))" }.joined(separator: ", ")
      let skipped = placed.count > 4 ? "\(placed.count - 4) operations, " : ""
      sentences.append("The best attempt places \(skipped)\(last).")
    }
    let writers = lastWriters(narration.history)
    for id in blocked { sentences.append(obstacle(id, writers, narration)) }
    return sentences
  }

  /// The last operation placed that changed each key.
  private func lastWriters(_ history: History) -> [KeyID: OperationID] {
    var writers: [KeyID: OperationID] = [:]
    for id in placed where history[id].mayWrite { writers[history[id].key] = id }
    return writers
  }

  private func obstacle(
    _ id: OperationID, _ writers: [KeyID: OperationID], _ narration: Narration
  ) -> String {
    let history = narration.history
    let operation = history[id]
    guard operation.kind != .write else { return "\(narration.sentence(id)): that cannot come next either." }
    let writer = writers[operation.key]
    let held = narration.value(writer.map { history[$0].value } ?? history.initialValue(of: operation.key))
    let origin = writer.map { "which \(narration.who($0)) wrote" } ?? "as at first"
    let key = narration.key(operation.key)
    let moment = placed.isEmpty ? "at first" : "at that point"
    let tail = writer == nil && placed.isEmpty ? "" : ", \(origin)"
    return "\(narration.sentence(id)), but \(moment) \(key) holds \(held)\(tail)."
  }
}
