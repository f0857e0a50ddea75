public import Configuration
import KeyValue
import Replication

extension ClusterConfiguration {
  /// The run of one seed of a swarm: what the configuration leaves open is drawn from the seed, each feature present or
  /// absent, so that runs differ in kind and not only in order.
  ///
  /// A section that the configuration has stays as it is. One with scripted clients only gets a workload beside them,
  /// unless it says how its simulation behaves, as a scenario does.
  ///
  /// Groce, Zhang, Eide, Chen and Regehr, "Swarm Testing", ISSTA 2012.
  public func varied(seed: UInt64) -> ClusterConfiguration {
    var random = SplitMix64(seed: seed, stream: 0x5AA2)
    var varied = self
    let settings = SimulationSettings(drawnFrom: &random)
    let load = Workload(drawnFrom: &random, comparesAndSets: replicationProtocol.ordersWrites)
    let faults = FaultSchedule(drawnFrom: &random, servers: servers.count)
    if workload == nil, simulation == nil || clients.isEmpty { varied.workload = load }
    varied.faults = self.faults ?? faults
    var others = SplitMix64(seed: seed, stream: 0xB0D5)
    if bounds == Bounds(), simulation == nil, others.below(4) == 0 {
      varied.bounds = Bounds(drawnFrom: &others)
    }
    varied.simulation = simulation ?? settings
    varied.simulation?.seed = seed
    return varied
  }
}

extension SimulationSettings {
  /// A quick or slow network, coarse or fine clocks, sessions in haste or at leisure.
  fileprivate init(drawnFrom random: inout SplitMix64) {
    self.init()
    latency = .microseconds(random.pick([1, 50, 50, 500]) ?? 50)
    jitter = .microseconds(random.pick([0, 10, 100, 100, 1000, 10_000]) ?? 100)
    turn = .microseconds(random.pick([0, 5, 20, 20, 200]) ?? 20)
    tick = .milliseconds(random.pick([1, 5, 50]) ?? 5)
    think = .microseconds(random.pick([0, 0, 100, 1000]) ?? 0)
    clockStep = .nanoseconds(random.pick([1000, 1000, 1_000_000, 100_000_000] as [Int64]) ?? 1000)
  }
}

extension Bounds {
  /// So little that every bound is reached.
  fileprivate init(drawnFrom random: inout SplitMix64) {
    self.init()
    updates = random.pick([1, 2, 5, 20]) ?? 5
    messageBytes = random.pick([1, 100, 1000]) ?? 100
  }
}

extension Workload {
  /// A short load of any mix.
  fileprivate init(drawnFrom random: inout SplitMix64, comparesAndSets: Bool) {
    self.init()
    clients = random.pick([2, 3, 5, 8, 16]) ?? 5
    sessionsPerClient = random.pick([1, 1, 2]) ?? 1
    length = .operations(random.pick([50, 200, 1000]) ?? 200)
    reads = Share(perMillion: random.pick([200_000, 500_000, 800_000]) ?? 500_000)
    if comparesAndSets, random.below(3) == 0 { compareAndSets = Share(perMillion: 100_000) }
    keys = random.pick([1, 2, 5, 20]) ?? 5
    distribution = random.pick(KeyChoice.allCases) ?? .uniform
    timeout = .milliseconds(random.pick([100, 1000]) ?? 100)
  }
}

extension FaultSchedule {
  /// No fault, or some kinds of them again and again.
  fileprivate init(drawnFrom random: inout SplitMix64, servers: Int) {
    self.init()
    guard random.below(4) > 0 else { return }
    let count = 1 + random.below(4)
    let chosen = random.distinct(count, below: FaultName.allCases.count).map { FaultName.allCases[$0] }
    let period = Duration.milliseconds(random.pick([2, 10, 50]) ?? 10)
    entries.append(
      .random(
        RandomFaults(
          kinds: chosen, start: .zero, period: period, duration: period / (random.pick([1, 2, 10]) ?? 2))))
  }
}
