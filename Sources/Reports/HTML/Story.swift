import Consistency
import History
import KeyValue

/// A counterexample told step by step: its operations, the arrows between them, and what each step adds.
struct Story {
  /// Why one operation must come before another.
  enum Because: String {
    case processOrder = "process-order"
    case realTime = "real-time"
    case readsFrom = "reads-from"
    /// The first found what the second replaced.
    case overwrites
    /// Both write, and what was read tells which came first.
    case writeOrder = "write-order"
  }

  /// A reason, drawn from one operation to another.
  struct Arrow {
    let from: OperationID
    let to: OperationID
    let because: Because
    let sentence: String
  }

  /// What is told at a time, and what it is about.
  struct Step {
    let sentence: String
    var operations: [OperationID] = []
    var arrows: [Int] = []
  }

  /// More operations are not drawn.
  private static let operationsMax = 40
  private static let arrowsMax = 60

  private let counterexample: Counterexample
  private let model: Model
  private let narration: Narration
  private let operations: [OperationID]
  private var arrows: [Arrow] = []
  private var steps: [Step] = []

  init(_ counterexample: Counterexample, _ model: Model, _ explanation: Explanation, _ narration: Narration) {
    self.counterexample = counterexample
    self.model = model
    self.narration = narration
    var named = Set(counterexample.operations)
    if case .noOrder(let placed, let blocked) = counterexample.reason {
      named.formUnion(placed.suffix(Self.operationsMax / 2) + blocked)
    }
    operations = Array(named.sorted().prefix(Self.operationsMax))
    switch counterexample.reason {
    case .cycle(let cycle): tell(cycle)
    case .noOrder(let placed, let blocked): tell(DeadEnd(placed: placed, blocked: blocked))
    case .overwrittenValue(let read, let write, let replacement):
      if let write {
        connect(write, replacement, .realTime)
        connect(write, read, .readsFrom)
      }
      connect(replacement, read, .realTime)
      tell(explanation, [[read] + (write.map { [$0] } ?? []), [replacement]])
    case .futureRead(let read, let writes):
      for write in writes.prefix(4) { connect(read, write, .realTime) }
      tell(explanation, [[read] + writes])
    case .abortedRead(let read, let writes):
      for write in writes.prefix(4) { connect(write, read, .readsFrom) }
      tell(explanation, [[read] + writes])
    case .replacedValue(let read, let write, let replacement):
      connect(write, read, .readsFrom)
      connect(write, replacement, .writeOrder)
      tell(explanation, [[read], [write], [replacement]])
    case .lostWrite(let read, let write): tell(explanation, [[read], [write]])
    case .disagreement(_, let reads): tell(explanation, [reads] + reads.map { [$0] })
    case .thinAirRead, .impossibleMismatch, .everyReadingFails: tell(explanation, [])
    }
  }

  // MARK: Telling

  private mutating func tell(_ explanation: Explanation, _ operations: [[OperationID]]) {
    for (index, sentence) in explanation.sentences.enumerated() {
      let named = index < operations.count ? operations[index] : []
      let about = arrows.indices.filter { named.contains(arrows[$0].from) || named.contains(arrows[$0].to) }
      steps.append(Step(sentence: sentence, operations: named, arrows: about))
    }
  }

  /// A circle is told edge by edge, each with what follows from it.
  private mutating func tell(_ cycle: Cycle) {
    let circle = Circle(cycle: cycle, narration: narration)
    steps.append(Step(sentence: circle.summary))
    for (index, edge) in cycle.edges.enumerated() {
      let isLast = index == cycle.edges.count - 1
      let sentence = circle.sentence(edge)
      arrows.append(Arrow(from: edge.from, to: edge.to, because: Because(edge.reason), sentence: sentence))
      var about = [edge.from, edge.to]
      switch edge.reason {
      case .overwrittenBefore(let other, _), .replacedAfter(let other, _): about.append(other)
      case .processOrder, .readsFrom, .foundInitialValue: break
      }
      let conclusion = "\(short(edge.from)) must come before \(short(edge.to))"
      let turn = isLast && index > 0 ? "But then " : "So "
      steps.append(
        Step(sentence: sentence + " " + turn + conclusion + ".", operations: about, arrows: [index]))
    }
    if let first = cycle.edges.first {
      let sentence =
        "The circle is closed: \(short(first.from)) would have to come before itself. No order does that."
      steps.append(
        Step(sentence: sentence, operations: cycle.edges.map(\.from), arrows: Array(arrows.indices)))
    }
  }

  /// The best attempt at an order is made again, until nothing can come next.
  private mutating func tell(_ end: DeadEnd) {
    connectKnownOrder()
    connectReads()
    let count = operations.count
    steps.append(
      Step(
        sentence:
          "The best attempt to put \(count == 1 ? "this operation" : "these operations") into one order."))
    let skipped = max(0, end.placed.count - Self.operationsMax / 2)
    for (index, id) in end.placed.enumerated().dropFirst(skipped) {
      let how = index == 0 ? "First" : index == skipped ? "After \(skipped) operations" : "Then"
      steps.append(Step(sentence: "\(how) \(narration.sentence(id)).", operations: [id]))
    }
    for (id, sentences) in end.obstacles(counterexample, model, narration) {
      let about = arrows.indices.filter { arrows[$0].to == id }
      steps.append(
        Step(
          sentence: "Next might come this: \(sentences.joined(separator: " "))", operations: [id],
          arrows: about))
    }
    let order = model == .linearizable ? "respects real time" : "keeps the order of each process"
    steps.append(
      Step(
        sentence: "Nothing can come next. Every other attempt that \(order) ends like this.",
        operations: end.blocked))
  }

  private func short(_ id: OperationID) -> String { "\(narration.brief(id)) (\(narration.who(id)))" }

  // MARK: Arrows

  private mutating func connect(_ from: OperationID, _ to: OperationID, _ because: Because) {
    let sentence =
      switch because {
      case .processOrder, .writeOrder: "\(short(from)) came before \(short(to))."
      case .realTime: "\(short(from)) had ended before \(short(to)) began."
      case .readsFrom: "\(short(to)) found what \(short(from)) wrote."
      case .overwrites: "\(short(from)) found what \(short(to)) replaced."
      }
    arrows.append(Arrow(from: from, to: to, because: because, sentence: sentence))
  }

  /// What the model takes as known, without what follows from the rest.
  private mutating func connectKnownOrder() {
    let history = narration.history
    let isRealTime = model == .linearizable
    func precedes(_ one: OperationID, _ other: OperationID) -> Bool {
      isRealTime
        ? history[one].precedes(history[other])
        : history[one].process == history[other].process && one < other
    }
    for to in operations {
      let before = operations.filter { precedes($0, to) }
      for from in before
      where !before.contains(where: { precedes(from, $0) }) && arrows.count < Self.arrowsMax {
        let isProcess = history[from].process == history[to].process
        connect(from, to, isProcess ? .processOrder : .realTime)
      }
    }
  }

  private mutating func connectReads() {
    let history = narration.history
    for read in operations where history[read].kind == .read && history[read].hasResult {
      let writers = operations.filter {
        history[$0].mayWrite && history[$0].key == history[read].key
          && history[$0].value == history[read].value
      }
      if writers.count == 1 { connect(writers[0], read, .readsFrom) }
    }
  }

  // MARK: For the page

  /// The story as the page's script reads it.
  var json: JSON {
    let history = narration.history
    let origin = history.operations.first?.invoked ?? 0
    let place = Dictionary(uniqueKeysWithValues: operations.enumerated().map { ($0.element, $0.offset) })
    func places(_ ids: [OperationID]) -> JSON { .array(ids.compactMap { place[$0].map { JSON($0) } }) }
    let rows = operations.map { id -> JSON in
      let operation = history[id]
      let isOpen = operation.completed == Operation.never
      return [
        "operation": JSON(id.index), "lane": JSON(narration.who(id)), "label": JSON(narration.brief(id)),
        "sentence": JSON(narration.sentence(id).asSentence), "kind": JSON(operation.kind.rawValue),
        "outcome": JSON(operation.outcome.rawValue), "start": JSON(operation.invoked &- origin),
        "end": isOpen ? nil : JSON(operation.completed &- origin),
      ]
    }
    return [
      "operations": .array(rows), "omitted": JSON(counterexample.operations.count - operations.count),
      "arrows": .array(
        arrows.compactMap { arrow in
          guard let from = place[arrow.from], let to = place[arrow.to] else { return nil }
          return [
            "from": JSON(from), "to": JSON(to), "because": JSON(arrow.because.rawValue),
            "sentence": JSON(arrow.sentence),
          ]
        }),
      "steps": .array(
        steps.map {
          [
            "sentence": JSON($0.sentence), "operations": places($0.operations),
            "arrows": .array($0.arrows.map { JSON($0) }),
          ]
        }),
    ]
  }
}

extension Story.Because {
  fileprivate init(_ reason: Cycle.Edge.Reason) {
    self =
      switch reason {
      case .processOrder: .processOrder
      case .readsFrom: .readsFrom
      case .foundInitialValue, .replacedAfter: .overwrites
      case .overwrittenBefore: .writeOrder
      }
  }
}
