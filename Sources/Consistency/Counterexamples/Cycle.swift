public import History

/// A circle of operations each of which must come before the next: no order of any kind can contain it.
public struct Cycle: Sendable, Hashable {
  /// Which of the forbidden shapes the circle is an instance of.
  public enum Pattern: String, Sendable, Hashable, CaseIterable {
    /// Process order and reads-from lead back to the start (CyclicCO of Bouajjani et al., POPL 2017).
    case cyclicCausalOrder = "cyclic-causal-order"
    /// A read returned the initial value although a write of its key came causally before it (WriteCOInitRead).
    case causallyOverwrittenInitialValue = "causally-overwritten-initial-value"
    /// A read returned a value although a write that replaced it came causally before the read (WriteCORead).
    case causallyOverwrittenValue = "causally-overwritten-value"
    /// No one order of conflicting writes fits all reads (CyclicCF).
    case cyclicConflictOrder = "cyclic-conflict-order"
    /// A read returned the initial value although, for its process, a write of its key came before it
    /// (WriteHBInitRead).
    case initialValueOverwrittenForProcess = "initial-value-overwritten-for-process"
    /// No one order of the writes fits the reads of one process (CyclicHB).
    case cyclicOrderOfProcess = "cyclic-order-of-process"
    /// A process wrote, then read something older than what it wrote.
    case ownWriteMissed = "own-write-missed"
    /// A process read a version, then an older one.
    case olderVersionReadLater = "older-version-read-later"
    /// A process read a version, then another, then the first again.
    case versionReadAgain = "version-read-again"
    /// A process read a write, then something older than what the write's author had written before it.
    case earlierWriteOfAuthorMissed = "earlier-write-of-author-missed"
    /// A process read a write, then something older than what the write's author had read before it.
    case versionReadByAuthorMissed = "version-read-by-author-missed"
    /// A version of a key is older than itself.
    case versionPrecedesItself = "version-precedes-itself"
    /// What must come before what in a single order of all operations leads back to the start.
    case cyclicTotalOrder = "cyclic-total-order"
  }

  /// Which shape it is.
  public let pattern: Pattern
  /// The edges: each ends where the next begins, the last where the first begins.
  public let edges: [Edge]

  /// Makes a circle.
  public init(pattern: Pattern, edges: [Edge]) {
    self.pattern = pattern
    self.edges = edges
  }

  /// Why one operation must come before another.
  public struct Edge: Sendable, Hashable {
    /// The reasons.
    public enum Reason: Sendable, Hashable {
      /// One process made both, in this order.
      case processOrder
      /// The second found the value that the first wrote.
      case readsFrom
      /// The first found the initial value of the key that the second writes.
      case foundInitialValue
      /// Both write one key. The operation found the value of the second although the first, as the path shows, came
      /// before it: so the second came between.
      case overwrittenBefore(OperationID, path: [Edge])
      /// The first found the value that the operation wrote, and the second, as the path from that operation shows,
      /// replaced it.
      case replacedAfter(OperationID, path: [Edge])
    }

    /// What comes first.
    public let from: OperationID
    /// What comes second.
    public let to: OperationID
    /// Why.
    public let reason: Reason

    /// Makes an edge.
    public init(from: OperationID, to: OperationID, reason: Reason) {
      self.from = from
      self.to = to
      self.reason = reason
    }
  }

  /// The operations that occur, also in reasons, in order of invocation.
  public var operations: [OperationID] {
    var seen: Set<OperationID> = []
    func visit(_ edges: [Edge]) {
      for edge in edges {
        seen.insert(edge.from)
        seen.insert(edge.to)
        switch edge.reason {
        case .processOrder, .readsFrom, .foundInitialValue: break
        case .overwrittenBefore(let operation, let path), .replacedAfter(let operation, let path):
          seen.insert(operation)
          visit(path)
        }
      }
    }
    visit(edges)
    return seen.sorted()
  }
}
