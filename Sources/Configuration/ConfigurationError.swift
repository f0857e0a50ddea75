public import KeyValue

/// Why a configuration cannot be run: everything that is wrong with it.
public enum ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The text is not JSON, so nothing more can be said about it.
  case notJSON(JSONError)
  /// The document is JSON and has these problems, at least one, in the order in which they were found.
  case invalid([ConfigurationProblem])

  /// One line for each problem, without a line break at the end.
  public var description: String {
    switch self {
    case .notJSON(let error): "not JSON: \(error)"
    case .invalid(let problems): problems.map(\.description).joined(separator: "\n")
    }
  }
}

/// One thing that is wrong with a configuration.
public struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
  /// Where it is, as a JSON path: `$.clients[2].requests[0].value`.
  public let path: String
  /// What stands there.
  public let found: String
  /// What should.
  public let expected: String
  /// The name that was probably meant, where a name is unknown and another is near it.
  public let suggestion: String?

  /// The problem on one line.
  public var description: String {
    let line = "\(path): found \(found), expected \(expected)"
    return suggestion.map { "\(line); did you mean \"\($0)\"?" } ?? line
  }
}
