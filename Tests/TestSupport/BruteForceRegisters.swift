import Consistency
import History

/// Regular and safe registers straight from their definitions, for every choice of what happened.
enum BruteForceRegisters {
  static func holds(_ history: History, isSafe: Bool) -> Bool {
    BruteForceReading.happenings(history).contains { operations in
      operations.indices.allSatisfy { read in
        let operation = operations[read]
        if operation.kind == .write || (operation.kind == .read && !operation.hasResult) { return true }
        func precedes(_ first: Int, _ second: Int) -> Bool {
          operations[first].process == operations[second].process
            ? first < second : operations[first].completed < operations[second].invoked
        }
        let writes = operations.indices.filter {
          $0 != read && operations[$0].key == operation.key && BruteForceReading.isWrite(operations[$0])
        }
        let overlaps = writes.contains { !precedes($0, read) && !precedes(read, $0) }
        let isExcused = isSafe && overlaps
        if BruteForceReading.fits(operation, history.initialValue(of: operation.key)) {
          if isExcused || !writes.contains(where: { precedes($0, read) }) { return true }
        }
        return writes.contains { write in
          guard BruteForceReading.fits(operation, operations[write].value), !precedes(read, write) else {
            return false
          }
          return isExcused || !writes.contains { precedes(write, $0) && precedes($0, read) }
        }
      }
    }
  }
}
