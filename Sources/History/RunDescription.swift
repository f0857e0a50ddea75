public import KeyValue

/// The first line of a history file: what was run.
public struct RunDescription: Sendable, Hashable {
  /// The number of the file format. This package reads and writes format 1.
  public static let format = 1

  /// The name of the configuration.
  public var name: String
  /// The level that the store promised, as the configuration names it; nil when none was declared.
  public var level: String?
  /// The mechanism that was to keep the promise.
  public var replicationProtocol: String?
  /// The number of replicas.
  public var servers: Int?
  /// The seed of every random choice.
  public var seed: UInt64?
  /// When the run began, as ISO 8601 in UTC.
  public var started: String?
  /// The one host on which all clients ran; nil when there were several or nobody said.
  public var host: String?
  /// What keys held before the first operation, where not `null`.
  public var initial: [Key: Value]
  /// Members of the line that this package does not know, kept as they were.
  public var others: JSONObject

  /// Makes a description.
  public init(
    name: String, level: String? = nil, replicationProtocol: String? = nil, servers: Int? = nil,
    seed: UInt64? = nil, started: String? = nil, host: String? = nil, initial: [Key: Value] = [:],
    others: JSONObject = JSONObject()
  ) {
    self.name = name
    self.level = level
    self.replicationProtocol = replicationProtocol
    self.servers = servers
    self.seed = seed
    self.started = started
    self.host = host
    self.initial = initial
    self.others = others
  }

  /// The line as JSON.
  public var json: JSON {
    var object: JSONObject = ["type": "run", "format": JSON(Self.format), "name": JSON(name)]
    object["level"] = level.map { JSON($0) }
    object["protocol"] = replicationProtocol.map { JSON($0) }
    object["servers"] = servers.map { JSON($0) }
    object["seed"] = seed.map { JSON($0) }
    object["started"] = started.map { JSON($0) }
    object["host"] = host.map { JSON($0) }
    var values = JSONObject()
    for (key, value) in initial.sorted(by: { $0.key < $1.key }) { values[key.text] = .value(value) }
    object["initial"] = .object(values)
    for member in others.members { object[member.name] = member.json }
    return .object(object)
  }

  /// Reads the line.
  ///
  /// - Throws: a sentence that names the member at fault.
  init(json object: JSONObject) throws(LineFault) {
    func text(_ name: String) throws(LineFault) -> String? {
      guard let json = object[name], json != .value(.null) else { return nil }
      guard let text = json.string else {
        throw LineFault("\"\(name)\" is \(json.kind), not a string")
      }
      return text
    }
    func count(_ name: String) throws(LineFault) -> Int64? {
      guard let json = object[name], json != .value(.null) else { return nil }
      guard let integer = json.integer, integer >= 0 else {
        throw LineFault("\"\(name)\" is not an integer from 0 on")
      }
      return integer
    }
    if let format = try count("format"), format != Self.format {
      throw LineFault("format \(format) is not known here; this reads format \(Self.format)")
    }
    var initial: [Key: Value] = [:]
    if let json = object["initial"] {
      guard let members = json.object?.members else { throw LineFault("\"initial\" is not an object") }
      for member in members {
        guard let value = member.json.scalar else {
          throw LineFault("the initial value of \"\(member.name)\" is \(member.json.kind), not a scalar")
        }
        initial[Key(member.name)] = value
      }
    }
    let known: Set = [
      "type", "format", "name", "level", "protocol", "servers", "seed", "started", "host", "initial",
    ]
    var others = JSONObject()
    for member in object.members where !known.contains(member.name) { others[member.name] = member.json }
    self.init(
      name: try text("name") ?? "", level: try text("level"), replicationProtocol: try text("protocol"),
      servers: try count("servers").map { Int($0) }, seed: try count("seed").map { UInt64($0) },
      started: try text("started"), host: try text("host"), initial: initial, others: others)
  }
}

/// The last line of a history file: how the run ended.
public struct RunEnd: Sendable, Hashable {
  /// Whether every client finished its script and every server lived to the end.
  public var isClean: Bool
  /// Why not, in a sentence.
  public var reason: String?
  /// The number of events before this line.
  public var events: Int

  /// Makes an end.
  public init(isClean: Bool, reason: String? = nil, events: Int) {
    self.isClean = isClean
    self.reason = reason
    self.events = events
  }

  /// The line as JSON.
  public var json: JSON {
    var object: JSONObject = ["type": "end", "clean": JSON(isClean), "events": JSON(events)]
    object["reason"] = reason.map { JSON($0) }
    return .object(object)
  }

  init(json object: JSONObject) {
    self.init(
      isClean: object["clean"]?.bool ?? false, reason: object["reason"]?.string,
      events: object["events"]?.integer.map { Int($0) } ?? 0)
  }
}
