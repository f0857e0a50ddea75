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
    return events.file(run: run, events.ordered, end: end) { event in
      let time = events.time(of: event)
      let client: Int32? =
        switch event {
        case .invocation(let id), .completion(let id): self[id].client
        case .fault: nil
        }
      return (wallClock?(client, time), time)
    }
  }
}
