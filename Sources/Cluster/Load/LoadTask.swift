public import Configuration
public import KeyValue

/// What one client of a workload has to do.
public struct LoadTask: Sendable, Hashable {
  /// The number by which the history knows the client.
  public var client: Int
  /// Its sessions, by their numbers among those of all clients.
  public var sessions: Range<Int>
  /// What all clients do together.
  public var workload: Workload
  /// Where every random choice comes from.
  public var seed: UInt64
  /// What keys hold at first.
  public var initial: [Key: Value]
  /// Whether the operations are recorded, and not only counted.
  public var isRecorded: Bool

  /// Makes a task.
  public init(
    client: Int, sessions: Range<Int>, workload: Workload, seed: UInt64, initial: [Key: Value],
    isRecorded: Bool
  ) {
    self.client = client
    self.sessions = sessions
    self.workload = workload
    self.seed = seed
    self.initial = initial
    self.isRecorded = isRecorded
  }

  /// The server that a session talks to.
  static func server(ofSession number: Int, servers: Int) -> Int { number % servers }

  /// The task for a client's input.
  var json: JSON {
    var values = JSONObject()
    for (key, value) in initial { values.append(.init(name: key.text, json: .value(value))) }
    return [
      "client": JSON(client), "sessions": [JSON(sessions.lowerBound), JSON(sessions.upperBound)],
      "workload": workload.json, "seed": JSON(Int64(bitPattern: seed)), "initial": .object(values),
      "recorded": JSON(isRecorded),
    ]
  }

  /// Reads a task; nil when it is none.
  init?(json: JSON) {
    let bounds = json["sessions"]?.array?.compactMap { $0.integer.flatMap { Int(exactly: $0) } } ?? []
    guard let client = json["client"]?.integer, bounds.count == 2, bounds[0] >= 0, bounds[0] <= bounds[1],
      let workload = json["workload"].flatMap({ Workload(json: $0) }), bounds[1] <= workload.sessions,
      let seed = json["seed"]?.integer, let members = json["initial"]?.object?.members,
      let isRecorded = json["recorded"]?.bool
    else { return nil }
    self.init(
      client: Int(client), sessions: bounds[0]..<bounds[1], workload: workload,
      seed: UInt64(bitPattern: seed), initial: [:], isRecorded: isRecorded)
    for member in members {
      guard let value = member.json.scalar else { return nil }
      initial[Key(member.name)] = value
    }
  }
}
