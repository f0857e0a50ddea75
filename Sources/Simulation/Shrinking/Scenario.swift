import Configuration
import Replication

/// A run with everything written out that a seed chose, so that parts of it can be left out: each client's operations with
/// the times at which they begin, and the faults with their servers and times.
///
/// As a configuration it replays: what remains to the seed is how long each message takes.
struct Scenario {
  /// One operation.
  struct Step {
    /// The number of the client.
    let client: Int
    var server: Int
    var start: Int64
    let request: ScriptedRequest
  }

  /// Everything but the clients and the faults.
  private let base: ClusterConfiguration
  var servers: Int
  var steps: [Step]
  var faults: [ScheduledFault]
  var settings: SimulationSettings

  /// What a traced run did.
  init(_ judgement: Judgement) {
    base = judgement.configuration
    let run = judgement.run
    servers = base.servers.count
    settings = base.simulation ?? SimulationSettings()
    settings.seed = judgement.seed
    settings.timeout = settings.timeout ?? base.workload?.timeout ?? Workload().timeout
    steps = run.trace.compactMap { event in
      guard case .invoked(let session, let command) = event.kind, !run.sessions[session].isFinal else {
        return nil
      }
      let lane = run.sessions[session]
      return Step(
        client: lane.stream, server: lane.server, start: event.time, request: ScriptedRequest(command))
    }
    let end = Duration.nanoseconds(run.loadEnd)
    faults = run.faults.map { fault in
      var scheduled = ScheduledFault(fault.kind, start: fault.start)
      scheduled.servers = fault.servers.isEmpty ? nil : fault.servers
      // What lasts as long as the load goes on to do so, however much is left out.
      scheduled.duration =
        fault.kind.name == .reset ? nil : fault.end.flatMap { $0 < end ? $0 - fault.start : nil }
      return scheduled
    }
  }

  /// The scenario as a configuration; nil where nothing would be left to run.
  var configuration: ClusterConfiguration? {
    guard !steps.isEmpty, servers > 0 else { return nil }
    var configuration = base
    configuration.workload = nil
    configuration.servers = Array(repeating: .free, count: servers)
    configuration.faults = FaultSchedule(faults.map { .fault($0) })
    var clients: [ScriptedClient] = []
    var starts: [[Int64]] = []
    let numbers = Set(steps.map(\.client)).sorted()
    for number in numbers {
      let own = steps.filter { $0.client == number }
      guard let first = own.first else { continue }
      clients.append(ScriptedClient(number: number, server: first.server, requests: own.map(\.request)))
      starts.append(own.map(\.start))
    }
    configuration.clients = clients
    configuration.simulation = settings
    configuration.simulation?.starts = starts
    return configuration
  }

  /// The scenario without a server: what its clients did is left out, or done at another.
  func without(server: Int, movingClientsTo other: Int?) -> Scenario {
    var scenario = self
    let renumbered = { (number: Int) in number > server ? number - 1 : number }
    scenario.servers -= 1
    scenario.steps = steps.compactMap { step in
      var step = step
      if step.server == server {
        guard let other else { return nil }
        step.server = other
      }
      step.server = renumbered(step.server)
      return step
    }
    scenario.faults = faults.compactMap { fault in
      var fault = fault
      if case .partition(let shape) = fault.kind, scenario.servers < shape.serverCountMin { return nil }
      fault.servers = fault.servers?.filter { $0 != server }.map(renumbered)
      return fault.servers?.isEmpty == true ? nil : fault
    }
    return scenario
  }
}

extension ScriptedRequest {
  fileprivate init(_ command: Command) {
    switch command {
    case .read(let key): self = .get(key)
    case .write(let key, let value): self = .set(key, value)
    case .compareAndSet(let key, let expected, let new):
      self = .compareAndSet(key, expected: expected, new: new)
    }
  }
}
