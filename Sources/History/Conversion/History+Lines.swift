import KeyValue

extension History {
  /// The history as a file of this package's format: the same bytes for the same history, wherever.
  ///
  /// For histories that were not read from a file. n log n in the operations.
  ///
  /// - Parameters:
  ///   - wallClock: what a client's wall clock shows at a time of the history's clock, in nanoseconds since 1970; nil for
  ///     no wall clock.
  public func jsonLines(wallClock: ((_ client: Int32?, _ time: Int64) -> Int64)? = nil) -> [UInt8] {
    let events = RestoredEvents(self)
    var bytes: [UInt8] = []
    func append(_ json: JSON) {
      json.write(to: &bytes)
      bytes.append(UInt8(ascii: "\n"))
    }
    if let run { append(run.json) }
    for event in events.ordered {
      let time = events.time(of: event)
      let client: Int32? =
        switch event {
        case .invocation(let id), .completion(let id): self[id].client
        case .fault: nil
        }
      var object: JSONObject = [:]
      if let wallClock { object["time"] = JSON(wallClock(client, time)) }
      object["mono"] = JSON(time)
      for member in events.object(event).members { object.append(member) }
      append(.object(object))
    }
    if let end { append(end.json) }
    return bytes
  }
}
