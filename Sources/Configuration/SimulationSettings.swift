public import KeyValue

/// The world around simulated servers, as the `simulation` section of a configuration describes it.
public struct SimulationSettings: Sendable, Hashable {
  /// The longest time that may be asked for.
  public static let timeMax = Duration.seconds(60)

  /// Where every random choice comes from, unless whoever runs it says.
  public var seed: UInt64 = 0
  /// How long a message takes at least.
  public var latency = Duration.microseconds(50)
  /// How much longer it takes at most.
  public var jitter = Duration.microseconds(100)
  /// How long a server gathers what arrives before it sends what it has to say.
  public var turn = Duration.microseconds(20)
  /// How often a server that waits for something is given a tick, and clients look at the clock.
  public var tick = Duration.milliseconds(5)
  /// How long a session waits at most before its next operation.
  public var think = Duration.zero
  /// How long it takes until a server's wall clock shows another time.
  public var clockStep = Duration.microseconds(1)
  /// How long an operation may go unanswered before its outcome counts as unknown; nil for what the workload says.
  public var timeout: Duration?
  /// For each scripted client the earliest times at which its requests begin, in nanoseconds; empty for as soon as the one
  /// before has ended.
  public var starts: [[Int64]] = []

  /// Makes the world that an empty section describes.
  public init() {}

  /// The section written out with every member.
  public var json: JSON {
    var object: JSONObject = [
      "seed": JSON(seed), "latency": JSON(latency), "jitter": JSON(jitter), "turn": JSON(turn),
      "tick": JSON(tick), "think": JSON(think), "clock": JSON(clockStep),
    ]
    object["timeout"] = timeout.map { JSON($0) }
    if !starts.isEmpty { object["starts"] = .array(starts.map { .array($0.map { JSON($0) }) }) }
    return .object(object)
  }
}

extension ConfigurationReader {
  /// Reads the `simulation` section; nil when there is none.
  mutating func simulation(_ located: Located?, clients: [ScriptedClient]) -> SimulationSettings? {
    let names = ["seed", "latency", "jitter", "turn", "tick", "think", "clock", "timeout", "starts"]
    guard let located = present(located), let members = members(of: located, names) else { return nil }
    var settings = SimulationSettings()
    if let seed = number(present(members["seed"]), in: 0...Int.max, expected: "a number from 0 on") {
      settings.seed = UInt64(seed)
    }
    let times = Duration.zero...SimulationSettings.timeMax
    settings.latency = time(members["latency"], in: times) ?? settings.latency
    settings.jitter = time(members["jitter"], in: times) ?? settings.jitter
    settings.turn = time(members["turn"], in: times) ?? settings.turn
    settings.tick =
      time(members["tick"], in: .microseconds(10)...SimulationSettings.timeMax) ?? settings.tick
    settings.think = time(members["think"], in: times) ?? settings.think
    settings.clockStep =
      time(members["clock"], in: .nanoseconds(1)...SimulationSettings.timeMax) ?? settings.clockStep
    settings.timeout = time(members["timeout"], in: .milliseconds(1)...Workload.durationMax)
    if let starts = present(members["starts"]) { settings.starts = self.starts(starts, clients) ?? [] }
    return settings
  }

  private mutating func starts(_ located: Located, _ clients: [ScriptedClient]) -> [[Int64]]? {
    let range = 0...Workload.durationMax.nanoseconds
    let lists = located.elements?.map { list in
      list.elements?.compactMap { $0.wholeNumber }.filter { range.contains($0) }
    }
    let counts = clients.map { $0.requests.count as Int? }
    guard let lists, zip(lists, located.elements ?? []).allSatisfy({ $0?.count == $1.elements?.count }),
      lists.map({ $0?.count }) == counts
    else {
      report(
        located,
        expected: "for each client a list of times, one for each request, from 0 to \(range.upperBound) ns")
      return nil
    }
    return lists.compactMap { $0 }
  }
}
