import Consistency
import History

/// The four session guarantees, pattern by pattern, for every way in which the history can have come about.
enum BruteForceSessions {
  /// A version of a key: what a write made of it, or nil for what it held at first.
  private typealias Version = Int?

  static func holds(_ history: History, _ model: Model) -> Bool {
    BruteForceReading.all(history).contains { !isViolated($0, model) }
  }

  private static func isViolated(_ reading: BruteForceReading, _ model: Model) -> Bool {
    let operations = reading.operations
    let reads = operations.indices.filter { reading.finds[$0] }
    func isLater(_ first: Int, _ second: Int) -> Bool {
      first < second && operations[first].process == operations[second].process
    }
    func isOlder(_ old: Version, _ new: Version) -> Bool {
      guard let new else { return false }
      guard let old else { return true }
      return isLater(old, new)
    }
    switch model {
    case .readYourWrites:
      return operations.indices.contains { write in
        BruteForceReading.isWrite(operations[write])
          && reads.contains { read in
            isLater(write, read) && operations[read].key == operations[write].key
              && isOlder(reading.source[read], write)
          }
      }
    case .monotonicReads:
      return reads.contains { first in
        reads.contains { second in
          guard isLater(first, second), operations[first].key == operations[second].key else { return false }
          if isOlder(reading.source[second], reading.source[first]) { return true }
          return reading.source[first] != reading.source[second]
            && reads.contains {
              isLater(second, $0) && operations[$0].key == operations[first].key
                && reading.source[$0] == reading.source[first]
            }
        }
      }
    case .monotonicWrites:
      return reads.contains { first in
        guard let seen = reading.source[first] else { return false }
        return reads.contains { second in
          guard isLater(first, second) else { return false }
          let key = operations[second].key
          return operations.indices.contains { write in
            BruteForceReading.isWrite(operations[write]) && operations[write].key == key
              && isLater(write, seen)
              && (isOlder(reading.source[second], write)
                || (reading.source[second] == write && operations[seen].key == key))
          }
        }
      }
    default:
      return followsReadsViolated(reading)
    }
  }

  private static func followsReadsViolated(_ reading: BruteForceReading) -> Bool {
    let operations = reading.operations
    let count = operations.count
    // Versions are numbered by their writes; the number after the last stands for the initial version of each key.
    func version(_ operation: Int) -> Int { reading.source[operation] ?? count }
    func isLater(_ first: Int, _ second: Int) -> Bool {
      first < second && operations[first].process == operations[second].process
    }
    let reads = operations.indices.filter { reading.finds[$0] }
    for key in Set(operations.map(\.key)) {
      let writes = operations.indices.filter {
        operations[$0].key == key && BruteForceReading.isWrite(operations[$0])
      }
      let readsOfKey = reads.filter { operations[$0].key == key }
      var older = Array(repeating: Array(repeating: false, count: count + 1), count: count + 1)
      for new in writes {
        older[count][new] = true
        for old in writes where isLater(old, new) { older[old][new] = true }
        for read in readsOfKey where isLater(read, new) || read == new { older[version(read)][new] = true }
      }
      for k in 0...count {
        for i in 0...count where older[i][k] {
          for j in 0...count where older[k][j] { older[i][j] = true }
        }
      }
      if (0...count).contains(where: { older[$0][$0] }) { return true }
      for first in reads {
        guard let seen = reading.source[first] else { continue }
        for second in readsOfKey where isLater(first, second) {
          for read in readsOfKey where isLater(read, seen) || read == seen {
            if older[version(second)][version(read)] { return true }
            if version(second) == version(read), operations[seen].key == key { return true }
          }
        }
      }
    }
    return false
  }
}
