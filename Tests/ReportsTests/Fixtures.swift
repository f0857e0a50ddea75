import Consistency
import History
import KeyValue
import Reports

/// Histories and verdicts made by hand.
enum Fixtures {
  /// 2026-11-22T10:00:00Z in nanoseconds since 1970.
  static let start: Int64 = 1_795_341_600_000_000_000

  /// Client 0 writes 1 and then 2 to a, client 1 reads 1 long after.
  static func staleRead(clock: History.Clock = .monotonic, key: Key = "a", value: Value = 1) -> History {
    let run = RunDescription(
      name: "stale", level: "linearizable", replicationProtocol: "total-order-broadcast", servers: 3,
      seed: 42,
      started: "2026-11-22T10:00:00.000Z", host: "h", initial: [key: 0])
    var builder = HistoryBuilder(run: run, clock: clock)
    func add(
      _ process: Int32, _ kind: Operation.Kind, _ value: Value, _ times: (Int64, Int64), _ line: UInt32
    ) {
      let write: Value = kind == .write ? value : .null
      must {
        try builder.invoke(
          kind, process: ProcessID(process), key: key, value: write, at: times.0, client: process,
          server: process, line: line)
        try builder.complete(ProcessID(process), .ok, result: value, at: times.1)
      }
    }
    add(0, .write, value, (1_000, 2_000_000), 2)
    add(0, .write, 2, (3_000_000, 4_000_000), 4)
    add(1, .read, value, (5_500_000, 6_000_000), 6)
    builder.end(RunEnd(isClean: true, events: 6))
    return builder.history(wallClockOffset: clock == .order ? nil : start)
  }

  /// One history with an operation of every kind and outcome; processes are numbered 0, 1, 2, ...
  static func mixed() -> History {
    var builder = HistoryBuilder()
    var line: UInt32 = 0
    func add(
      _ kind: Operation.Kind, _ value: Value, expected: Value = .null, _ outcome: Operation.Outcome,
      result: Value? = nil, isMismatch: Bool = false
    ) {
      let process = ProcessID(Int32(line))
      line += 1
      must {
        try builder.invoke(
          kind, process: process, key: "a", value: value, expected: expected, at: Int64(line), line: line)
        try builder.complete(process, outcome, result: result, isMismatch: isMismatch, at: Int64(line))
      }
    }
    add(.write, 1, .ok)
    add(.write, 2, .unknown)
    add(.write, 3, .fail)
    add(.read, .null, .ok, result: 3)
    add(.read, .null, .ok)
    add(.compareAndSet, 5, expected: 4, .ok)
    add(.compareAndSet, 5, expected: 4, .ok, result: 9, isMismatch: true)
    add(.compareAndSet, 5, expected: 4, .ok, isMismatch: true)
    add(.compareAndSet, 5, expected: 4, .unknown)
    return builder.history()
  }

  /// What the stale read is refuted by.
  static let staleCounterexample = Counterexample(
    reason: .noOrder(placed: [OperationID(1)], blocked: [OperationID(2)]),
    operations: [OperationID(1), OperationID(2)], isMinimal: true)

  static func checked(
    _ history: History, _ outcome: Verdict.Outcome, _ model: Model = .linearizable, warnings: [String] = [],
    file: String = "h.jsonl"
  ) -> CheckedFile {
    let verdict = Verdict(
      model: model, outcome: outcome, warnings: warnings, configurationsExplored: 7,
      decisions: [.init(.zones, keys: 1)])
    let judgement = CheckedFile.Judgement(verdict: verdict, elapsed: .microseconds(1500))
    return CheckedFile(file: file, outcome: .judged(history, [judgement]))
  }

  /// Runs what fails only when a fixture is malformed.
  private static func must(_ body: () throws -> Void) {
    do { try body() } catch { preconditionFailure("a malformed fixture: \(error)") }
  }
}
