import Consistency
import History

/// The arrows between the operations of a counterexample.
struct CounterexampleArrows {
  private let counterexample: Counterexample
  private let narration: Narration
  private let knowsRealTime: Bool
  private var history: History { narration.history }

  /// What the arrows are between: the counterexample's operations and those that wrote what they found.
  let operations: [OperationID]
  /// The arrows; those that only support others come last.
  private(set) var arrows: [Arrow] = []

  init(_ counterexample: Counterexample, _ model: Model, _ narration: Narration) {
    self.counterexample = counterexample
    self.narration = narration
    knowsRealTime = [.linearizable, .regular, .safe].contains(model)
    let history = narration.history
    var operations = Set(counterexample.operations)
    var sources: [OperationID: OperationID] = [:]
    if case .cycle(let cycle) = counterexample.reason {
      operations.formUnion(cycle.operations)
    } else {
      let found = counterexample.operations.prefix(Self.operationsMax)
      sources = Self.sources(of: Array(found), in: history)
      operations.formUnion(sources.values)
    }
    self.operations = operations.sorted()
    var all = derived(sources)
    // The first arrow between two operations for a reason says it best.
    var seen: Set<[Int]> = []
    all = all.filter { arrow in
      let place = Arrow.Reason.allCases.firstIndex(of: arrow.reason) ?? 0
      return seen.insert([arrow.from.index, arrow.to.index, place]).inserted
    }
    arrows = all.filter { !$0.isDetail } + all.filter(\.isDetail)
  }

  /// Beyond so many operations nothing is derived that is not in the evidence.
  private static let operationsMax = 40

  /// Which one operation wrote what each found, where only one can have and the key did not hold that at first.
  private static func sources(
    of readers: [OperationID], in history: History
  ) -> [OperationID: OperationID] {
    struct Cell: Hashable {
      let key: KeyID
      let value: ValueID
    }
    var writers: [Cell: [OperationID]] = [:]
    for id in readers {
      let operation = history[id]
      guard let value = operation.observed, value != history.initialValue(of: operation.key) else { continue }
      writers[Cell(key: operation.key, value: value)] = []
    }
    guard !writers.isEmpty else { return [:] }
    for id in history.ids where history[id].mayWrite {
      let cell = Cell(key: history[id].key, value: history[id].value)
      if writers[cell] != nil { writers[cell]?.append(id) }
    }
    return readers.reduce(into: [:]) { sources, id in
      let operation = history[id]
      guard let value = operation.observed else { return }
      let found = (writers[Cell(key: operation.key, value: value)] ?? []).filter { $0 != id }
      if found.count == 1 { sources[id] = found[0] }
    }
  }

  private func derived(_ sources: [OperationID: OperationID]) -> [Arrow] {
    switch counterexample.reason {
    case .cycle(let cycle): return cycle.edges.flatMap { arrows($0, isDetail: false) }
    case .overwrittenValue(let read, let write, let replacement):
      guard let write else { return [order(replacement, read), initial(read, replacement)] }
      return [
        readsFrom(write, read), order(write, replacement), order(replacement, read),
        overwritten(read, replacement),
      ]
    case .lostWrite(let read, let write): return [order(write, read), initial(read, write)]
    case .replacedValue(let read, let write, let replacement):
      return [readsFrom(write, read), overwritten(read, replacement)]
    case .futureRead(let read, let writes):
      return writes.flatMap { [order(read, $0), readsFrom($0, read)] }
    case .abortedRead(let read, let writes): return writes.map { readsFrom($0, read) }
    case .noOrder, .everyReadingFails: return contradictions(sources)
    case .thinAirRead, .impossibleMismatch, .untold: return []
    case .disagreement: return sources.sorted { $0.key < $1.key }.map { readsFrom($0.value, $0.key) }
    }
  }

  /// What is known of the order without a search, and what that makes of the values found.
  private func contradictions(_ sources: [OperationID: OperationID]) -> [Arrow] {
    let shown = Array(operations.prefix(Self.operationsMax))
    var arrows: [Arrow] = []
    for first in shown {
      for second in shown where isBefore(first, second) {
        guard !shown.contains(where: { isBefore(first, $0) && isBefore($0, second) }) else { continue }
        arrows.append(order(first, second))
      }
    }
    for reader in shown {
      guard let found = history[reader].observed else { continue }
      let source = sources[reader]
      if let source { arrows.append(readsFrom(source, reader)) }
      guard source != nil || found == history.initialValue(of: history[reader].key) else { continue }
      let replacements = shown.filter { id in
        let operation = history[id]
        return operation.mayWrite && operation.key == history[reader].key && operation.value != found
          && isBefore(id, reader) && (source.map { isBefore($0, id) } ?? true)
      }
      // Where an initial value is written again, finding it does not mean coming first.
      if source == nil, isWrittenAgain(found, history[reader].key) { continue }
      for replacement in replacements.suffix(1) {
        arrows.append(source == nil ? initial(reader, replacement) : overwritten(reader, replacement))
      }
    }
    return arrows
  }

  private func isWrittenAgain(_ value: ValueID, _ key: KeyID) -> Bool {
    history.operations.contains { $0.mayWrite && $0.key == key && $0.value == value }
  }

  private func isBefore(_ first: OperationID, _ second: OperationID) -> Bool {
    let (one, other) = (history[first], history[second])
    return knowsRealTime ? one.precedes(other) : one.process == other.process && first < second
  }
}

// MARK: - Words

extension CounterexampleArrows {
  private func arrows(_ edge: Cycle.Edge, isDetail: Bool) -> [Arrow] {
    func main(_ arrow: Arrow) -> Arrow { isDetail ? detail(arrow) : arrow }
    func detail(_ arrow: Arrow) -> Arrow {
      var arrow = arrow
      arrow.isDetail = true
      return arrow
    }
    func details(_ path: [Cycle.Edge]) -> [Arrow] { path.flatMap { arrows($0, isDetail: true) } }
    switch edge.reason {
    case .processOrder: return [main(order(edge.from, edge.to))]
    case .readsFrom: return [main(readsFrom(edge.from, edge.to))]
    case .foundInitialValue: return [main(initial(edge.from, edge.to))]
    case .overwrittenBefore(let read, let path):
      let sentence =
        "\(origin(of: read, edge.to)). \(possessive(edge.from).asSentence.dropLast()) "
        + "comes before \(possessive(read)), and therefore before that write."
      let arrow = Arrow(from: edge.from, to: edge.to, reason: .overwrites, sentence: sentence.asSentence)
      return [main(arrow), detail(readsFrom(edge.to, read))] + details(path)
    case .replacedAfter(let write, let path):
      let sentence =
        "\(origin(of: edge.from, write)), and \(possessive(edge.to)) replaced it, so that comes after."
      let arrow = Arrow(from: edge.from, to: edge.to, reason: .overwrites, sentence: sentence.asSentence)
      return [main(arrow), detail(readsFrom(write, edge.from))] + details(path)
    }
  }

  /// "client 0's write a 1".
  private func possessive(_ id: OperationID) -> String {
    "\(narration.who(id))'s \(narration.brief(id))"
  }

  private func order(_ from: OperationID, _ to: OperationID) -> Arrow {
    let (first, second) = (history[from], history[to])
    guard first.process != second.process else {
      let sentence = "\(narration.who(from)) \(narration.did(from)), and then \(narration.did(to))."
      return Arrow(from: from, to: to, reason: .programOrder, sentence: sentence.asSentence)
    }
    let gap =
      history.clock == .order
      ? "" : " " + TimeText.duration(nanoseconds: second.invoked &- first.completed)
    let sentence = "\(possessive(from)) had ended\(gap) before \(possessive(to)) began."
    return Arrow(from: from, to: to, reason: .realTime, sentence: sentence.asSentence)
  }

  private func readsFrom(_ write: OperationID, _ read: OperationID) -> Arrow {
    Arrow(from: write, to: read, reason: .readsFrom, sentence: origin(of: read, write).asSentence)
  }

  /// "client 1 read 17 from a on server 2; client 0 had written 17".
  private func origin(of read: OperationID, _ write: OperationID) -> String {
    let value = narration.value(history[read].observed ?? history[write].value)
    return "\(narration.who(read)) \(narration.did(read)); \(narration.who(write)) had written \(value)"
  }

  private func initial(_ read: OperationID, _ write: OperationID) -> Arrow {
    let sentence =
      "\(narration.who(read)) \(narration.did(read)), as at first, so before \(possessive(write))."
    return Arrow(from: read, to: write, reason: .overwrites, sentence: sentence.asSentence)
  }

  private func overwritten(_ read: OperationID, _ replacement: OperationID) -> Arrow {
    let sentence =
      "\(narration.who(read)) \(narration.did(read)), but \(possessive(replacement)) replaced what it found, "
      + "so that comes after."
    return Arrow(from: read, to: replacement, reason: .overwrites, sentence: sentence.asSentence)
  }
}
