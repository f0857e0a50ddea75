import Consistency
import History
import KeyValue

/// A counterexample told step by step: its operations, the arrows between them, and what each step adds.
struct Story {
  /// What is told at a time, and what it is about.
  struct Step {
    let sentence: String
    var operations: [OperationID] = []
    var arrows: [Int] = []
  }

  /// More operations are not drawn.
  private static let operationsMax = 40
  /// The longest label that leaves its drawing room for bars and arrows.
  private static let labelMax = 40

  private let counterexample: Counterexample
  private let model: Model
  private let narration: Narration
  private let operations: [OperationID]
  private let omitted: Int
  private let arrows: [Arrow]
  private var steps: [Step] = []

  init(_ counterexample: Counterexample, _ model: Model, _ explanation: Explanation, _ narration: Narration) {
    self.counterexample = counterexample
    self.model = model
    self.narration = narration
    let found = CounterexampleArrows(counterexample, model, narration)
    var named = Set(found.operations)
    if case .noOrder(let placed, let blocked) = counterexample.reason {
      named.formUnion(placed.suffix(Self.operationsMax / 2) + blocked)
    }
    let drawn = Array(named.sorted().prefix(Self.operationsMax))
    operations = drawn
    omitted = named.count - drawn.count
    arrows = found.arrows.filter { drawn.contains($0.from) && drawn.contains($0.to) }
    switch counterexample.reason {
    case .cycle(let cycle): tell(cycle)
    case .noOrder(let placed, let blocked): tell(DeadEnd(placed: placed, blocked: blocked))
    case .overwrittenValue(let read, let write, let replacement):
      tell(explanation, [[read] + (write.map { [$0] } ?? []), [replacement, read]])
    case .futureRead(let read, let writes), .abortedRead(let read, let writes):
      tell(explanation, [[read] + writes])
    case .replacedValue(let read, let write, let replacement):
      tell(explanation, [[read], [write, read], [replacement, read]])
    case .lostWrite(let read, let write): tell(explanation, [[read], [write, read]])
    case .disagreement(_, let reads): tell(explanation, [reads] + reads.map { [$0] })
    case .thinAirRead, .impossibleMismatch, .everyReadingFails, .untold: tell(explanation, [])
    }
  }

  // MARK: Telling

  private mutating func tell(_ explanation: Explanation, _ operations: [[OperationID]]) {
    for (index, sentence) in explanation.sentences.enumerated() {
      let named = index < operations.count ? operations[index] : []
      let about = named.count > 1 ? self.arrows(within: named) : []
      steps.append(Step(sentence: sentence, operations: named, arrows: about))
    }
  }

  /// A circle is told edge by edge, each with what follows from it.
  private mutating func tell(_ cycle: Cycle) {
    let circle = Circle(cycle: cycle, narration: narration)
    steps.append(Step(sentence: circle.summary))
    for (index, edge) in cycle.edges.enumerated() {
      let about = Cycle(pattern: cycle.pattern, edges: [edge]).operations
      let conclusion = "\(short(edge.from)) must come before \(short(edge.to))"
      let turn = index > 0 && index == cycle.edges.count - 1 ? "But then" : "So"
      steps.append(
        Step(
          sentence: "\(circle.sentence(edge)) \(turn) \(conclusion).", operations: about,
          arrows: arrows.indices.filter { number in
            arrows[number].from == edge.from && arrows[number].to == edge.to
              || arrows[number].isDetail && about.contains(arrows[number].from)
                && about.contains(arrows[number].to)
          }))
    }
    if let first = cycle.edges.first {
      let sentence =
        "The circle is closed: \(short(first.from)) would have to come before itself. No order does that."
      steps.append(
        Step(
          sentence: sentence, operations: cycle.edges.map(\.from),
          arrows: arrows.indices.filter { !arrows[$0].isDetail }))
    }
  }

  /// The best attempt at an order is made again, until nothing can come next.
  private mutating func tell(_ end: DeadEnd) {
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
      let about = arrows.indices.filter { arrows[$0].to == id || arrows[$0].from == id }
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

  private func arrows(within named: [OperationID]) -> [Int] {
    arrows.indices.filter { named.contains(arrows[$0].from) && named.contains(arrows[$0].to) }
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
        "operation": JSON(id.index), "lane": JSON(narration.who(id)),
        "label": JSON(narration.brief(id, within: Self.labelMax)),
        "sentence": JSON(narration.sentence(id).asSentence), "kind": JSON(operation.kind.rawValue),
        "outcome": JSON(operation.outcome.rawValue), "start": JSON(operation.invoked &- origin),
        "end": isOpen ? nil : JSON(operation.completed &- origin),
      ]
    }
    let reasons = Arrow.Reason.allCases.filter { reason in arrows.contains { $0.reason == reason } }
    return [
      "reasons": .array(reasons.map { ["name": JSON($0.rawValue), "words": JSON($0.words)] }),
      "operations": .array(rows), "omitted": JSON(omitted),
      "arrows": .array(
        arrows.compactMap { arrow in
          guard let from = place[arrow.from], let to = place[arrow.to] else { return nil }
          return [
            "from": JSON(from), "to": JSON(to), "because": JSON(arrow.reason.rawValue),
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
