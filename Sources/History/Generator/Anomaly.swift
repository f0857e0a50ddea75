/// Something that a linearizable store never shows, to be acted out in the midst of a valid history.
///
/// Each is a short script of operations on one or two keys, in which only values occur that nothing else in the history
/// writes, while all else is at rest. So whatever the rest is, the script alone refutes linearizability; the
/// description says which weaker models it refutes too.
public enum Anomaly: String, Sendable, Hashable, CaseIterable {
  /// A read returns a value that was replaced before it began. Sequentially consistent.
  case staleRead = "stale-read"
  /// A process reads a value that it has itself replaced.
  case staleOwnRead = "stale-own-read"
  /// Two compare-and-sets both succeed on the same value.
  case lostUpdate = "lost-update"
  /// A read returns a value that nobody ever wrote.
  case thinAir = "thin-air"
  /// A read returns a value before its write begins. Sequentially consistent.
  case futureRead = "future-read"
  /// A read returns a value whose write certainly failed.
  case abortedRead = "aborted-read"
  /// A process reads the new value, and then the old one again.
  case nonMonotonicRead = "non-monotonic-read"
  /// Two processes each write one key and then read the other's old value. Needs two keys.
  case crossed
  /// Two readers see two concurrent writes in opposite orders.
  case crossedWrites = "crossed-writes"
  /// Two readers see concurrent writes of two keys in opposite orders (IRIW). Needs two keys.
  case independentReads = "iriw"
  /// A reader sees the later of two writes of one process and misses the earlier. Needs two keys.
  case causalReversal = "causal-reversal"
  /// Two processes each see only their own writes. Sequentially consistent.
  case splitBrain = "split-brain"
  /// A value comes back after another had been read in its place.
  case resurrectedWrite = "resurrected-write"
  /// A compare-and-set reports a mismatch although the value was the expected one throughout.
  case falseMismatch = "false-mismatch"

  /// The number of keys it takes.
  public var keys: Int {
    switch self {
    case .crossed, .independentReads, .causalReversal: 2
    default: 1
    }
  }

  /// What happens, in a sentence.
  public var summary: String {
    switch self {
    case .staleRead: "a read returns a value that was replaced before it began"
    case .staleOwnRead: "a process reads a value that it has itself replaced"
    case .lostUpdate: "two compare-and-sets both succeed on the same value"
    case .thinAir: "a read returns a value that nobody wrote"
    case .futureRead: "a read returns a value before its write begins"
    case .abortedRead: "a read returns a value whose write failed"
    case .nonMonotonicRead: "a process reads the new value and then the old one"
    case .crossed: "two processes write one key each and read the other's old value (2 keys)"
    case .crossedWrites: "two readers see two writes in opposite orders"
    case .independentReads: "two readers see writes of two keys in opposite orders (2 keys)"
    case .causalReversal: "a reader sees the later write of a process and misses the earlier (2 keys)"
    case .splitBrain: "two processes each see only their own writes"
    case .resurrectedWrite: "a value comes back after another had replaced it"
    case .falseMismatch: "a compare-and-set reports a mismatch although the value was as expected"
    }
  }
}

/// A step of an anomaly's script.
struct AnomalyStep {
  enum Action {
    case write
    case failedWrite
    case read
    /// A compare-and-set that succeeds, from a value.
    case swap(from: Int)
    /// A compare-and-set that reports a mismatch.
    case mismatch(from: Int)
  }

  /// Which of the script's processes acts.
  let process: Int
  let action: Action
  /// Which of the script's keys.
  let key: Int
  /// Which of the script's values is written or was read.
  let value: Int
  /// When it begins and ends, in steps. No two ends of intervals of one process coincide.
  let from: Int
  let to: Int
}

extension Anomaly {
  /// The script, every operation in it completed.
  var steps: [AnomalyStep] {
    func write(_ value: Int, by process: Int, _ from: Int, _ to: Int, key: Int = 0) -> AnomalyStep {
      AnomalyStep(process: process, action: .write, key: key, value: value, from: from, to: to)
    }
    func read(_ value: Int, by process: Int, _ from: Int, _ to: Int, key: Int = 0) -> AnomalyStep {
      AnomalyStep(process: process, action: .read, key: key, value: value, from: from, to: to)
    }
    func act(_ action: AnomalyStep.Action, _ value: Int, by process: Int, _ from: Int, _ to: Int)
      -> AnomalyStep
    {
      AnomalyStep(process: process, action: action, key: 0, value: value, from: from, to: to)
    }
    return switch self {
    case .staleRead:
      [write(1, by: 0, 0, 1), write(2, by: 0, 2, 3), read(1, by: 1, 4, 5)]
    case .staleOwnRead:
      [write(1, by: 0, 0, 1), write(2, by: 0, 2, 3), read(1, by: 0, 4, 5)]
    case .lostUpdate:
      [write(1, by: 0, 0, 1), act(.swap(from: 1), 2, by: 0, 2, 4), act(.swap(from: 1), 3, by: 1, 3, 5)]
    case .thinAir:
      [write(1, by: 0, 0, 1), read(2, by: 1, 2, 3)]
    case .futureRead:
      [write(1, by: 0, 0, 1), read(2, by: 1, 2, 3), write(2, by: 0, 4, 5)]
    case .abortedRead:
      [write(1, by: 0, 0, 1), act(.failedWrite, 2, by: 0, 2, 4), read(2, by: 1, 3, 5)]
    case .nonMonotonicRead:
      [write(1, by: 0, 0, 1), write(2, by: 0, 2, 7), read(2, by: 1, 3, 4), read(1, by: 1, 5, 6)]
    case .crossed:
      [
        write(1, by: 0, 0, 1, key: 0), write(2, by: 1, 2, 3, key: 1),
        write(3, by: 0, 4, 6, key: 0), write(4, by: 1, 5, 7, key: 1),
        read(2, by: 0, 8, 10, key: 1), read(1, by: 1, 9, 11, key: 0),
      ]
    case .crossedWrites:
      [
        write(1, by: 0, 0, 2), write(2, by: 1, 1, 3), read(1, by: 2, 4, 6), read(2, by: 3, 5, 7),
        read(2, by: 2, 8, 10), read(1, by: 3, 9, 11),
      ]
    case .independentReads:
      [
        write(1, by: 0, 0, 1, key: 0), write(2, by: 1, 2, 3, key: 1),
        write(3, by: 0, 4, 14, key: 0), write(4, by: 1, 5, 15, key: 1),
        read(3, by: 2, 6, 8, key: 0), read(4, by: 3, 7, 9, key: 1),
        read(2, by: 2, 10, 12, key: 1), read(1, by: 3, 11, 13, key: 0),
      ]
    case .causalReversal:
      [
        write(1, by: 0, 0, 1, key: 0), write(2, by: 0, 2, 3, key: 0), write(3, by: 0, 4, 5, key: 1),
        read(3, by: 1, 6, 7, key: 1), read(1, by: 1, 8, 9, key: 0),
      ]
    case .splitBrain:
      [
        write(1, by: 0, 0, 2), write(2, by: 1, 1, 3), read(1, by: 0, 4, 6), read(2, by: 1, 5, 7),
        read(1, by: 0, 8, 10), read(2, by: 1, 9, 11),
      ]
    case .resurrectedWrite:
      [
        write(1, by: 0, 0, 1), read(1, by: 1, 2, 3), write(2, by: 0, 4, 5), read(2, by: 1, 6, 7),
        read(1, by: 1, 8, 9),
      ]
    case .falseMismatch:
      [
        write(1, by: 0, 0, 1), read(1, by: 1, 2, 3), act(.mismatch(from: 1), 2, by: 0, 4, 5),
        read(1, by: 1, 6, 7),
      ]
    }
  }
}
