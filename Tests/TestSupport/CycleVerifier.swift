public import Consistency
public import History

/// Checks, edge by edge, the circle that a verdict gives as proof that a model is violated.
public enum CycleVerifier {
  /// What is wrong with a circle, each a sentence; empty when it is one.
  public static func problems(_ cycle: Cycle, of history: History) -> [String] {
    var problems = chain(cycle.edges, history)
    if cycle.edges.isEmpty { problems.append("there is no edge") }
    if cycle.edges.first?.from != cycle.edges.last?.to { problems.append("the circle is open") }
    return problems
  }

  private static func chain(_ edges: [Cycle.Edge], _ history: History) -> [String] {
    var problems: [String] = []
    for (edge, next) in zip(edges, edges.dropFirst()) where edge.to != next.from {
      problems.append("the path is broken at \(edge.to)")
    }
    for edge in edges { problems += check(edge, history) }
    return problems
  }

  private static func check(_ edge: Cycle.Edge, _ history: History) -> [String] {
    let (from, to) = (history[edge.from], history[edge.to])
    func isRead(_ read: OperationID, from write: OperationID) -> Bool {
      history[write].mayWrite && history[write].key == history[read].key && write != read
        && BruteForceReading.fits(history[read], history[write].value) && history[read].kind != .write
    }
    func path(_ edges: [Cycle.Edge], _ start: OperationID, _ goal: OperationID) -> [String] {
      let isRight = edges.first?.from == start && edges.last?.to == goal
      return (isRight ? [] : ["the reason of \(edge.from) to \(edge.to) is no path"]) + chain(edges, history)
    }
    let isWritten = from.mayWrite && to.mayWrite && from.key == to.key
    switch edge.reason {
    case .processOrder:
      return from.process == to.process && edge.from < edge.to ? [] : ["no process order at \(edge.from)"]
    case .readsFrom:
      return isRead(edge.to, from: edge.from) ? [] : ["\(edge.to) does not read from \(edge.from)"]
    case .foundInitialValue:
      let fits = BruteForceReading.fits(from, history.initialValue(of: from.key))
      return fits && from.kind != .write && to.mayWrite && to.key == from.key
        ? [] : ["\(edge.from) did not find the initial value"]
    case .overwrittenBefore(let read, let reason):
      let isRight = isWritten && isRead(read, from: edge.to)
      return (isRight ? [] : ["\(edge.from) does not conflict with \(edge.to)"])
        + path(reason, edge.from, read)
    case .replacedAfter(let write, let reason):
      let isRight = isRead(edge.from, from: write) && to.mayWrite && to.key == from.key && write != edge.to
      return (isRight ? [] : ["\(edge.to) does not replace \(write)"]) + path(reason, write, edge.to)
    }
  }
}
