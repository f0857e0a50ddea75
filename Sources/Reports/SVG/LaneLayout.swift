import History

/// Where the operations of a picture stand: a lane for each client, from left to right by time, in as many bands below
/// one another as it takes.
///
/// The order of all beginnings and ends is kept, so that what overlapped overlaps; distances are not to scale, so that
/// every bar has room for its label. n log n in the operations, apart from what wrapping repeats.
struct LaneLayout {
  /// A stretch of an operation's bar: the whole, unless a band ends within it.
  struct Piece {
    let band: Int
    let x: Double
    let width: Double
    let y: Double
    /// Whether the operation begins, and ends, with this piece.
    let begins: Bool
    let ends: Bool
  }

  /// A client's lane, and how many rows it takes: what overlaps has rows of its own.
  struct Lane {
    let name: String
    var rows: [[OperationID]] = []
  }

  /// Sizes, in pixels.
  struct Measures {
    var barHeight = 34.0
    var rowPitch = 44.0
    var laneGap = 50.0
    var left = 128.0
    var right = 24.0
    var width = 960.0
    /// Between the end of one bar and the beginning of the next in its row: an arrow with its number.
    var barGap = 46.0
    var eventGap = 14.0
    var bandGap = 34.0
  }

  private static let stretchMax = 2.2

  let lanes: [Lane]
  let pieces: [OperationID: [Piece]]
  /// How many bands there are, and how high each is.
  let bands: Int
  let bandHeight: Double
  /// Of all bands together.
  let height: Double
  let laneTops: [Double]

  private struct Interval {
    let begin: Int
    let end: Int
  }

  init(
    _ operations: [OperationID], in history: History, lane: (OperationID) -> String,
    labelWidth: (OperationID) -> Double, measures: Measures = Measures()
  ) {
    let intervals = Self.intervals(operations, in: history)
    let lanes = Self.lanes(operations, in: history, intervals, lane)
    self.lanes = lanes
    let count = (intervals.values.map(\.end).max() ?? 0) + 1
    let room = measures.width - measures.left - measures.right
    var before: [OperationID: OperationID] = [:]
    for row in lanes.flatMap(\.rows) {
      for (left, right) in zip(row, row.dropFirst()) { before[right] = left }
    }
    var beginning: [Int: OperationID] = [:]
    var ending: [Int: [OperationID]] = [:]
    for (id, interval) in intervals {
      beginning[interval.begin] = id
      ending[interval.end, default: []].append(id)
    }

    // Each event goes as far left as its bar's label, its row and the events before it allow.
    var xs: [Double] = []
    var bandOf: [Int] = []
    var bandStarts: [Int] = [0]
    for event in 0..<count {
      var x = event == 0 ? 0 : xs[event - 1] + measures.eventGap
      if let id = beginning[event], let left = before[id], let interval = intervals[left] {
        x = max(x, xs[interval.end] + measures.barGap)
      }
      for id in ending[event] ?? [] {
        guard let interval = intervals[id] else { continue }
        x = max(x, xs[interval.begin] + min(labelWidth(id), room))
      }
      xs.append(x)
      // A band begins with a beginning whose bar would not fit into the one before.
      if let id = beginning[event], event > 0,
        let start = bandStarts.last, event > start, x + labelWidth(id) - xs[start] > room
      {
        bandStarts.append(event)
      }
      bandOf.append(bandStarts.count - 1)
    }
    bands = bandStarts.count
    // A few operations are spread over the width.
    if bands == 1, let last = xs.last, last > 0 {
      let stretch = min(Self.stretchMax, room / last)
      xs = xs.map { $0 * max(1, stretch) }
    }

    var tops: [Double] = []
    var y = 30.0
    for lane in lanes {
      tops.append(y)
      y += Double(lane.rows.count) * measures.rowPitch + measures.laneGap
    }
    laneTops = tops
    let bandHeight = y - measures.laneGap + measures.bandGap
    self.bandHeight = bandHeight
    height = Double(bandStarts.count) * bandHeight - measures.bandGap

    var pieces: [OperationID: [Piece]] = [:]
    for (lane, top) in zip(lanes, tops) {
      for (row, ids) in lane.rows.enumerated() {
        for id in ids {
          guard let interval = intervals[id] else { continue }
          let (first, last) = (bandOf[interval.begin], bandOf[interval.end])
          pieces[id] = (first...last).map { band in
            let origin = xs[bandStarts[band]]
            let lead = band == 0 ? 0 : 16.0
            let from = band == first ? xs[interval.begin] - origin + lead : 0
            let limit =
              band + 1 < bandStarts.count ? xs[bandStarts[band + 1] - 1] - origin + lead + 20 : .infinity
            let isOpen = history[id].completed == Operation.never
            let to =
              band == last && !(isOpen && band == bandStarts.count - 1)
              ? xs[interval.end] - origin + lead : min(limit, room)
            return Piece(
              band: band, x: measures.left + from, width: max(8, to - from),
              y: Double(band) * bandHeight + top + Double(row) * measures.rowPitch,
              begins: band == first, ends: band == last)
          }
        }
      }
    }
    self.pieces = pieces
  }

  /// The places of each operation's beginning and end among all of them. At one instant beginnings come first:
  /// operations that touch are concurrent. What never ends does so after everything.
  private static func intervals(_ operations: [OperationID], in history: History) -> [OperationID: Interval] {
    struct Event {
      let time: Int64
      let isEnd: Bool
      let id: OperationID
    }
    let events = operations.flatMap { id in
      [
        Event(time: history[id].invoked, isEnd: false, id: id),
        Event(time: max(history[id].completed, history[id].invoked), isEnd: true, id: id),
      ]
    }.sorted { ($0.time, $0.isEnd ? 1 : 0, $0.id) < ($1.time, $1.isEnd ? 1 : 0, $1.id) }
    var begins: [OperationID: Int] = [:]
    var intervals: [OperationID: Interval] = [:]
    for (place, event) in events.enumerated() {
      if event.isEnd {
        intervals[event.id] = Interval(begin: begins[event.id] ?? place, end: place)
      } else {
        begins[event.id] = place
      }
    }
    return intervals
  }

  private static func lanes(
    _ operations: [OperationID], in history: History, _ intervals: [OperationID: Interval],
    _ lane: (OperationID) -> String
  ) -> [Lane] {
    var lanes: [Lane] = []
    for id in operations.sorted(by: { (history[$0].process, $0) < (history[$1].process, $1) }) {
      let name = lane(id)
      let index = lanes.firstIndex { $0.name == name } ?? lanes.count
      if index == lanes.count { lanes.append(Lane(name: name)) }
      let row = lanes[index].rows.firstIndex { row in
        guard let last = row.last, let left = intervals[last], let right = intervals[id] else { return false }
        return left.end < right.begin
      }
      if let row {
        lanes[index].rows[row].append(id)
      } else {
        lanes[index].rows.append([id])
      }
    }
    return lanes
  }
}
