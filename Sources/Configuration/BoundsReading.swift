public import KeyValue
public import Replication

extension Bounds {
  /// The fewest bytes that may be asked for: so that a bound is about many updates, not about one.
  private static let bytesMin = 1024
  private static let updatesMax = 1 << 20
  private static let bytesMax = 1 << 30
  private static let messageBytesMax = 8 << 20

  /// The section written out with every member.
  public var json: JSON {
    ["updates": JSON(updates), "bytes": JSON(bytes), "message_bytes": JSON(messageBytes)]
  }

  /// Reads a section; nil where something is wrong with it.
  public init?(json: JSON) {
    var reader = ConfigurationReader()
    guard let bounds = reader.bounds(Located(json, at: .root)), reader.problems.isEmpty else { return nil }
    self = bounds
  }

  fileprivate mutating func read(_ members: [String: Located], _ reader: inout ConfigurationReader) {
    updates = reader.count(members["updates"], in: 1...Self.updatesMax, of: "updates") ?? updates
    bytes = reader.count(members["bytes"], in: Self.bytesMin...Self.bytesMax, of: "bytes") ?? bytes
    messageBytes =
      reader.count(members["message_bytes"], in: 1...Self.messageBytesMax, of: "bytes") ?? messageBytes
  }
}

extension ConfigurationReader {
  /// Reads the `bounds` section; nil when there is none.
  mutating func bounds(_ located: Located?) -> Bounds? {
    guard let located = present(located),
      let members = members(of: located, ["updates", "bytes", "message_bytes"])
    else { return nil }
    var bounds = Bounds()
    bounds.read(members, &self)
    return bounds
  }
}
