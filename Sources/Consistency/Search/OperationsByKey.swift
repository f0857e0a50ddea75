public import History

/// The operations of each key, in order of invocation: counted, then dealt out into one array.
public struct OperationsByKey: Sendable {
  private let ids: [Int32]
  private let starts: [Int]

  /// Arranges the operations of a history. Linear.
  public init(_ history: History) {
    let operations = history.operations
    var starts = Array(repeating: 0, count: history.keys.count + 1)
    for operation in operations { starts[Int(operation.key.index) + 1] += 1 }
    for key in history.keys.indices { starts[key + 1] += starts[key] }
    var next = starts
    var ids = Array(repeating: Int32(0), count: operations.count)
    for (id, operation) in operations.enumerated() {
      let key = Int(operation.key.index)
      ids[next[key]] = Int32(truncatingIfNeeded: id)
      next[key] += 1
    }
    self.ids = ids
    self.starts = starts
  }

  /// The operations of a key, as places in ``History/operations``.
  public subscript(key: KeyID) -> ArraySlice<Int32> {
    ids[starts[Int(key.index)]..<starts[Int(key.index) + 1]]
  }
}
