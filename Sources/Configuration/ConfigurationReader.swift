import KeyValue
import Replication

/// Walks the JSON of a configuration and collects every problem on the way.
///
/// A step that meets a problem reports it and returns nil, and the walk goes on with what can still be said. Nothing is
/// built unless nothing was reported.
struct ConfigurationReader {
  /// What was reported so far.
  private(set) var problems: [ConfigurationProblem] = []
  /// The fixed ports that were read so far.
  var fixedPorts: [ConfigurationReading.FixedPort] = []
  /// The protocol, if it is one that cannot compare and set.
  private(set) var protocolWithoutCompareAndSet: ReplicationProtocol?

  /// Reads a whole configuration; nil after at least one problem.
  mutating func configuration(_ json: JSON, name: String) -> ClusterConfiguration? {
    let document = Located(json, at: .root)
    let names = [
      "num_servers", "consistency_level", "protocol", "port_number", "initial", "clients", "workload",
      "faults", "bounds", "simulation",
    ]
    guard let members = members(of: document, names) else { return nil }
    let serverCount = serverCount(members, in: document)
    let level = level(members, in: document)
    let replicationProtocol = replicationProtocol(members["protocol"], for: level)
    protocolWithoutCompareAndSet = replicationProtocol.flatMap { $0.ordersWrites ? nil : $0 }
    let servers = ports(members["port_number"], serverCount: serverCount)
    let initial = initial(members["initial"])
    let workload = workload(members["workload"])
    let clients = clients(members, in: document, serverCount: serverCount)
    let faults = faults(members["faults"], serverCount: serverCount)
    let simulation = simulation(members["simulation"], clients: clients)
    let bounds = bounds(members["bounds"]) ?? Bounds()
    guard problems.isEmpty, let level, let replicationProtocol, let servers else { return nil }
    return ClusterConfiguration(
      name: name, level: level, replicationProtocol: replicationProtocol, servers: servers, initial: initial,
      clients: clients, workload: workload, faults: faults, bounds: bounds,
      simulation: simulation)
  }

  private mutating func serverCount(_ members: [String: Located], in document: Located) -> Int? {
    let counts = ClusterConfiguration.serverCounts
    let expected = "the number of servers, \(counts.lowerBound) to \(counts.upperBound)"
    return number(
      required("num_servers", members, in: document, expected: expected), in: counts, expected: expected)
  }

  private mutating func level(_ members: [String: Located], in document: Located) -> ConsistencyLevel? {
    let names = ConsistencyLevel.allCases.map(\.rawValue)
    let expected = Self.alternatives(names)
    guard let located = required("consistency_level", members, in: document, expected: expected) else {
      return nil
    }
    if let level = located.json.string.flatMap({ ConsistencyLevel(named: $0) }) { return level }
    report(located, expected: expected, suggestion: Self.suggestion(for: located, among: names))
    return nil
  }

  private mutating func replicationProtocol(
    _ located: Located?, for level: ConsistencyLevel?
  ) -> ReplicationProtocol? {
    guard let located, !located.isNull else { return level?.defaultProtocol }
    let fitting = ReplicationProtocol.allCases.filter { level.map($0.provides) ?? true }.map(\.rawValue)
    let expected = Self.alternatives(fitting)
    guard let named = located.json.string.flatMap({ ReplicationProtocol(named: $0) }) else {
      report(located, expected: expected, suggestion: Self.suggestion(for: located, among: fitting))
      return nil
    }
    if let level, !named.provides(level) {
      report(
        located.path, found: "\(located.found), which does not provide \(level)", expected: expected)
    }
    return named
  }

  private mutating func initial(_ located: Located?) -> [Key: Value] {
    guard let located, !located.isNull else { return [:] }
    guard let object = located.json.object else {
      report(located, expected: "an object of keys and their values")
      return [:]
    }
    var initial: [Key: Value] = [:]
    for member in object.members {
      let value = Located(member.json, at: located.path.member(member.name))
      if member.name.isEmpty {
        report(value.path, found: "an empty key", expected: "a key that is not empty")
      }
      guard let scalar = value.json.scalar else {
        report(value, expected: Self.scalarExpected)
        continue
      }
      if initial.updateValue(scalar, forKey: Key(member.name)) != nil {
        report(value.path, found: "a second value for this key", expected: "one")
      }
    }
    return initial
  }
}

extension ConfigurationReader {
  /// What a value must be.
  static let scalarExpected = "a string, a number, true, false or null"

  /// Reports a problem at a path.
  mutating func report(_ path: JSONPath, found: String, expected: String, suggestion: String? = nil) {
    problems.append(
      ConfigurationProblem(
        path: path.description, found: found, expected: expected, suggestion: suggestion))
  }

  /// Reports that what stands there is not what was expected.
  mutating func report(_ located: Located, expected: String, suggestion: String? = nil) {
    report(located.path, found: located.found, expected: expected, suggestion: suggestion)
  }

  /// Reports a member that has no place here. One that is absent or null is no problem.
  mutating func refuse(_ located: Located?, expected: String) {
    guard let located, !located.isNull else { return }
    report(located, expected: expected)
  }

  /// The members of an object under their first spelling; reports unknown and repeated ones.
  mutating func members(
    of located: Located, _ names: [String], aliases: [String: String] = [:]
  ) -> [String: Located]? {
    let expected = Self.alternatives(names, last: "and")
    guard let object = located.json.object else {
      report(located, expected: "an object with \(expected)")
      return nil
    }
    var members: [String: Located] = [:]
    for member in object.members {
      let path = located.path.member(member.name)
      let name = aliases[member.name] ?? member.name
      if !names.contains(name) {
        report(
          path, found: "an unknown member", expected: "only \(expected)",
          suggestion: Spelling.suggestion(for: member.name, among: names + aliases.keys.sorted()))
      } else if let first = members[name] {
        let found = name == member.name && first.path.description == path.description
        report(
          path, found: found ? "a second member of this name" : "\(first.path) too", expected: "one of them")
      } else {
        members[name] = Located(member.json, at: path)
      }
    }
    return members
  }

  /// The member of that name; reports its absence.
  mutating func required(
    _ name: String, _ members: [String: Located], in located: Located, expected: String
  ) -> Located? {
    if let member = members[name] { return member }
    report(located.path.member(name), found: "nothing", expected: expected)
    return nil
  }

  /// The number, written as one or as a string of digits, if it is in the range; reports it if not.
  mutating func number(_ located: Located?, in range: ClosedRange<Int>, expected: String) -> Int? {
    guard let located else { return nil }
    if let number = located.numeral.flatMap({ Int(exactly: $0) }), range.contains(number) { return number }
    report(located, expected: expected)
    return nil
  }

  /// The names as in "a, b or c".
  static func alternatives(_ names: [String], last: String = "or") -> String {
    guard let final = names.last, names.count > 1 else { return names.first ?? "" }
    return "\(names.dropLast().joined(separator: ", ")) \(last) \(final)"
  }

  /// The name that was probably meant by a string.
  static func suggestion(for located: Located, among names: [String]) -> String? {
    located.json.string.flatMap { Spelling.suggestion(for: $0, among: names) }
  }
}
