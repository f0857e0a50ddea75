import Consistency
import History

/// A way in which a small history can have come about: which operations of unknown outcome happened, and what each
/// operation that found a value read it from.
struct BruteForceReading {
  /// The operations that happened, in order of invocation.
  var operations: [Operation]
  /// For each operation the write it read from; nil for the initial value, and where it found nothing.
  var source: [Int?]
  /// Whether the operation tells what it found.
  var finds: [Bool]

  /// All ways.
  static func all(_ history: History) -> [BruteForceReading] {
    happenings(history).flatMap { operations in
      var ways = [BruteForceReading(operations: operations, source: [], finds: [])]
      for (index, operation) in operations.enumerated() {
        let tells = operation.kind != .write && (operation.kind != .read || operation.hasResult)
        var sources: [Int?] = []
        if !tells {
          sources = [nil]
        } else {
          if fits(operation, history.initialValue(of: operation.key)) { sources.append(nil) }
          for (other, write) in operations.enumerated() where other != index && isWrite(write) {
            if write.process == operation.process, other > index { continue }
            if write.key == operation.key, fits(operation, write.value) { sources.append(other) }
          }
        }
        ways = ways.flatMap { way in
          sources.map { source in
            var longer = way
            longer.source.append(source)
            longer.finds.append(tells)
            return longer
          }
        }
      }
      return ways
    }
  }

  /// The operations that happened, for each choice of those of unknown outcome.
  static func happenings(_ history: History) -> [[Operation]] {
    let unknown = history.operations.indices.filter {
      history.operations[$0].outcome == .unknown && history.operations[$0].kind != .read
    }
    return (0..<(1 << unknown.count)).map { choice in
      let chosen = Set(unknown.indices.filter { choice & (1 << $0) != 0 }.map { unknown[$0] })
      return history.operations.indices.filter {
        history.operations[$0].outcome == .ok || chosen.contains($0)
      }.map { history.operations[$0] }
    }
  }

  static func isWrite(_ operation: Operation) -> Bool { operation.kind != .read && !operation.isMismatch }

  /// Whether an operation can have found a value.
  static func fits(_ operation: Operation, _ value: ValueID) -> Bool {
    switch operation.kind {
    case .read: !operation.hasResult || operation.value == value
    case .write: true
    case .compareAndSet where operation.isMismatch:
      operation.expected != value && (!operation.hasResult || operation.value == value)
    case .compareAndSet: operation.expected == value
    }
  }
}
