/// A consistency model as the verifier knows it: by its name in reports and by what it implies.
///
/// `docs/models.md` defines each one. The verifier keeps a list of its own, since it shares no code with the engines.
public enum Promise: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// One total order for each key, extending real time.
  case linearizable
  /// One total order, extending the order of each process.
  case sequential
  /// Causal consistency (CC).
  case causal
  /// Causal memory (CM).
  case causalMemory = "causal-memory"
  /// Causal convergence (CCv).
  case causalConvergence = "causal-convergence"
  /// For each process an order of its operations and the writes.
  case pram
  /// No version older than one's own writes is found.
  case readYourWrites = "read-your-writes"
  /// No version older than what one read before is found.
  case monotonicReads = "monotonic-reads"
  /// No version older than earlier writes of an author whose write one saw is found.
  case monotonicWrites = "monotonic-writes"
  /// No version older than what an author had read before a write that one saw is found.
  case writesFollowReads = "writes-follow-reads"
  /// Each operation finds a write that nothing replaced before it began.
  case regular
  /// The same of operations that overlap no write.
  case safe
  /// All replicas agree in the end.
  case eventual

  /// The name.
  public var description: String { rawValue }

  /// Whether every history that keeps this promise keeps another, given whether its clock shows the order of each
  /// process (no two operations of one process touch).
  ///
  /// - Linearizable gives sequential: where real time contains process order, orders of the keys that extend real time
  ///   merge into one that extends process order (Herlihy, Wing, 1990, theorem 1); and regular, because in such an order a
  ///   write that lies, in real time, between a write and a read lies there too. Regular gives safe, by definition.
  /// - Sequential gives causal memory, each process taking the one order, and causal convergence, with the one order as
  ///   arbitration: the latest write before a read is among those causally before it, since it is the one read from.
  /// - Both give causal consistency. Causal memory gives PRAM, whose orders extend less, and PRAM the sessions but
  ///   writes-follow-reads: in an order of a process an old version after a newer one is never the latest. Causal
  ///   consistency gives all but monotonic-reads, by the same argument within the past of one operation; causal convergence
  ///   gives monotonic-reads, since the latest of a growing past does not go back.
  /// - Regular gives read-your-writes: one's own write has ended before one's read begins, and what it replaced is gone.
  public func implies(_ other: Promise, showsProcessOrder: Bool) -> Bool {
    let direct: [Promise] =
      switch self {
      case .linearizable: showsProcessOrder ? [.sequential, .regular] : [.regular]
      case .sequential: [.causalMemory, .causalConvergence]
      case .causalMemory: [.causal, .pram]
      case .causalConvergence: [.causal, .monotonicReads]
      case .causal: [.readYourWrites, .monotonicWrites, .writesFollowReads]
      case .pram: [.readYourWrites, .monotonicReads, .monotonicWrites]
      case .regular: [.safe, .readYourWrites]
      case .readYourWrites, .monotonicReads, .monotonicWrites, .writesFollowReads, .safe, .eventual: []
      }
    return direct.contains { $0 == other || $0.implies(other, showsProcessOrder: showsProcessOrder) }
  }
}
