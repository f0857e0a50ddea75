import Consistency
import History
import KeyValue

/// The order that a verdict rests on, for the page to replay: one of all operations, or one of each key's.
struct WitnessTracks {
  /// Longer orders are shown up to here.
  private static let operationsMax = 200_000

  private let tracks: [(name: String, operations: [OperationID])]

  /// nil when the witness is no order.
  init?(_ witness: Witness, _ narration: Narration) {
    switch witness {
    case .order(let operations): tracks = [("All operations", operations)]
    case .arbitration(let operations, _): tracks = [("All operations, as the replicas agreed", operations)]
    case .orderOfEachKey(let orders):
      tracks = orders.sorted { $0.operations.count > $1.operations.count }
        .map { (narration.key($0.key), $0.operations) }
    case .orderOfEachProcess(let orders, let common):
      tracks =
        orders.map { ("Process \($0.process)", $0.operations) }
        + (common.isEmpty ? [] : [("The other processes", common)])
    case .agreement, .readsFrom: return nil
    }
  }

  /// Of all operations of a history, by place, whether an order has it.
  func isPlaced(count: Int) -> [Bool] {
    var isPlaced = Array(repeating: false, count: count)
    for track in tracks { for id in track.operations { isPlaced[id.index] = true } }
    return isPlaced
  }

  /// The tracks as the page's script reads them, each with the numbers of its operations.
  var json: JSON {
    var left = Self.operationsMax
    var list: [JSON] = []
    for (name, operations) in tracks where left > 0 {
      let shown = operations.prefix(left)
      left -= shown.count
      var column = VarintColumn()
      var before: Int64 = 0
      for id in shown {
        column.append(signed: Int64(id.index) - before)
        before = Int64(id.index)
      }
      list.append(["name": JSON(name), "total": JSON(operations.count), "order": JSON(column.base64)])
    }
    return .array(list)
  }
}
