import History

/// Checks a circle edge by edge: each edge says something true of the history, each ends where the next begins, and all
/// operations are of the core.
struct Circle {
  private let columns: Columns
  private let members: Set<Int32>

  init(_ columns: Columns, _ members: Set<Int32>) {
    self.columns = columns
    self.members = members
  }

  func verify(_ edges: [Edge]) throws(Objection) {
    guard let first = edges.first, let last = edges.last else { return }
    guard last.to == first.from else { throw Objection("the circle is open") }
    try verify(path: edges)
  }

  private func verify(path: [Edge]) throws(Objection) {
    for (edge, next) in zip(path, path.dropFirst()) where edge.to != next.from {
      throw Objection("the path is broken at #\(edge.to)")
    }
    for edge in path { try verify(edge) }
  }

  private func verify(_ edge: Edge) throws(Objection) {
    let from = try member(edge.from)
    let to = try member(edge.to)
    let isTrue: Bool
    switch edge.reason {
    case .processOrder: isTrue = from.process == to.process && edge.from < edge.to
    case .readsFrom: isTrue = reads(edge.to, to, from: edge.from, from)
    case .foundInitialValue:
      isTrue = from.isFinder && from.fits(columns.initialValue(from.key)) && to.isWrite && to.key == from.key
    case .overwrittenBefore(let read, let path):
      let reader = try member(read)
      isTrue = from.isWrite && from.key == to.key && reads(read, reader, from: edge.to, to)
      try verify(path, from: edge.from, to: read)
    case .replacedAfter(let write, let path):
      let writer = try member(write)
      isTrue =
        reads(edge.from, from, from: write, writer) && to.isWrite && to.key == from.key && write != edge.to
      try verify(path, from: write, to: edge.to)
    }
    if !isTrue {
      throw Objection("it is not so that #\(edge.from) comes before #\(edge.to) for the reason given")
    }
  }

  private func verify(_ path: [Edge], from start: Int32, to goal: Int32) throws(Objection) {
    guard path.first?.from == start, path.last?.to == goal else {
      throw Objection("the reason why #\(start) comes before #\(goal) is no path between them")
    }
    try verify(path: path)
  }

  private func member(_ index: Int32) throws(Objection) -> Operation {
    let operation = try columns.operation(index)
    guard members.contains(index) else { throw columns.objection("is not among those shown", at: index) }
    return operation
  }

  private func reads(_ read: Int32, _ reader: Operation, from write: Int32, _ writer: Operation) -> Bool {
    reader.isFinder && writer.isWrite && writer.key == reader.key && read != write
      && reader.fits(writer.value)
  }
}
