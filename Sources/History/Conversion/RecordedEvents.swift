import KeyValue

/// The events of a file of ours as they stand in it, for carrying them over with members that nobody here knows.
struct RecordedEvents {
  /// One event.
  struct Line {
    /// Where it stands.
    let range: Range<Int>
    /// Its number in the file.
    let number: UInt32
    /// The operation that it begins or ends; nil for a fault.
    let operation: OperationID?
    /// Whether it begins it.
    let isInvocation: Bool
  }

  private let history: History
  private let bytes: [UInt8]
  private let options: HistoryReader.Options
  /// The events in file order; the run and its end are not among them.
  let lines: [Line]
  /// The line that ends the run, as it stands.
  private(set) var end: JSON?

  /// Finds the lines of a file that has been read.
  init(_ history: History, _ bytes: [UInt8], _ options: HistoryReader.Options) {
    (self.history, self.bytes, self.options) = (history, bytes, options)
    let begun = Dictionary(uniqueKeysWithValues: history.ids.map { (history[$0].line, $0) })
    var open: [ProcessID: OperationID] = [:]
    var lines: [Line] = []
    let span = bytes.span
    var start = span.hasByteOrderMark ? 3 : 0
    var number: UInt32 = 0
    while start < span.count {
      let range = start..<span.lineEnd(from: start)
      start = range.upperBound + 1
      number += 1
      // What does not parse is blank, or a last line that was cut short and that the reader left out.
      guard let event = try? EventLine(span.extracting(..<range.upperBound), at: range.lowerBound),
        event.kind != .run
      else { continue }
      if event.kind == .end {
        end = try? JSON(parsing: span.extracting(range))
        continue
      }
      let isInvocation = event.kind == .invoke
      var operation: OperationID?
      if case .process(let process) = event.reporter {
        if isInvocation { open[process] = begun[number] }
        operation = open[process]
      }
      lines.append(Line(range: range, number: number, operation: operation, isInvocation: isInvocation))
    }
    self.lines = lines
  }

  /// An event with its key and function, in the one spelling that others know, and with what the options say about it.
  func event(at place: Int) -> JSONObject {
    let line = lines[place]
    // The line has been read before.
    var object = (try? JSON(parsing: bytes.span.extracting(line.range)))?.object ?? JSONObject()
    guard let id = line.operation else { return object }
    let operation = history[id]
    object["f"] = JSON(operation.kind.functionName)
    if object["key"]?.string == nil { object["key"] = JSON(history[operation.key].text) }
    guard !line.isInvocation else { return object }
    switch (operation.kind, object["type"]) {
    case (.compareAndSet, "fail") where options.failedCompareAndSet == .mismatch:
      object["type"] = "ok"
      object["applied"] = false
    case (.read, "ok") where !operation.hasResult:
      object["value"] = nil
    default: break
    }
    return object
  }

  /// The events in the order of the clock, those that begin operations first at each instant, so that the order alone
  /// tells what precedes what.
  ///
  /// - Returns: places in ``lines``; and whether the order says no more than the clock does. It says more where several
  ///   processes end an operation and begin another at one instant. n log n.
  func inOrderOfTheClock() -> (places: [Int], isExact: Bool) {
    guard history.clock != .order else { return (Array(lines.indices), true) }
    var last = Int64.min
    var events: [(time: Int64, place: Int)] = []
    events.reserveCapacity(lines.count)
    for (place, line) in lines.enumerated() {
      if let id = line.operation {
        let operation = history[id]
        let isTimed = line.isInvocation || operation.completed != Operation.never
        // Nobody learned when an unknown outcome came about; its line stays where it is among the others.
        last =
          line.isInvocation ? operation.invoked : isTimed ? operation.completed : max(last, operation.invoked)
      }
      events.append((last, place))
    }
    events.sort { $0 < $1 }
    var places: [Int] = []
    places.reserveCapacity(events.count)
    var isExact = true
    var start = 0
    while start < events.count {
      var end = start + 1
      while end < events.count, events[end].time == events[start].time { end += 1 }
      if end == start + 1 {
        places.append(events[start].place)
      } else {
        isExact = appendInstant(events[start..<end].map(\.place), to: &places) && isExact
      }
      start = end
    }
    return (places, isExact)
  }

  /// Appends the events of one instant: invocations, then what processes need that end one operation and begin another,
  /// then completions.
  private func appendInstant(_ instant: [Int], to places: inout [Int]) -> Bool {
    var lastInvocation: [ProcessID: Int] = [:]
    var ended: Set<ProcessID> = []
    var between: [Int] = []
    var completions: [Int] = []
    func process(_ place: Int) -> ProcessID? { lines[place].operation.map { history[$0].process } }
    for place in instant where lines[place].isInvocation {
      if let process = process(place) { lastInvocation[process] = place }
    }
    var busy: Set<ProcessID> = []
    for place in instant {
      guard let process = process(place) else {
        completions.append(place)
        continue
      }
      if lines[place].isInvocation {
        if ended.contains(process) { between.append(place) } else { places.append(place) }
      } else {
        ended.insert(process)
        if let invocation = lastInvocation[process], invocation > place {
          busy.insert(process)
          between.append(place)
        } else {
          completions.append(place)
        }
      }
    }
    places += between + completions
    return busy.count < 2
  }
}

extension Operation.Kind {
  /// The name in a file.
  var functionName: String {
    switch self {
    case .read: "read"
    case .write: "write"
    case .compareAndSet: "cas"
    }
  }
}
