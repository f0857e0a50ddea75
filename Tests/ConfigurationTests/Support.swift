import Configuration
import Foundation
import KeyValue

/// The root of the package.
let root = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// The names of the configurations in `test/`.
let names = ["t1-1", "t1-2", "t1-3", "t2", "t3", "t4"]

/// The text of a configuration in `test/`.
func text(of name: String) throws -> String {
  try String(contentsOf: root.appending(path: "test/\(name).json"), encoding: .utf8)
}

/// A configuration in `test/`, parsed.
func configuration(_ name: String) throws -> ClusterConfiguration {
  try parse(text(of: name), name: name)
}

/// A configuration parsed from text.
func parse(_ text: String, name: String = "test") throws(ConfigurationError) -> ClusterConfiguration {
  let bytes = Array(text.utf8)
  return try ClusterConfiguration(parsing: bytes.span, name: name)
}

/// The lines that parsing the text reports; none if it is valid.
func lines(_ text: String) -> [String] {
  do throws(ConfigurationError) {
    _ = try parse(text)
    return []
  } catch {
    return error.description.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
