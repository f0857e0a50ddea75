import ArgumentParser
import Cluster
import Configuration
import KeyValue
import Reports

/// A workload on the command line: what a configuration says in its `workload` section, or changes to one.
struct LoadOptions: ParsableArguments {
  @Option(help: "What the store promises: linearizable, sequential or eventual.")
  var level: String?

  @Option(
    name: .customLong("protocol"), help: "How it keeps the promise, if not by the level's own protocol.")
  var replicationProtocol: String?

  @Option(help: "The number of servers; 3 without a configuration.")
  var servers: Int?

  @Option(help: "The number of clients of the workload, each a process.")
  var clients: Int?

  @Option(help: "The number of sessions of each of these clients.")
  var sessions: Int?

  @Option(help: "How many operations all sessions together do.")
  var operations: Int?

  @Option(help: ArgumentHelp("How long the load lasts, such as 30s.", valueName: "time"))
  var duration: String?

  @Option(help: ArgumentHelp("How long it lasts before its latencies count.", valueName: "time"))
  var warmUp: String?

  @Option(
    help: ArgumentHelp(
      "How many operations a second begin, however long others take; without it, each begins when the one before has ended.",
      valueName: "per-second"))
  var rate: Int?

  @Option(help: ArgumentHelp("How many of them are reads.", valueName: "0...1"))
  var reads: Double?

  @Option(help: ArgumentHelp("How many are compare-and-sets.", valueName: "0...1"))
  var cas: Double?

  @Option(help: "The number of keys.")
  var keys: Int?

  @Option(help: "How keys are chosen: uniform, zipfian or single-writer.")
  var distribution: String?

  @Option(help: ArgumentHelp("unique, or how many different values are written.", valueName: "unique|n"))
  var values: String?

  @Option(help: ArgumentHelp("How many bytes a unique value has at least.", valueName: "bytes"))
  var valueSize: Int?

  @Option(
    help: ArgumentHelp(
      "How long an operation of the workload may go unanswered before its outcome counts as unknown.",
      valueName: "time"))
  var operationTimeout: String?

  @Option(
    help: ArgumentHelp(
      "What goes wrong meanwhile: none; random; the kinds to draw from, such as partition,pause; or a list as in a configuration.",
      valueName: "faults"))
  var faults: String?

  /// The `faults` section that the option stands for.
  private func faultsSection(_ text: String) throws -> JSON {
    if text == "none" { return [] }
    if text == "random" { return [["fault": "random"]] }
    guard text.contains("[") else {
      return [["fault": "random", "kinds": .array(text.split(separator: ",").map { JSON(String($0)) })]]
    }
    do {
      return try JSON(parsing: text)
    } catch {
      throw ValidationError("--faults: not JSON: \(error)")
    }
  }

  /// The members of the `workload` section that the options give, by their names.
  private var members: [(name: String, json: JSON?)] {
    [
      ("clients", clients.map { JSON($0) }), ("sessions", sessions.map { JSON($0) }),
      ("operations", operations.map { JSON($0) }), ("duration", duration.map { JSON($0) }),
      ("warm_up", warmUp.map { JSON($0) }), ("rate", rate.map { JSON($0) }),
      ("reads", reads.map { JSON.value(.number($0)) }), ("cas", cas.map { JSON.value(.number($0)) }),
      ("keys", keys.map { JSON($0) }), ("distribution", distribution.map { JSON($0) }),
      ("values", values.map { text in Int64(text).map { JSON($0) } ?? JSON(text) }),
      ("value_size", valueSize.map { JSON($0) }), ("timeout", operationTimeout.map { JSON($0) }),
    ]
  }

  /// Whether there is any option.
  var isEmpty: Bool {
    level == nil && replicationProtocol == nil && servers == nil && faults == nil
      && members.allSatisfy { $0.json == nil }
  }

  /// The configuration that the options describe by themselves.
  func configuration() throws -> ClusterConfiguration {
    try configuration(changing: ["num_servers": 3, "workload": [:]], name: "load")
  }

  /// A configuration with what the options say in place of what it says.
  func configuration(changing configuration: ClusterConfiguration) throws -> ClusterConfiguration {
    guard !isEmpty else { return configuration }
    var object = configuration.json.object ?? JSONObject()
    // What was derived from what is changed.
    if servers != nil { object["port_number"] = nil }
    if level != nil { object["protocol"] = nil }
    return try self.configuration(changing: object, name: configuration.name)
  }

  private func configuration(changing object: JSONObject, name: String) throws -> ClusterConfiguration {
    var object = object
    if let level { object["consistency_level"] = JSON(level) }
    if let replicationProtocol { object["protocol"] = JSON(replicationProtocol) }
    if let servers { object["num_servers"] = JSON(servers) }
    if let faults { object["faults"] = try faultsSection(faults) }
    let changes = members.filter { $0.json != nil }
    if !changes.isEmpty {
      var workload = object["workload"]?.object ?? JSONObject()
      if operations != nil { workload["duration"] = nil }
      if duration != nil { workload["operations"] = nil }
      for (name, json) in changes { workload[name] = json }
      object["workload"] = .object(workload)
    }
    switch ConfigurationReading(json: .object(object), name: name).configuration {
    case .success(let configuration):
      let problems = configuration.faultsForSimulation
      guard problems.isEmpty else {
        throw ValidationError(problems.map(Self.inOptions).joined(separator: "\n"))
      }
      return configuration
    case .failure(.invalid(let problems)):
      throw ValidationError(problems.map { Self.inOptions($0.description) }.joined(separator: "\n"))
    case .failure(let error): throw ValidationError(error.description)
    }
  }

  /// A problem with the options in place of the paths that they stand for.
  private static func inOptions(_ problem: String) -> String {
    let names = [
      "$.consistency_level": "--level", "$.protocol": "--protocol", "$.num_servers": "--servers",
      "$.workload.timeout": "--operation-timeout",
    ]
    if problem.hasPrefix("$.faults") { return "--faults\(problem.dropFirst("$.faults".count))".printable }
    let path = problem.prefix { $0 != ":" && $0 != "," && $0 != " " }
    guard let option = names[String(path)] ?? workloadOption(path) else { return problem.printable }
    return "\(option)\(problem.dropFirst(path.count))".printable
  }

  private static func workloadOption(_ path: Substring) -> String? {
    guard path.hasPrefix("$.workload."), let name = path.split(separator: ".").last else { return nil }
    return "--" + name.map { $0 == "_" ? "-" : String($0) }.joined()
  }
}
