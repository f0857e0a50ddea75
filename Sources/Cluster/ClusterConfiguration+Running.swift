public import Configuration
import KeyValue

extension ClusterConfiguration {
  /// Reads the file of a configuration that is to run here and now.
  ///
  /// - Parameter looksForBusyPorts: whether a fixed port that cannot be opened now counts as a problem, too.
  /// - Throws: ``ConfigurationFileError`` with everything that is wrong.
  public static func loadToRun(
    _ path: String, looksForBusyPorts: Bool
  ) throws(ConfigurationFileError) -> ClusterConfiguration {
    try load(path) { reading in
      var problems = looksForBusyPorts ? reading.busyPorts().map(\.description) : []
      if case .success(let configuration) = reading.configuration {
        problems += configuration.faultsForSimulation
      }
      return problems
    }
  }

  /// A number that servers started by hand from equal configurations share, whatever their clients: a server of another
  /// level, protocol or layout that meets them on a port is a stranger to them.
  ///
  /// The FNV-1a hash of the normalised configuration.
  public var clusterNumber: UInt64 {
    guard var object = json.object else { return 0 }
    for section in ["clients", "workload", "faults", "simulation"] { object[section] = nil }
    var bytes: [UInt8] = []
    JSON.object(object).write(to: &bytes)
    return bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
