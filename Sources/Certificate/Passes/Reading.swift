import History

/// Which write each operation read from, and so which operations of unknown outcome happened.
struct Reading {
  /// Found the initial value.
  static let initial: Int32 = -1
  /// Finds nothing, did not happen, or it is not said what it read from.
  static let none: Int32 = -2

  let columns: Columns
  var source: [Int32]
  var happened: [Bool]

  /// Checks that each operation that found something has one source, which wrote what it found.
  init(_ sources: Sources, _ columns: Columns) throws(Objection) {
    guard sources.reads.count == sources.writes.count else {
      throw Objection("reads and writes differ in number")
    }
    try columns.pace.ask(for: 5 * columns.operations.count)
    self.columns = columns
    source = Array(repeating: Self.none, count: columns.operations.count)
    happened = Array(repeating: false, count: columns.operations.count)
    for index in happened.indices {
      try columns.pace.step()
      happened[index] = columns.operations[index].isRequired
    }
    for place in sources.reads.indices {
      try columns.pace.step()
      let index = sources.reads[place]
      let write = sources.writes[place]
      let read = try columns.operation(index)
      guard read.isFinder else { throw columns.objection("finds nothing, and yet has a source", at: index) }
      guard source[Int(index)] == Self.none else { throw columns.objection("has two sources", at: index) }
      happened[Int(index)] = true
      if write == Sources.initial {
        guard read.fits(columns.initialValue(read.key)) else {
          throw columns.objection("did not find the initial value", at: index)
        }
        source[Int(index)] = Self.initial
        continue
      }
      let writer = try columns.operation(write)
      guard writer.isWrite, writer.key == read.key, write != index else {
        throw columns.objection("reads from what does not write its key", at: index)
      }
      guard !columns.precedes(index, write, inRealTime: false) else {
        throw columns.objection("reads from what its own process wrote later", at: index)
      }
      guard read.fits(writer.value) else {
        throw columns.objection("did not find the value of operation #\(write)", at: index)
      }
      happened[Int(write)] = true
      source[Int(index)] = write
    }
    for index in source.indices {
      try columns.pace.step()
      guard source[index] == Self.none, happened[index] else { continue }
      guard columns.operations[index].isFinder else { continue }
      throw columns.objection("has no source", at: Int32(truncatingIfNeeded: index))
    }
  }

  /// The reading of a part of a history in which sources are settled one by one.
  init(unsettled columns: Columns) {
    self.columns = columns
    source = Array(repeating: Self.none, count: columns.operations.count)
    happened = columns.operations.map(\.isRequired)
  }
}
