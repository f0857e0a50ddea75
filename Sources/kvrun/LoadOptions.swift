import ArgumentParser
import Cluster
import Configuration
import KeyValue
import Reports

/// A workload on the command line: what a configuration says in its `workload` section, or changes to one.
struct LoadOptions: ParsableArguments {
  @Option(
    help: "What the store promises: linearizable, sequential or eventual. Needed without a configuration.")
  var level: String?

  @Option(
    name: .customLong("protocol"), help: "How it keeps the promise. (default: the level's own protocol)")
  var replicationProtocol: String?

  @Option(help: "The number of servers. (default: 3)")
  var servers: Int?

  @Option(help: "The number of clients of the workload, each a process. (default: 4)")
  var clients: Int?

  @Option(help: "The number of sessions of each of these clients. (default: 1)")
  var sessions: Int?

  @Option(help: "How many operations all sessions together do. (default: 1000, unless there is a duration)")
  var operations: Int?

  @Option(help: ArgumentHelp("How long the load lasts, such as 30s.", valueName: "time"))
  var duration: String?

  @Option(
    help: ArgumentHelp("How long it lasts before its latencies count. (default: 0s)", valueName: "time"))
  var warmUp: String?

  @Option(
    help: ArgumentHelp(
      "How many operations a second begin, however long others take. (default: each session begins its next when the one before has ended)",
      valueName: "per-second"))
  var rate: Int?

  @Option(help: ArgumentHelp("The share of reads. (default: 0.5)", valueName: "0...1"))
  var reads: Double?

  @Option(
    help: ArgumentHelp("The share of compare-and-sets; the rest are writes. (default: 0)", valueName: "0...1")
  )
  var cas: Double?

  @Option(help: "The number of keys. (default: 10)")
  var keys: Int?

  @Option(help: "How keys are chosen: uniform, zipfian or single-writer. (default: uniform)")
  var distribution: String?

  @Option(
    help: ArgumentHelp(
      "unique, or how many different values are written. (default: unique)", valueName: "unique|n"))
  var values: String?

  @Option(help: ArgumentHelp("How many bytes a unique value has at least.", valueName: "bytes"))
  var valueSize: Int?

  @Option(
    help: ArgumentHelp(
      "How long an operation of the workload may go unanswered before its outcome counts as unknown. (default: 5s)",
      valueName: "time"))
  var operationTimeout: String?

  @Option(
    help: ArgumentHelp(
      "What goes wrong meanwhile: none; random; the kinds to draw from, such as partition,pause; or a JSON list as in a configuration. (default: none)",
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
        throw ValidationError(problems.map(inOptions).joined(separator: "\n"))
      }
      return configuration
    case .failure(.invalid(let problems)):
      throw ValidationError(problems.map { inOptions($0.description) }.joined(separator: "\n"))
    case .failure(let error): throw ValidationError(error.description)
    }
  }

  /// A problem with the options in place of the paths that they stand for.
  private func inOptions(_ problem: String) -> String {
    let names = [
      "$.consistency_level": "--level", "$.protocol": "--protocol", "$.num_servers": "--servers",
      "$.workload.timeout": "--operation-timeout",
    ]
    if problem.hasPrefix("$.faults") {
      // A list of kinds has no places that anybody wrote.
      let isSection = faults?.contains("[") ?? true
      let rest = isSection ? problem.dropFirst("$.faults".count) : problem.drop { $0 != ":" }
      return "--faults\(rest)".printable
    }
    let path = problem.prefix { $0 != ":" && $0 != "," && $0 != " " }
    guard let option = names[String(path)] ?? Self.workloadOption(path) else { return problem.printable }
    // A number of milliseconds without a unit is for configurations only.
    return "\(option)\(problem.dropFirst(path.count).replacing(", or milliseconds, from", with: ", from"))"
      .printable
  }

  private static func workloadOption(_ path: Substring) -> String? {
    guard path.hasPrefix("$.workload."), let name = path.split(separator: ".").last else { return nil }
    return "--" + name.map { $0 == "_" ? "-" : String($0) }.joined()
  }
}
