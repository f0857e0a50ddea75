public import Configuration
public import Consistency
public import History
public import Replication

/// A simulated run and what is to be said of it.
public struct Judgement: Sendable {
  /// The seed.
  public let seed: UInt64
  /// What ran, everything settled that depends on the seed.
  public let configuration: ClusterConfiguration
  /// The run.
  public let run: SimulatedRun
  /// What was judged: the run's history without what the level allows to be lost.
  public let history: History
  /// The verdict of the level's model on its history.
  public let verdict: Verdict

  /// Whether something is wrong: with the history or besides.
  public var isFailure: Bool { verdict.isViolated || run.failure != nil }

  /// Runs a configuration as it is and judges it.
  ///
  /// - Parameter model: the model to judge by; nil for that of the configuration's level.
  /// - Throws: what the history refuses, which would be a fault of this module.
  public init(
    running configuration: ClusterConfiguration, seed: UInt64, model: Model? = nil, limits: Limits = .none,
    isTraced: Bool = false, showsStores: Bool = false, makeReplica: ReplicaFactory? = nil
  ) throws(HistoryBuilder.Refusal) {
    self.seed = seed
    self.configuration = configuration
    run = try Simulation.run(
      configuration, seed: seed, isTraced: isTraced, showsStores: showsStores, makeReplica: makeReplica)
    history = run.judgedHistory
    verdict = check(history, model ?? configuration.level.model, limits: limits)
  }
}

extension ConsistencyLevel {
  /// The model that the level promises.
  public var model: Model {
    switch self {
    case .linearizable: .linearizable
    case .sequential: .sequential
    case .eventual: .eventual
    }
  }
}
