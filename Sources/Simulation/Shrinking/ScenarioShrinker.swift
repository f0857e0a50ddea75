import Configuration
import Consistency
public import History
import KeyValue

/// Makes a failing run small: leaves out clients, operations, servers, faults and delays for as long as the same thing
/// still goes wrong.
///
/// Delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28(2), 2002) over
/// a run with everything written out. A part is left out in one piece, then in halves, quarters and so on, until nothing
/// can go alone. Since leaving something out also changes how the rest meets, each attempt is made with a few seeds for
/// the delays that remain. The order of attempts is fixed, so the same failure shrinks to the same scenario.
public struct ScenarioShrinker {
  /// With how many seeds an attempt is made; when nothing can go any more, with more and more.
  public var seedsPerAttempt: ClosedRange<UInt64> = 20...96
  /// How many runs to make at most.
  public var runsMax = 30_000
  /// When to stop with what there is; nil for not before nothing can go.
  public var deadline: ContinuousClock.Instant?
  /// How many runs were made.
  public private(set) var runs = 0

  private var seeds: UInt64 = 1
  /// How many attempts have made it smaller, calmer or shorter.
  private var successes = 0
  private let model: Model?
  private let limits: Limits
  private let makeReplica: ReplicaFactory?
  private var best: Judgement
  private var scenario: Scenario

  /// Starts with a failing run.
  ///
  /// - Parameter swarm: where the run was found.
  /// - Throws: what the history refuses, which would be a fault of this module.
  public init(_ swarm: Swarm, seed: UInt64) throws(HistoryBuilder.Refusal) {
    model = swarm.model
    limits = swarm.limits
    makeReplica = swarm.makeReplica
    best = try swarm.judge(seed, isTraced: true)
    scenario = Scenario(best)
  }

  /// The smallest run found that fails alike: its configuration replays it. The run itself, if nothing smaller fails or it
  /// does not fail at all.
  ///
  /// - Throws: what a history refuses, which would be a fault of this module.
  public mutating func shrink() throws(HistoryBuilder.Refusal) -> Judgement {
    guard best.isFailure, try accept(scenario) else { return best }
    seeds = seedsPerAttempt.lowerBound
    try keepWhatContradicts()
    while !isExhausted {
      let before = successes
      try leaveOutServers()
      try leaveOut(\.faults)
      try leaveOutClients()
      try leaveOut(\.steps)
      try calmTheNetwork()
      try closeGaps()
      try keepWhatContradicts()
      // Also after what only calms it, something that was needed before may be so no more.
      if successes > before { continue }
      guard seeds < seedsPerAttempt.upperBound else { break }
      seeds = min(4 * seeds, seedsPerAttempt.upperBound)
    }
    return best
  }

  private var isExhausted: Bool {
    runs >= runsMax || deadline.map { ContinuousClock.now >= $0 } ?? false
  }

  /// Whether a scenario fails in the same way; it is then the one to go on with.
  private mutating func accept(_ candidate: Scenario) throws(HistoryBuilder.Refusal) -> Bool {
    var candidate = candidate
    let first = candidate.settings.seed
    for offset in 0..<seeds {
      guard !isExhausted else { return false }
      candidate.settings.seed = (first &+ offset) & UInt64(Int64.max)
      guard let configuration = candidate.configuration else { return false }
      runs += 1
      let judgement = try Judgement(
        running: configuration, seed: candidate.settings.seed, model: model, limits: limits, isTraced: true,
        makeReplica: makeReplica)
      guard fails(judgement) else { continue }
      successes += 1
      best = judgement
      scenario = candidate
      return true
    }
    return false
  }

  private func fails(_ judgement: Judgement) -> Bool {
    if best.verdict.isViolated { return judgement.verdict.isViolated }
    return judgement.run.failure.map { $0.code } == best.run.failure.map { $0.code }
  }

  // MARK: What can go

  /// Tries the operations of the counterexample alone, then those on their keys.
  private mutating func keepWhatContradicts() throws(HistoryBuilder.Refusal) {
    guard case .violated(let counterexample) = best.verdict.outcome else { return }
    let history = best.history
    let operations = counterexample.operations.map { history[$0] }
    let keys = Set(operations.map { history[$0.key] })
    let starts = Set(operations.map { $0.invoked })
    let begun = Dictionary(
      best.run.trace.compactMap { event -> (Int64, Int)? in
        guard case .invoked(let session, _) = event.kind else { return nil }
        return (event.time, best.run.sessions[session].stream)
      }, uniquingKeysWith: { first, _ in first })
    var inOrder: [Int: [Int64]] = [:]
    for (time, client) in begun.sorted(by: { $0.key < $1.key }) { inOrder[client, default: []].append(time) }
    // The n-th operation of a client in the scenario is the n-th that it began.
    var places: [Int: Int] = [:]
    let isIn = scenario.steps.map { step in
      let place = places[step.client, default: 0]
      places[step.client] = place + 1
      guard let times = inOrder[step.client], place < times.count else { return false }
      return starts.contains(times[place])
    }
    var onlyThese = scenario
    onlyThese.steps = zip(scenario.steps, isIn).filter(\.1).map(\.0)
    if onlyThese.steps.count < scenario.steps.count, try accept(onlyThese) { return }
    var onTheirKeys = scenario
    onTheirKeys.steps = scenario.steps.filter { $0.request.key.map { keys.contains($0) } ?? false }
    if onTheirKeys.steps.count < scenario.steps.count { _ = try accept(onTheirKeys) }
  }

  /// Leaves out elements of a list, many at a time at first.
  private mutating func leaveOut<Element>(
    _ list: WritableKeyPath<Scenario, [Element]>
  ) throws(HistoryBuilder.Refusal) {
    var size = scenario[keyPath: list].count
    while size > 0, !isExhausted {
      var start = 0
      while start < scenario[keyPath: list].count, !isExhausted {
        var candidate = scenario
        let count = candidate[keyPath: list].count
        candidate[keyPath: list].removeSubrange(start..<min(start + size, count))
        if try !accept(candidate) { start += size }
      }
      size = size == 1 ? 0 : (size + 1) / 2
    }
  }

  private mutating func leaveOutClients() throws(HistoryBuilder.Refusal) {
    for client in Set(scenario.steps.map(\.client)).sorted() {
      var candidate = scenario
      candidate.steps.removeAll { $0.client == client }
      _ = try accept(candidate)
    }
  }

  private mutating func leaveOutServers() throws(HistoryBuilder.Refusal) {
    var server = scenario.servers - 1
    while server >= 0, scenario.servers > 1, !isExhausted {
      if try !accept(scenario.without(server: server, movingClientsTo: nil)) {
        _ = try accept(scenario.without(server: server, movingClientsTo: (server + 1) % scenario.servers))
      }
      server -= 1
    }
  }

  /// Has operations follow one another sooner where nothing happens for long, and the first begin at once.
  private mutating func closeGaps() throws(HistoryBuilder.Refusal) {
    let longest = 2 * (scenario.settings.latency + scenario.settings.jitter).nanoseconds
    var candidate = scenario
    let order = scenario.steps.indices.sorted {
      (scenario.steps[$0].start, $0) < (scenario.steps[$1].start, $1)
    }
    var last: (before: Int64, after: Int64) = (0, 0)
    for index in order {
      let start = scenario.steps[index].start
      last = (start, last.after + min(start - last.before, longest))
      candidate.steps[index].start = last.after
    }
    if candidate.steps.map(\.start) != scenario.steps.map(\.start) { _ = try accept(candidate) }
  }

  /// Takes away what makes the network lively, one thing after the other.
  private mutating func calmTheNetwork() throws(HistoryBuilder.Refusal) {
    let calm = SimulationSettings()
    let members: [(WritableKeyPath<SimulationSettings, Duration>, Duration)] = [
      (\.think, .zero), (\.jitter, .zero), (\.clockStep, calm.clockStep), (\.latency, calm.latency),
      (\.turn, calm.turn), (\.tick, calm.tick),
    ]
    for (member, time) in members where scenario.settings[keyPath: member] != time {
      var candidate = scenario
      candidate.settings[keyPath: member] = time
      _ = try accept(candidate)
    }
  }
}

extension ScriptedRequest {
  /// The key that it concerns.
  fileprivate var key: Key? {
    switch self {
    case .get(let key), .set(let key, _), .compareAndSet(let key, _, _): key
    case .sleep: nil
    }
  }
}
