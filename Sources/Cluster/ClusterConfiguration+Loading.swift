public import Configuration
import Foundation
import KeyValue

/// Why a configuration file cannot be used.
public struct ConfigurationFileError: Error, Sendable, CustomStringConvertible {
  /// Whether the file cannot be read at all, rather than being wrong.
  public let isUnreachable: Bool
  /// What is wrong, one line for each problem, each with the file's name.
  public let description: String
}

extension ClusterConfiguration {
  /// Reads a configuration file.
  ///
  /// - Parameter looksForBusyPorts: whether a fixed port that cannot be opened now counts as a problem, too.
  /// - Throws: ``ConfigurationFileError`` with everything that is wrong.
  public static func load(
    _ path: String, looksForBusyPorts: Bool = false
  ) throws(ConfigurationFileError) -> ClusterConfiguration {
    let url = URL(filePath: path)
    let bytes: [UInt8]
    do {
      bytes = [UInt8](try Data(contentsOf: url))
    } catch {
      throw ConfigurationFileError(
        isUnreachable: true, description: "\(path): cannot be read: \(fileReason(error))")
    }
    let reading = ConfigurationReading(
      parsing: bytes.span, name: url.deletingPathExtension().lastPathComponent)
    var problems = looksForBusyPorts ? reading.busyPorts().map(\.description) : []
    switch reading.configuration {
    case .success(let configuration):
      if problems.isEmpty { return configuration }
    case .failure(let error):
      problems = error.description.split(separator: "\n").map(String.init) + problems
    }
    throw ConfigurationFileError(
      isUnreachable: false, description: problems.map { "\(path): \($0)" }.joined(separator: "\n"))
  }

  /// A number that servers started by hand from equal configurations share, whatever their clients: a server of another
  /// level, protocol or layout that meets them on a port is a stranger to them.
  ///
  /// The FNV-1a hash of the normalised configuration.
  public var clusterNumber: UInt64 {
    guard var object = json.object else { return 0 }
    object["clients"] = nil
    var bytes: [UInt8] = []
    JSON.object(object).write(to: &bytes)
    return bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
