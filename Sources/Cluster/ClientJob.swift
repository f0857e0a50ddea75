public import Configuration
public import History
public import KeyValue

/// What the launcher gives a client process to do, one JSON line on its standard input.
///
/// A second line, whatever it says, starts it, so that all clients start together. The end of the input stops it.
public struct ClientJob: Sendable, Hashable {
  /// What is to be done.
  public enum Task: Sendable, Hashable {
    /// To go through a script against one server.
    case script(client: Int, server: Int, requests: [ScriptedRequest], seed: UInt64)
    /// To draw operations from a seed, in several sessions.
    case load(LoadTask)
    /// To wait until every server has everything, then to read every key from every server.
    case finalReads(keys: [Key])
  }

  /// What is to be done.
  public var task: Task
  /// The client ports of all servers, by number.
  public var ports: [UInt16]
  /// The number of the first process; further ones follow in steps.
  public var process: Int32
  /// What to add for the next process number, so that no two clients ever use the same.
  public var processStep: Int32
  /// Where to record.
  public var recording: String
  /// How long an operation may go unanswered before its outcome counts as unknown, in milliseconds.
  public var timeoutMilliseconds: Int

  /// Makes a job.
  public init(
    task: Task, ports: [UInt16], process: Int32, processStep: Int32, recording: String,
    timeoutMilliseconds: Int
  ) {
    self.task = task
    self.ports = ports
    self.process = process
    self.processStep = processStep
    self.recording = recording
    self.timeoutMilliseconds = timeoutMilliseconds
  }

  /// The line, without its line break.
  public var line: String {
    var object: JSONObject = [
      "ports": .array(ports.map { JSON($0) }), "process": JSON(process), "processStep": JSON(processStep),
      "recording": JSON(recording), "timeoutMilliseconds": JSON(timeoutMilliseconds),
    ]
    switch task {
    case .script(let client, let server, let requests, let seed):
      object["script"] = [
        "client": JSON(client), "server": JSON(server), "requests": .array(requests.map(\.json)),
        "seed": JSON(Int64(bitPattern: seed)),
      ]
    case .load(let task):
      object["load"] = task.json
    case .finalReads(let keys):
      object["finalReads"] = .array(keys.map { JSON($0.text) })
    }
    return JSON.object(object).description
  }

  /// Reads a line; nil when it is none.
  public init?(line: String) {
    guard let json = try? JSON(parsing: line), let ports = json["ports"]?.array,
      let process = json["process"]?.integer, let processStep = json["processStep"]?.integer,
      let recording = json["recording"]?.string, let timeout = json["timeoutMilliseconds"]?.integer
    else { return nil }
    if let script = json["script"] {
      guard let client = script["client"]?.integer, let server = script["server"]?.integer,
        let requests = Self.all(script["requests"]?.array, Self.request), let seed = script["seed"]?.integer
      else { return nil }
      task = .script(
        client: Int(client), server: Int(server), requests: requests, seed: UInt64(bitPattern: seed))
    } else if let json = json["load"] {
      guard let load = LoadTask(json: json) else { return nil }
      task = .load(load)
    } else {
      guard let keys = Self.all(json["finalReads"]?.array, { $0.string.map { Key($0) } }) else { return nil }
      task = .finalReads(keys: keys)
    }
    guard let numbers = Self.all(ports, { $0.integer.flatMap { UInt16(exactly: $0) } }) else { return nil }
    self.ports = numbers
    self.process = Int32(clamping: process)
    self.processStep = Int32(clamping: processStep)
    self.recording = recording
    timeoutMilliseconds = Int(timeout)
  }

  /// What each element reads as; nil when one of them cannot be read, or there is no list.
  private static func all<Element>(_ list: [JSON]?, _ read: (JSON) -> Element?) -> [Element]? {
    let elements = list?.compactMap(read)
    return elements?.count == list?.count ? elements : nil
  }

  /// The inverse of ``ScriptedRequest/json``.
  private static func request(_ json: JSON) -> ScriptedRequest? {
    switch json["type"]?.string {
    case "get": json["key"]?.string.map { .get(Key($0)) }
    case "set": json["key"]?.string.flatMap { key in json["value"]?.scalar.map { .set(Key(key), $0) } }
    case "cas":
      if let key = json["key"]?.string, let pair = json["value"]?.array, pair.count == 2,
        let expected = pair[0].scalar, let new = pair[1].scalar
      {
        .compareAndSet(Key(key), expected: expected, new: new)
      } else {
        nil
      }
    case "sleep": .sleep(milliseconds: json["value"]?.integer.map { Int($0) })
    default: nil
    }
  }
}

/// What a client process tells the launcher, one JSON line each on its standard output.
public enum ClientReport: Sendable, Equatable {
  /// It waits to be started. A client with a script has a connection by then, or has waited in vain for one; the final
  /// reader connects to each server in turn.
  case ready
  /// It has done its job, or as much of it as it was given time for.
  case done
  /// It cannot go on; the sentence says why.
  case failed(String)
  /// What the operations of a workload came to since the last such report, with latencies to a tenth, so that to tell it
  /// disturbs nothing that is measured.
  case progress(LoadStatistics)
  /// What the operations of a workload came to in all, or a part of that.
  case load(LoadStatistics)
  /// Something went wrong, so that the run is not a clean one, but the client goes on.
  case problem(String)

  /// The line, without its line break.
  public var line: String {
    let json: JSON =
      switch self {
      case .ready: ["event": "ready"]
      case .done: ["event": "done"]
      case .progress(let statistics): .object(statistics.report("progress"))
      case .load(let statistics): .object(statistics.report("load"))
      case .failed(let reason): ["event": "failed", "reason": JSON(reason)]
      case .problem(let text): ["event": "problem", "text": JSON(text)]
      }
    return json.description
  }

  /// Reads a line; nil when it is none.
  public init?(line: String) {
    guard let json = try? JSON(parsing: line) else { return nil }
    switch json["event"]?.string {
    case "ready": self = .ready
    case "done": self = .done
    case "progress":
      guard let statistics = LoadStatistics(report: json, .tenth) else { return nil }
      self = .progress(statistics)
    case "load":
      guard let statistics = LoadStatistics(report: json, .thousandth) else { return nil }
      self = .load(statistics)
    case "failed": self = .failed(json["reason"]?.string ?? "no reason given")
    case "problem": self = .problem(json["text"]?.string ?? "")
    default: return nil
    }
  }
}
