public import Consistency
import History
public import KeyValue

/// A file and its verdicts for programs. `docs/report.schema.json` is the contract, `docs/reports.md` its explanation.
public struct JSONReport: Sendable {
  /// The version of the report's form. It changes when a program that reads reports would have to.
  public static let format = 1

  /// What the checks were allowed.
  public struct Allowance: Sendable, Hashable {
    /// The time for each verdict; nil for any.
    public var time: Duration?
    /// The memory of searches in bytes; nil for any.
    public var memoryBytes: Int?
    /// The configurations that searches may explore; nil for any.
    public var configurations: Int?

    /// Which part of the time is kept for telling a violation that was found: a tenth.
    private static let partForTelling = 10

    /// Makes an allowance.
    public init(time: Duration? = nil, memoryBytes: Int? = nil, configurations: Int? = nil) {
      self.time = time
      self.memoryBytes = memoryBytes
      self.configurations = configurations
    }

    /// The limits of a check that begins now.
    public var limits: Limits {
      let start = ContinuousClock.now
      var limits = Limits(
        configurationsMax: configurations ?? .max,
        deadline: time.map { start.advanced(by: $0 - $0 / Self.partForTelling) },
        memoryBytesMax: memoryBytes ?? .max)
      limits.tellingDeadline = time.map { start.advanced(by: $0) }
      return limits
    }
  }

  /// What the checks were allowed.
  public let allowance: Allowance
  /// How many operations evidence may name to be written out. More would take more time and memory than finding it; a
  /// certificate has it.
  public var witnessMax = 200_000

  /// Makes a writer of reports.
  public init(allowance: Allowance = Allowance()) {
    self.allowance = allowance
  }

  /// The report on several files, made of the report on each.
  public func json(_ reports: [JSON], status: CheckStatus) -> JSON {
    [
      "format": JSON(Self.format), "exitStatus": JSON(status.rawValue),
      "files": .array(reports),
    ]
  }

  /// The report on one file.
  ///
  /// - Parameter counterexamples: where the counterexamples are that were written as histories of their own.
  public func json(_ checked: CheckedFile, counterexamples: [Model: String] = [:]) -> JSON {
    var report: JSONObject = ["format": JSON(Self.format), "file": JSON(checked.file)]
    report["exitStatus"] = JSON(checked.status.rawValue)
    switch checked.outcome {
    case .unreadable(let error):
      report["error"] = [
        "kind": JSON(error.kind), "line": json(error.line),
        "column": json(error.column), "reason": JSON(error.reason),
      ]
    case .noModel(let sentence):
      report["error"] = ["kind": "no-model", "line": nil, "column": nil, "reason": JSON(sentence)]
    case .fault(let sentence):
      report["error"] = ["kind": "fault", "line": nil, "column": nil, "reason": JSON(sentence)]
    case .judged(let history, let judgements):
      report["run"] = history.run?.json ?? Self.null
      report["end"] = history.end?.json ?? Self.null
      report["counts"] = json(HistoryCounts(history))
      report["clock"] = json(history.clock, offset: history.wallClockOffset)
      report["warnings"] = .array(history.warnings.map { JSON($0) })
      report["limits"] = limits
      report["verdicts"] = .array(judgements.map { json($0, history, counterexamples) })
      report["staleness"] = checked.staleness.map { json($0, history) } ?? Self.null
    }
    return .object(report)
  }

  // A bare nil would remove a member instead of setting it to null.
  private static let null = JSON.value(.null)

  private var limits: JSON {
    [
      "seconds": allowance.time.map { seconds($0) } ?? Self.null, "memoryBytes": json(allowance.memoryBytes),
      "configurations": json(allowance.configurations),
    ]
  }

  private func json(_ number: Int?) -> JSON { number.map { JSON($0) } ?? Self.null }

  private func json(_ number: Int32?) -> JSON { number.map { JSON($0) } ?? Self.null }

  private func json(_ number: Int64?) -> JSON { number.map { JSON($0) } ?? Self.null }

  private func seconds(_ duration: Duration) -> JSON {
    JSON(Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18)
  }

  private func json(_ counts: HistoryCounts) -> JSON {
    [
      "operations": JSON(counts.operations), "ok": JSON(counts.ok), "failed": JSON(counts.failed),
      "unknown": JSON(counts.unknown), "reads": JSON(counts.reads), "writes": JSON(counts.writes),
      "compareAndSets": JSON(counts.compareAndSets), "processes": JSON(counts.processes),
      "keys": JSON(counts.keys), "servers": JSON(counts.servers), "faults": JSON(counts.faults),
      "nanoseconds": json(counts.nanoseconds),
    ]
  }

  private func json(_ clock: History.Clock, offset: Int64?) -> JSON {
    let (name, error): (JSON, JSON) =
      switch clock {
      case .monotonic: ("monotonic", nil)
      case .wall(let error): ("wall", JSON(error))
      case .order: ("order", nil)
      }
    return ["kind": name, "errorNanoseconds": error, "wallClockOffset": json(offset)]
  }

  private func json(
    _ judgement: CheckedFile.Judgement, _ history: History, _ counterexamples: [Model: String]
  ) -> JSON {
    let verdict = judgement.verdict
    let explanation = Explanation(verdict, of: history, follows: judgement.follows)
    var object: JSONObject = ["model": JSON(verdict.model.rawValue), "asked": JSON(judgement.isAsked)]
    switch verdict.outcome {
    case .holds: object["verdict"] = "holds"
    case .violated: object["verdict"] = "violated"
    case .undecided: object["verdict"] = "undecided"
    }
    object["followsFrom"] = judgement.follows.map { JSON($0.rawValue) } ?? Self.null
    object["reason"] = [
      "code": JSON(explanation.code), "headline": JSON(explanation.headline),
      "sentences": .array(explanation.sentences.map { JSON($0) }),
    ]
    switch verdict.outcome {
    // The evidence stands once, with the model that it was found for.
    case .holds where judgement.follows != nil, .violated where judgement.follows != nil: break
    case .holds(let witness) where witness.size > witnessMax:
      object["witness"] = ["kind": JSON(explanation.code), "omitted": JSON(witness.size)]
    case .holds(let witness): object["witness"] = json(witness, history)
    case .violated(let counterexample):
      object["counterexample"] = json(counterexample, history, file: counterexamples[verdict.model])
    case .undecided(.limitReached(let kind, let decided, let total, let keys)):
      object["limitReached"] = [
        "limit": JSON(kind.rawValue), "decided": JSON(decided), "total": JSON(total),
        "key": keys.first.map { JSON(history[$0].text) } ?? Self.null,
        "keys": .array(keys.map { JSON(history[$0].text) }),
      ]
    case .undecided: break
    }
    object["warnings"] = .array(verdict.warnings.map { JSON($0) })
    object["decidedBy"] = .array(
      verdict.decisions.map { ["procedure": JSON($0.procedure.rawValue), "keys": json($0.keys)] })
    object["configurationsExplored"] = JSON(verdict.configurationsExplored)
    object["elapsedSeconds"] = seconds(judgement.elapsed)
    return .object(object)
  }

  private func json(_ staleness: Staleness, _ history: History) -> JSON {
    func json(_ bound: Staleness.Bound) -> JSON {
      switch bound {
      case .exactly(let number): ["bound": JSON(number), "exact": true]
      case .atLeast(let number): ["bound": JSON(number), "exact": false]
      case .unbounded: ["bound": Self.null, "exact": true]
      case .unknown: ["bound": Self.null, "exact": false]
      }
    }
    return [
      "deltaNanoseconds": json(staleness.delta), "versions": json(staleness.versions),
      "unknownKeys": .array(staleness.unknown.map { JSON(history[$0.key].text) }),
      "unknown": .array(
        staleness.unknown.map { ["key": JSON(history[$0.key].text), "because": JSON($0.because.rawValue)] }),
    ]
  }

  private func ids(_ operations: [OperationID]) -> JSON {
    .array(operations.map { JSON($0.index) })
  }

  private func json(_ witness: Witness, _ history: History) -> JSON {
    switch witness {
    case .order(let operations):
      return ["kind": "order", "operations": ids(operations)]
    case .orderOfEachKey(let orders):
      let keys = orders.map { order -> JSON in
        ["key": JSON(history[order.key].text), "operations": ids(order.operations)]
      }
      return ["kind": "order-of-each-key", "keys": .array(keys)]
    case .readsFrom(let sources, _):
      let reads = sources.map { source -> JSON in
        ["read": JSON(source.read.index), "write": source.write.map { JSON($0.index) } ?? Self.null]
      }
      return ["kind": "reads-from", "sources": .array(reads)]
    case .orderOfEachProcess(let orders, let common):
      let processes = orders.map { order -> JSON in
        ["process": JSON(order.process.number), "operations": ids(order.operations)]
      }
      return ["kind": "order-of-each-process", "operations": ids(common), "processes": .array(processes)]
    case .arbitration(let operations, _):
      return ["kind": "arbitration", "operations": ids(operations)]
    case .agreement(let agreements):
      let keys = agreements.map { agreement -> JSON in
        [
          "key": JSON(history[agreement.key].text), "value": .value(history[agreement.value]),
          "finalReads": ids(agreement.reads), "convergedNanoseconds": json(agreement.converged),
        ]
      }
      return ["kind": "agreement", "keys": .array(keys)]
    }
  }

  private func json(_ counterexample: Counterexample, _ history: History, file: String?) -> JSON {
    var object: JSONObject = ["isMinimal": JSON(counterexample.isMinimal)]
    object["file"] = file.map { JSON($0) }
    object["operations"] = .array(counterexample.operations.map { json($0, history) })
    if case .noOrder(let placed, let blocked) = counterexample.reason {
      object["placed"] = ids(placed)
      object["blocked"] = ids(blocked)
    }
    if case .cycle(let cycle) = counterexample.reason {
      object["pattern"] = JSON(cycle.pattern.rawValue)
      object["cycle"] = edges(cycle.edges)
    }
    return .object(object)
  }

  private func edges(_ edges: [Cycle.Edge]) -> JSON {
    .array(
      edges.map { edge in
        var object: JSONObject = ["from": JSON(edge.from.index), "to": JSON(edge.to.index)]
        switch edge.reason {
        case .processOrder: object["because"] = "process-order"
        case .readsFrom: object["because"] = "reads-from"
        case .foundInitialValue: object["because"] = "found-initial-value"
        case .overwrittenBefore(let read, let path):
          object["because"] = "overwritten-before"
          object["through"] = JSON(read.index)
          object["path"] = self.edges(path)
        case .replacedAfter(let write, let path):
          object["because"] = "replaced-after"
          object["through"] = JSON(write.index)
          object["path"] = self.edges(path)
        }
        return .object(object)
      })
  }

  private func json(_ id: OperationID, _ history: History) -> JSON {
    let operation = history[id]
    var object: JSONObject = [
      "operation": JSON(id.index), "line": operation.line == 0 ? Self.null : JSON(operation.line),
      "process": JSON(operation.process.number), "client": json(operation.client),
      "server": json(operation.server), "key": JSON(history[operation.key].text),
    ]
    switch operation.kind {
    case .read: object["f"] = "read"
    case .write: object["f"] = "write"
    case .compareAndSet: object["f"] = "cas"
    }
    switch operation.outcome {
    case .ok: object["outcome"] = "ok"
    case .fail: object["outcome"] = "fail"
    case .unknown: object["outcome"] = "unknown"
    }
    if operation.kind != .read || operation.hasResult { object["value"] = .value(history[operation.value]) }
    if operation.isMismatch, !operation.hasResult { object["value"] = nil as JSON? }
    if operation.kind == .compareAndSet {
      object["expected"] = .value(history[operation.expected])
      object["applied"] = operation.outcome == .ok ? JSON(!operation.isMismatch) : Self.null
    }
    object["final"] = JSON(operation.isFinal)
    object["invoked"] = JSON(operation.invoked)
    object["completed"] = operation.completed == Operation.never ? Self.null : JSON(operation.completed)
    return .object(object)
  }
}

extension Witness {
  /// How many operations it names, or sources.
  var size: Int {
    switch self {
    case .order(let operations), .arbitration(let operations, _): operations.count
    case .readsFrom(let sources, _): sources.count
    case .orderOfEachKey(let orders): orders.reduce(0) { $0 + $1.operations.count }
    case .orderOfEachProcess(let orders, let common):
      orders.reduce(common.count) { $0 + $1.operations.count }
    case .agreement(let agreements): agreements.reduce(0) { $0 + $1.reads.count }
    }
  }
}
