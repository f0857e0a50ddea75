import History

extension SimulatedRun {
  /// The history as a file: the same bytes for the same configuration and seed, wherever.
  public var historyFile: [UInt8] {
    history.jsonLines { client, time in
      let skew = clientSkews.reduce(0) { $1.client == client && $1.time <= time ? $0 + $1.skew : $0 }
      return Simulation.epoch + time + skew
    }
  }
}
