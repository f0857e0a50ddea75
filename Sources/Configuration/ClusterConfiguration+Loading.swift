import Foundation

/// Why a configuration file cannot be used.
public struct ConfigurationFileError: Error, Sendable, CustomStringConvertible {
  /// Whether the file cannot be read at all, rather than being wrong.
  public let isUnreachable: Bool
  /// What is wrong, one line for each problem, each with the file's name.
  public let description: String
}

extension ClusterConfiguration {
  /// More than any configuration has: what goes on for longer may never end.
  private static let bytesMax = 64 << 20

  /// Reads a configuration file.
  ///
  /// - Parameter otherProblems: what else stands in the way, each a line that begins with a JSON path.
  /// - Throws: ``ConfigurationFileError`` with everything that is wrong.
  public static func load(
    _ path: String, otherProblems: (ConfigurationReading) -> [String] = { _ in [] }
  ) throws(ConfigurationFileError) -> ClusterConfiguration {
    let url = URL(filePath: path)
    var bytes: [UInt8]
    do {
      // Not Data(contentsOf:), which refuses what is no file, such as a pipe from a shell's `<(...)`.
      let file = try FileHandle(forReadingFrom: url)
      defer { try? file.close() }
      bytes = [UInt8](try file.read(upToCount: bytesMax + 1) ?? Data())
    } catch {
      throw ConfigurationFileError(
        isUnreachable: true, description: "\(path): cannot be read: \(fileReason(error))")
    }
    guard bytes.count <= bytesMax else {
      throw ConfigurationFileError(
        isUnreachable: false,
        description: "\(path): has more than \(bytesMax) bytes, which is more than any configuration needs")
    }
    // The mark that some editors put at the beginning of UTF-8.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    let reading = ConfigurationReading(
      parsing: bytes.span, name: url.deletingPathExtension().lastPathComponent)
    var problems = otherProblems(reading)
    switch reading.configuration {
    case .success(let configuration):
      if problems.isEmpty { return configuration }
    case .failure(let error):
      problems = error.description.split(separator: "\n").map(String.init) + problems
    }
    throw ConfigurationFileError(
      isUnreachable: false, description: problems.map { "\(path): \($0)" }.joined(separator: "\n"))
  }
}
