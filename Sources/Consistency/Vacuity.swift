import History

/// Histories that prove little because nothing in them could have gone wrong.
enum Vacuity {
  /// Why the history satisfies linearizability and sequential consistency whatever the store did, and says nothing about
  /// convergence either; nil when it might not have.
  static func whatIsMissing(in history: History) -> String? {
    guard history.operations.contains(where: { $0.outcome == .ok }) else {
      return "no operation completed"
    }
    let isConstrained = history.operations.contains { operation in
      operation.observed != nil || (operation.outcome == .ok && operation.isMismatch)
    }
    return isConstrained ? nil : "nothing was read: no completed operation tells what the store held"
  }

  /// What to tell a reader of a verdict although it stands.
  ///
  /// A violation stands on its own: what the run did not try does not take from it.
  static func warnings(of history: History, _ outcome: Verdict.Outcome) -> [String] {
    var warnings: [String] = []
    if !history.operations.isEmpty, !hasConcurrency(history) {
      warnings.append("no two operations overlapped, so the run put little strain on the store")
    }
    if case .violated = outcome { return warnings }
    if case .holds = outcome, !showsWrites(history) {
      warnings.append(
        "nothing that was written was ever found: a store that takes no writes would have passed"
      )
    }
    if wasSparedFaults(history) {
      warnings.append("faults were ended, but none had begun: the run may have been over before the first")
    }
    return warnings
  }

  /// Whether any result tells of a write. Linear, but seldom goes far.
  private static func showsWrites(_ history: History) -> Bool {
    history.operations.contains { operation in
      operation.observed.map { $0 != history.initialValue(of: operation.key) } ?? false
    }
  }

  /// Whether a fault injector was there and did nothing. What befell the run without it is no fault of its.
  private static func wasSparedFaults(_ history: History) -> Bool {
    let injected = history.faults.filter { $0.process != Fault.harness }
    return !injected.isEmpty && injected.allSatisfy(\.isEnd)
  }

  /// Whether operations of two processes overlap. Linear: in order of invocation it is enough to know the latest
  /// completion so far, and the latest of any other process.
  private static func hasConcurrency(_ history: History) -> Bool {
    var latest: (process: ProcessID, completed: Int64)?
    var latestOfOthers = Int64.min
    for operation in history.operations where operation.outcome != .fail {
      guard let (process, completed) = latest else {
        latest = (operation.process, operation.completed)
        continue
      }
      if (process == operation.process ? latestOfOthers : completed) >= operation.invoked { return true }
      if process == operation.process {
        latest = (process, max(completed, operation.completed))
      } else if operation.completed > completed {
        latest = (operation.process, operation.completed)
        latestOfOthers = completed
      } else {
        latestOfOthers = max(latestOfOthers, operation.completed)
      }
    }
    return false
  }
}
