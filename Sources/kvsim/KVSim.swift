import ArgumentParser
import Configuration
import Consistency
import Simulation

@main
struct KVSim: ParsableCommand {
  @Argument var config: String
  @Option var seed: UInt64 = 1
  @Option var seeds: UInt64 = 1
  func run() throws {
    let configuration = try ClusterConfiguration.load(config)
    var stats = SimulationStatistics()
    let clock = ContinuousClock()
    var running = Duration.zero, checking = Duration.zero
    for seed in seed..<seed + seeds {
      let varied = configuration.varied(seed: seed)
      var r: SimulatedRun?
      running += try clock.measure { r = try Simulation.run(varied, seed: seed) }
      guard let r else { return }
      var v: Verdict?
      checking += clock.measure { v = check(r.history, varied.level.model) }
      stats.add(r.statistics)
      if r.failure != nil || v?.isViolated == true { print(seed, r.failure as Any, v?.isViolated as Any, varied.json) }
    }
    print(stats, running, checking, Double(stats.operations) / ((running + checking) / .seconds(1)))
  }
}
