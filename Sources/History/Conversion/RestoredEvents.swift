import KeyValue

/// The events of a history that has no file of ours, made again from its operations.
struct RestoredEvents {
  enum Event {
    case invocation(OperationID)
    case completion(OperationID)
    case fault(Int)
  }

  private let history: History

  init(_ history: History) {
    self.history = history
  }

  /// All events in file order, of a history whose times are numbers of events.
  var ordered: [Event] {
    var events: [(time: Int64, event: Event)] = []
    events.reserveCapacity(2 * history.operations.count + history.faults.count)
    for id in history.ids {
      events.append((history[id].invoked, .invocation(id)))
      // One of unknown outcome needs no completion.
      if history[id].outcome != .unknown { events.append((history[id].completed, .completion(id))) }
    }
    for (index, fault) in history.faults.enumerated() { events.append((fault.time, .fault(index))) }
    // Of events at one time, which a file's are never, those that come first above stay first.
    return events.enumerated()
      .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element.event)
  }

  /// When an event happened, on the history's clock.
  func time(of event: Event) -> Int64 {
    switch event {
    case .invocation(let id): history[id].invoked
    case .completion(let id): history[id].completed
    case .fault(let index): history.faults[index].time
    }
  }

  /// An event as a line of our format.
  func object(_ event: Event) -> JSONObject {
    switch event {
    case .fault(let index):
      let fault = history.faults[index]
      return [
        "process": JSON(fault.process), "type": "info", "f": JSON(fault.name), "value": fault.details,
      ]
    case .invocation(let id): return object(history[id], "invoke")
    case .completion(let id):
      let operation = history[id]
      var object = object(operation, operation.outcome == .fail ? "fail" : "ok")
      if operation.isMismatch {
        object["value"] = nil
        object["applied"] = false
      }
      if operation.kind == .read || operation.isMismatch, operation.hasResult {
        object["value"] = .value(history[operation.value])
      }
      return object
    }
  }

  /// A file of some of the events: the line of the run, a line for each event with its times before all else, the line of
  /// the end. Linear.
  ///
  /// - Parameters:
  ///   - run: how the run is described; nil for no such line.
  ///   - events: which events, in the order of their lines.
  ///   - end: how the run ended; nil for no such line.
  ///   - times: what the wall clock and the monotonic one showed at an event, in nanoseconds; nil where that is not told.
  func file(
    run: RunDescription?, _ events: [Event], end: RunEnd?,
    times: (Event) -> (wall: Int64?, monotonic: Int64?)
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    func add(_ json: JSON) {
      json.write(to: &bytes)
      bytes.append(UInt8(ascii: "\n"))
    }
    if let run { add(run.json) }
    for event in events {
      let (wall, monotonic) = times(event)
      var line: JSONObject = [:]
      line["time"] = wall.map { JSON($0) }
      line["mono"] = monotonic.map { JSON($0) }
      for member in object(event).members { line.append(member) }
      add(.object(line))
    }
    if let end { add(end.json) }
    return bytes
  }

  private func object(_ operation: Operation, _ type: String) -> JSONObject {
    var object: JSONObject = [
      "process": JSON(operation.process.number), "type": JSON(type), "f": JSON(operation.kind.functionName),
      "key": JSON(history[operation.key].text),
    ]
    switch operation.kind {
    case .read: break
    case .write: object["value"] = .value(history[operation.value])
    case .compareAndSet:
      // The new value of one that found another is not kept, and says nothing.
      let new: Value = operation.isMismatch ? .null : history[operation.value]
      object["value"] = [.value(history[operation.expected]), .value(new)]
    }
    object["client"] = operation.client.map { JSON($0) }
    object["server"] = operation.server.map { JSON($0) }
    if operation.isFinal { object["final"] = true }
    return object
  }
}
