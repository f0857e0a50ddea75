import Consistency
import History

/// A picture of a few operations in characters: a lane for each process, a row and a bar for each operation.
///
///     client 0  write a 1  |-----|
///     client 1  read a 0             |---|
///
/// A bar that ends in `>` is an operation that never completed.
struct Timeline {
  /// More operations than this are not drawn.
  static let operationsMax = 40
  private static let barWidth = 48
  private static let labelWidthMax = 44

  let narration: Narration
  let operations: [OperationID]

  /// The picture, line by line; empty when there is nothing to draw.
  var lines: [String] {
    let history = narration.history
    let shown = operations.prefix(Self.operationsMax).sorted {
      (history[$0].process, $0) < (history[$1].process, $1)
    }
    guard let first = shown.map({ history[$0].invoked }).min() else { return [] }
    // What never completes reaches to the right edge, beyond the last instant that is known.
    let last =
      shown.map { history[$0].completed == Operation.never ? history[$0].invoked : history[$0].completed }
      .max() ?? first
    let lanes = lanes(shown)
    let briefs = shown.map { narration.brief($0, within: Self.labelWidthMax) }
    let laneWidth = lanes.map(\.count).max() ?? 0
    let briefWidth = briefs.map(\.count).max() ?? 0
    var lines = zip(shown, zip(lanes, briefs)).map { id, label in
      pad(label.0, laneWidth) + "  " + pad(label.1, briefWidth) + "  "
        + bar(history[id], from: first, to: last)
    }
    if history.clock != .order {
      let start = narration.clockTime(first) ?? "0"
      let length = "+" + TimeText.duration(nanoseconds: last &- first)
      let gap = max(1, Self.barWidth - start.count - length.count)
      lines.append(
        String(repeating: " ", count: laneWidth + briefWidth + 4) + start
          + String(repeating: " ", count: gap) + length)
    }
    if operations.count > shown.count {
      lines.append("(\(operations.count - shown.count) more operations are not drawn)")
    }
    return lines
  }

  /// The name of each row's lane, where it differs from that of the row above.
  private func lanes(_ shown: [OperationID]) -> [String] {
    let history = narration.history
    return shown.indices.map { index in
      let process = history[shown[index]].process
      if index > 0, history[shown[index - 1]].process == process { return "" }
      return narration.who(shown[index])
    }
  }

  private func bar(_ operation: Operation, from first: Int64, to last: Int64) -> String {
    let width = Self.barWidth
    let length = Double(last &- first)
    func column(_ time: Int64) -> Int {
      length > 0 ? min(width - 1, max(0, Int(Double(time &- first) / length * Double(width - 1)))) : 0
    }
    let start = column(operation.invoked)
    let isOpen = operation.completed == Operation.never
    let end = isOpen ? width : column(operation.completed)
    let bar =
      end == start
      ? "|" : "|" + String(repeating: "-", count: max(0, end - start - 1)) + (isOpen ? ">" : "|")
    return String(repeating: " ", count: start) + bar
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
