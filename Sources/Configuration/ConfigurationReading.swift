public import KeyValue

/// What a document says, be it a valid configuration or not.
public struct ConfigurationReading: Sendable {
  /// A port that a document fixes, and where.
  public struct FixedPort: Sendable, Hashable {
    /// Where it stands, as a JSON path in the form in which the document was written.
    public let path: String
    /// The port, never 0.
    public let port: UInt16
  }

  /// The configuration, or everything that is wrong with the document.
  public let configuration: Result<ClusterConfiguration, ConfigurationError>
  /// The fixed ports in the order of the document, each once: also those of a document that has problems elsewhere, so
  /// that what stands in their way can be told together with those.
  public let fixedPorts: [FixedPort]

  /// Reads the text of a configuration. Never traps, whatever the bytes. Linear in their number.
  public init(parsing bytes: Span<UInt8>, name: String) {
    do throws(JSONError) {
      self.init(json: try JSON(parsing: bytes), name: name)
    } catch {
      self.init(configuration: .failure(.notJSON(error)), fixedPorts: [])
    }
  }

  /// Reads a document.
  public init(json: JSON, name: String) {
    var reader = ConfigurationReader()
    let configuration = reader.configuration(json, name: name)
    self.init(
      configuration: configuration.map { .success($0) } ?? .failure(.invalid(reader.problems)),
      fixedPorts: reader.fixedPorts)
  }

  private init(configuration: Result<ClusterConfiguration, ConfigurationError>, fixedPorts: [FixedPort]) {
    self.configuration = configuration
    self.fixedPorts = fixedPorts
  }
}
