import Consistency
import History
import KeyValue

/// A history as the page's script reads it: a table of columns, all of it or, of a large history, what matters, with the
/// rest as counts by lane and time.
struct HistoryColumns {
  /// A history of up to so many operations is in the page in full.
  static let operationsMax = 200_000
  /// Of a larger one so many are, around those that matter.
  static let detailMax = 40_000
  /// How many bytes the texts of values may take together.
  private static let textMax = 1_500_000
  private static let cellsMax = 150_000

  private let history: History
  private let lanes: Lanes
  private let ranges: [Range<Int>]

  /// - Parameter important: the operations that a verdict names, around which those of a large history are kept.
  init(_ history: History, important: [OperationID], operationsMax: Int = operationsMax) {
    self.history = history
    lanes = Lanes(history)
    let count = history.operations.count
    guard count > operationsMax else {
      ranges = count == 0 ? [] : [0..<count]
      return
    }
    let detailMax = min(Self.detailMax, operationsMax)
    let centres = important.isEmpty ? [OperationID(0)] : Array(Set(important)).sorted()
    // Where stretches overlap there is room for longer ones.
    var radius = max(1, detailMax / centres.count / 2)
    var chosen = Self.stretches(around: centres.prefix(detailMax), radius, count)
    while radius < detailMax {
      radius *= 2
      let wider = Self.stretches(around: centres.prefix(detailMax), radius, count)
      guard wider.reduce(0, { $0 + $1.count }) <= detailMax else { break }
      chosen = wider
    }
    ranges = chosen
  }

  private static func stretches(
    around centres: ArraySlice<OperationID>, _ radius: Int, _ count: Int
  ) -> [Range<Int>] {
    centres.reduce(into: []) { ranges, centre in
      let range = max(0, centre.index - radius)..<min(count, centre.index + radius)
      if let last = ranges.last, last.upperBound >= range.lowerBound {
        ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        ranges.append(range)
      }
    }
  }

  /// How many operations are in the page in full.
  var detailed: Int { ranges.reduce(0) { $0 + $1.count } }

  /// The table.
  ///
  /// - Parameter leftOut: whether an operation had no part in a verdict.
  func json(leftOut: (OperationID) -> Bool) -> JSON {
    var names = ["start", "length", "flags", "lane", "server", "key", "value", "expected", "line"]
      .map { (name: $0, column: VarintColumn()) }
    var keys = Numbering<UInt32>()
    var values = Numbering<UInt32>()
    var servers = Numbering<Int32>()
    var (before, line) = (history.operations.first?.invoked ?? 0, Int64(0))
    for id in ranges.joined().lazy.map({ OperationID($0) }) {
      let operation = history[id]
      names[0].column.append(signed: operation.invoked &- before)
      before = operation.invoked
      let length = operation.completed == Operation.never ? 0 : operation.completed &- operation.invoked &+ 1
      names[1].column.append(UInt64(max(0, length)))
      names[2].column.append(flags(operation, isLeftOut: leftOut(id)))
      names[3].column.append(UInt64(lanes.row(operation)))
      names[4].column.append(operation.server.map { UInt64(servers.place($0)) + 1 } ?? 0)
      names[5].column.append(UInt64(keys.place(operation.key.index)))
      names[6].column.append(UInt64(values.place(operation.value.index)))
      names[7].column.append(
        operation.kind == .compareAndSet ? UInt64(values.place(operation.expected.index)) : 0)
      names[8].column.append(signed: Int64(operation.line) - line)
      line = Int64(operation.line)
    }
    let initial = keys.elements.map { values.place(history.initialValue(of: KeyID(index: $0)).index) }
    var columns = JSONObject()
    for (name, column) in names { columns[name] = JSON(column.base64) }
    let (first, last) = history.extent
    var object: JSONObject = [
      "total": JSON(history.operations.count), "span": JSON(last &- first),
      "ranges": .array(ranges.map { [JSON($0.lowerBound), JSON($0.count)] }),
      "lanes": .array(lanes.names.map { JSON($0) }),
      "servers": .array(servers.elements.map { JSON($0) }),
      "keys": .array(keys.elements.map { JSON(history[KeyID(index: $0)].printable) }),
      "values": texts(values.elements), "initial": .array(initial.map { JSON($0) }),
      "columns": .object(columns),
    ]
    if detailed < history.operations.count { object["overview"] = overview(first, last) }
    return .object(object)
  }

  private func flags(_ operation: Operation, isLeftOut: Bool) -> UInt64 {
    UInt64(operation.kind.rawValue) | UInt64(operation.outcome.rawValue) << 2
      | (operation.isFinal ? 16 : 0) | (operation.isMismatch ? 32 : 0) | (operation.hasResult ? 64 : 0)
      | (isLeftOut ? 128 : 0)
  }

  /// The values as texts, shortened as far as needed to stay within ``textMax``; each tells its full length then.
  private func texts(_ ids: [UInt32]) -> JSON {
    let full = ids.map { history[ValueID(index: $0)].description }
    let limit = [400, 120, 60, 30].first { limit in
      full.reduce(0) { $0 + min($1.utf8.count, limit) } <= Self.textMax
    }
    return .array(
      full.map { JSON($0.utf8.count <= 12 ? $0.printable : $0.shortened(to: limit ?? 12).printable) })
  }

  /// How many operations began, and how many of these did not succeed, in each lane and stretch of time.
  private func overview(_ first: Int64, _ last: Int64) -> JSON {
    let countMax = max(60, min(1_500, Self.cellsMax / max(1, lanes.names.count)))
    let buckets = TimeBuckets(from: first, to: last, countMax: countMax)
    var begun = Array(repeating: 0, count: buckets.count * lanes.names.count)
    var troubled = begun
    for operation in history.operations {
      let place = lanes.row(operation) * buckets.count + buckets.place(operation.invoked)
      begun[place] += 1
      if operation.outcome != .ok { troubled[place] += 1 }
    }
    func column(_ counts: [Int]) -> JSON {
      var column = VarintColumn()
      for count in counts { column.append(UInt64(count)) }
      return JSON(column.base64)
    }
    return [
      "width": JSON(buckets.width), "count": JSON(buckets.count), "begun": column(begun),
      "troubled": column(troubled),
    ]
  }
}

/// Things numbered in order of first appearance.
private struct Numbering<Element: Hashable> {
  private(set) var elements: [Element] = []
  private var places: [Element: Int] = [:]

  mutating func place(_ element: Element) -> Int {
    if let place = places[element] { return place }
    places[element] = elements.count
    elements.append(element)
    return elements.count - 1
  }
}
