import History
import KeyValue
import Replication

/// What the history says of how an operation ended.
struct OperationResult {
  let outcome: Operation.Outcome
  let value: JSON
  private(set) var stamp: (time: UInt64, server: Int)?
  private(set) var extra = JSONObject()

  /// Makes what is said of an answer.
  ///
  /// - Parameters:
  ///   - value: what the invocation said.
  ///   - reason: why there is no answer, where there is none.
  init(_ answer: ClientAnswer?, value asked: JSON, reason: String) {
    func pair(_ stamp: Stamp?) -> (time: UInt64, server: Int)? {
      stamp.map { ($0.time, $0.server.number) }
    }
    outcome = Self.outcome(of: answer)
    switch answer {
    case .value(let result, let version):
      (value, stamp) = (.value(result), pair(version))
    case .written(let version):
      (value, stamp) = (asked, pair(version))
    case .mismatch(let found, let version):
      (value, stamp) = (.value(found), pair(version))
      extra["applied"] = false
    case .refused(let reason), .busy(let reason):
      value = asked
      extra["error"] = JSON(reason)
    case .position, .reached, nil:
      value = asked
      extra["error"] = JSON(reason)
    }
  }

  /// What an answer, or that there is none, means for the operation.
  static func outcome(of answer: ClientAnswer?) -> Operation.Outcome {
    switch answer {
    case .value, .written, .mismatch: .ok
    case .refused, .busy: .fail
    case .position, .reached, nil: .unknown
    }
  }
}

extension Command {
  /// What the history calls it.
  var kind: Operation.Kind {
    switch self {
    case .read: .read
    case .write: .write
    case .compareAndSet: .compareAndSet
    }
  }

  /// What the history says of its value at the invocation.
  var recordedValue: JSON {
    switch self {
    case .read: nil
    case .write(_, let new): .value(new)
    case .compareAndSet(_, let expected, let new): [.value(expected), .value(new)]
    }
  }
}
