public import Consistency
public import History

extension Counterexample {
  /// The operations that cannot be where they are, whatever comes before them.
  public var culprits: Set<OperationID> {
    switch reason {
    case .thinAirRead(let id), .impossibleMismatch(let id): [id]
    case .abortedRead(let read, _), .futureRead(let read, _): [read]
    case .noOrder(_, let blocked): Set(blocked)
    case .overwrittenValue(let read, _, _), .replacedValue(let read, _, _), .lostWrite(let read, _): [read]
    case .disagreement(_, let reads): Set(reads)
    case .cycle, .everyReadingFails, .untold: []
    }
  }
}
