public import History

extension SimulatedRun {
  /// The history that the model is asked about: without the writes that were lost with their servers, as the level allows,
  /// and without the reads under load that returned them.
  public var judgedHistory: History {
    guard !lostWrites.isEmpty else { return history }
    let lostValues = Set(lostWrites.map { KeyAndValue(key: history[$0].key, value: history[$0].value) })
    return history.restricted(
      to: history.ids.filter { id in
        let operation = history[id]
        let isReadOfLost =
          operation.kind == .read && !operation.isFinal
          && lostValues.contains(KeyAndValue(key: operation.key, value: operation.value))
        return !isReadOfLost && !lostWrites.contains(id)
      })
  }

  private struct KeyAndValue: Hashable {
    let key: KeyID
    let value: ValueID
  }

  /// The history as a file: the same bytes for the same configuration and seed, wherever.
  public var historyFile: [UInt8] {
    history.jsonLines { client, time in
      let skew = clientSkews.reduce(0) { $1.client == client && $1.time <= time ? $0 + $1.skew : $0 }
      return Simulation.epoch + time + skew
    }
  }
}
