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
