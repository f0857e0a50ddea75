public import Configuration
public import Consistency
public import History
public import KeyValue

/// What an exhaustive search goes through: everything that can happen to a few servers and the clients of a configuration.
///
/// Whatever the delays, the messages of each lane arrive in the order in which they were sent, a server ends its turn after
/// any number of inputs, up to ``losses`` messages are lost and ``duplicates`` delivered twice, ``kills`` times a server is
/// killed and started anew without its memory, and whenever nothing is on the way any more a server that
/// waits may be given a tick. `docs/simulation.md` says what is left out, and why that loses nothing or what it loses.
public struct ExhaustiveScope: Sendable {
  /// How many servers there may be at most.
  public static let serversMax = 5
  /// How many operations there may be at most.
  public static let operationsMax = 16

  /// What runs.
  public let configuration: ClusterConfiguration
  /// The model to judge by; nil for that of the level.
  public var model: Model?
  /// How many messages may be lost.
  public var losses = 0
  /// How many messages may be delivered twice.
  public var duplicates = 0
  /// How many times a server may be killed and started anew without its memory, while another keeps its own. Only where
  /// writes are ordered: elsewhere answered ones may die with their server, and the history would not be judged fairly.
  public var kills = 0
  /// How many states may be seen before the search gives up.
  public var statesMax = 10_000_000
  /// How much each verdict may cost.
  public var limits = Limits(configurationsMax: 100_000)
  /// What makes the replicas; nil for those of the configuration's protocol.
  public var makeReplica: ReplicaFactory?
  /// Whether clients that do the same at the same server count as interchangeable.
  public var usesSymmetry = true
  /// Whether replicas are compared by `==` where they can be, rather than by the inputs that they had.
  public var mergesReplicas = true

  /// Why a configuration cannot be gone through.
  public enum Refusal: Error, Hashable, CustomStringConvertible {
    /// What a workload would draw is not written down.
    case hasWorkload
    /// Faults are not a matter of times here.
    case hasFaults
    /// A server at the eventual level answers for what it may forget.
    case forgets
    /// It is too large.
    case tooManyServers(Int)
    /// It is too large.
    case tooManyOperations(Int)

    /// What is wrong, and what to do.
    public var description: String {
      switch self {
      case .hasWorkload:
        "\"workload\": an exhaustive search takes the operations of \"clients\" only; write them there"
      case .hasFaults: "\"faults\": an exhaustive search takes no times; say how many messages may be lost"
      case .forgets:
        "an exhaustive search kills no servers at the eventual level, where answered writes may die with them"
      case .tooManyServers(let count):
        "\"num_servers\": \(count) are too many for an exhaustive search, which takes up to \(serversMax)"
      case .tooManyOperations(let count):
        "\"clients\": \(count) requests are too many for an exhaustive search, which takes up to \(operationsMax)"
      }
    }
  }

  /// Makes a scope of a configuration with scripted clients and without faults. Clients do not sleep in it.
  ///
  /// - Throws: ``Refusal`` for a configuration that is not of this kind, or not tiny.
  public init(_ configuration: ClusterConfiguration) throws(Refusal) {
    guard configuration.workload == nil else { throw .hasWorkload }
    guard configuration.faults?.entries.isEmpty ?? true else { throw .hasFaults }
    let servers = configuration.servers.count
    guard servers <= Self.serversMax else { throw .tooManyServers(servers) }
    let operations = configuration.clients.reduce(0) { $0 + $1.commands.count }
    guard operations <= Self.operationsMax else { throw .tooManyOperations(operations) }
    self.configuration = configuration
  }

  /// Goes through everything, or up to the first failure, which takes as few steps as any.
  ///
  /// - Parameter isOver: asked now and then, with the number of states so far, whether to give up.
  /// - Throws: what a history refuses, which would be a fault of this module.
  /// - Complexity: linear in the transitions, of which there may be exponentially many in the operations and servers.
  public func explore(
    isOver: (_ states: Int) -> Bool = { _ in false }
  ) throws(HistoryBuilder.Refusal) -> ExhaustiveResult {
    var search = ExhaustiveSearch(self)
    return try search.run(isOver)
  }
}

/// What an exhaustive search found.
public struct ExhaustiveResult: Sendable {
  /// How many states were seen, no two of them equal.
  public var states = 0
  /// How many steps from one state to another were tried.
  public var transitions = 0
  /// How many steps the state is away that is furthest from the start.
  public var depth = 0
  /// What the clients can see: every complete history, each once.
  public var histories: Set<ObservedHistory> = []
  /// Of how many histories the verdict was not reached.
  public var undecided = 0
  /// How many histories prove nothing: nothing was written, or nothing read.
  public var vacuous = 0
  /// How many clients count as interchangeable with one before them.
  public var interchangeable = 0
  /// Whether all there is was seen.
  public var isExhausted = false
  /// The failure that takes the fewest steps; nil where there is none.
  public var failure: Judgement?

  /// Whether nothing can go wrong within the scope: everything was seen, and every history judged to hold.
  public var isProof: Bool {
    isExhausted && failure == nil && undecided == 0 && vacuous < histories.count
  }
}

/// What the clients saw of a run, as far as a model can tell: runs that differ in nothing else are one.
public struct ObservedHistory: Hashable, Sendable {
  /// How an operation ended.
  public enum Result: Hashable, Sendable {
    /// A read's result.
    case value(Value)
    /// It changed the store.
    case written
    /// A compare-and-set found another value.
    case mismatch(Value)
    /// It had no effect.
    case refused
    /// Nobody knows: its server was killed.
    case unknown
  }

  /// For each operation, in the order of the configuration, how it ended.
  public let results: [Result]
  /// For each operation those that had ended when it began, a bit each. All 0 where the model does not ask.
  public let earlier: [UInt32]
  /// What the final reads found: every key at every server, server by server.
  public let finals: [Value]

  /// Makes a history.
  public init(results: [Result], earlier: [UInt32], finals: [Value]) {
    self.results = results
    self.earlier = earlier
    self.finals = finals
  }
}
