/// Makes histories of any size from a seed: valid by construction, or with an anomaly acted out in their midst.
///
/// Simulates clients of one copy of a store in virtual time. Each operation takes effect at one instant between its
/// invocation and its completion, so the history is linearizable, and with it satisfies every weaker model. Of those of
/// unknown outcome half take effect, some of them after the client gave up. Events come out in order of time and are
/// handed on as they come: memory is in proportion to processes and keys, not to operations, and time is
/// operations times the logarithm of processes. The same options give the same bytes on every machine.
public struct HistoryGenerator: Sendable {
  /// What to make.
  public struct Options: Sendable, Hashable {
    /// Which values are written.
    public enum Values: Sendable, Hashable {
      /// None twice.
      case unique
      /// So many, again and again.
      case repeated(Int)
    }

    /// How many operations, those of anomalies and final reads apart.
    public var operations = 1000
    /// How many clients at a time.
    public var processes = 10
    /// How many keys.
    public var keys = 1
    /// How many reads in a million operations.
    public var readsPerMillion = 500_000
    /// How many compare-and-sets in a million operations; the rest are writes.
    public var compareAndSetsPerMillion = 0
    /// How many operations in a million have an unknown outcome.
    public var unknownPerMillion = 0
    /// How many operations in a million fail, without an effect.
    public var failedPerMillion = 0
    /// Which values are written.
    public var values = Values.unique
    /// What goes wrong, in this order, spread evenly over the run.
    public var anomalies: [Anomaly] = []
    /// How many servers there are that each answer a final read of every key in the end; 0 for no such reads.
    public var finalReads = 0
    /// What determines all choices.
    public var seed: UInt64 = 1

    /// The defaults: a thousand operations of ten processes on one key, half of them reads, unique values.
    public init() {}

    /// What is wrong with these options; nil when nothing is.
    public var problem: String? {
      let shares = [readsPerMillion, compareAndSetsPerMillion, unknownPerMillion, failedPerMillion]
      let need = anomalies.map(\.keys).max() ?? 0
      if !(0...operationsMax).contains(operations) { return "the operations are 0 to \(operationsMax)" }
      if !(1...countMax).contains(processes) { return "the processes are 1 to \(countMax)" }
      if !(1...countMax).contains(keys) { return "the keys are 1 to \(countMax)" }
      if !shares.allSatisfy((0...1_000_000).contains) { return "a share lies between 0 and 1" }
      if readsPerMillion + compareAndSetsPerMillion > 1_000_000 {
        return "the shares of reads and of compare-and-sets together are at most 1"
      }
      if unknownPerMillion + failedPerMillion > 1_000_000 {
        return "the shares of unknown and of failed operations together are at most 1"
      }
      if case .repeated(let count) = values, !(1...countMax).contains(count) {
        return "the values are \"unique\" or 1 to \(countMax)"
      }
      if !(0...serversMax).contains(finalReads) { return "the final reads are of 0 to \(serversMax) servers" }
      if need > keys { return "this anomaly needs \(need) keys" }
      return nil
    }

    private var operationsMax: Int { 1_000_000_000 }
    private var countMax: Int { 1_000_000 }
    private var serversMax: Int { 100 }
  }

  /// What to make.
  public let options: Options

  /// Makes a generator.
  ///
  /// - Precondition: the options have no ``Options/problem``.
  public init(_ options: Options) {
    precondition(options.problem == nil, options.problem ?? "")
    self.options = options
  }

  /// Makes the history and hands on its file, in pieces of about a megabyte.
  ///
  /// - Throws: what `receive` throws.
  public func write<Failure>(_ receive: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
    var simulation = GeneratorSimulation(options)
    repeat {
      simulation.advance(untilBytes: 1 << 20)
      try receive(simulation.lines.takeBytes())
    } while !simulation.isFinished
  }
}
