public import History

/// Decides whether a history satisfies a model.
///
/// First come the results that contradict the history by themselves, then whether the history could have failed at all,
/// then the model's own engine. A pure function of its arguments, except that a deadline makes it stop early.
///
/// - Parameter engine: how to decide linearizability; other models do not ask.
/// - Complexity: that of the model; see `docs/models.md`.
public func check(
  _ history: History, _ model: Model, limits: Limits = .none, engine: Engine = .automatic
) -> Verdict {
  var budget = Budget(limits)
  let outcome = decide(history, model, engine, &budget)
  return Verdict(
    model: model, outcome: outcome, warnings: history.warnings + Vacuity.warnings(of: history),
    configurationsExplored: budget.configurationsExplored)
}

private func decide(
  _ history: History, _ model: Model, _ engine: Engine, _ budget: inout Budget
) -> Verdict.Outcome {
  if let sentence = Vacuity.whatIsMissing(in: history) { return .undecided(.provesNothing(sentence)) }
  switch model {
  case .linearizable:
    let operationsOfKey = OperationsByKey(history)
    if let contradiction = ReadSanity(history, operationsOfKey).firstContradiction(.realTime) {
      return .violated(contradiction)
    }
    return LinearizabilityChecker(history, operationsOfKey, engine: engine).decide(&budget)
  case .sequential:
    if let contradiction = ReadSanity(history).firstContradiction(.processOrder) {
      return .violated(contradiction)
    }
    return SequentialChecker(history).decide(&budget)
  case .causal, .causalMemory, .causalConvergence, .pram, .readYourWrites, .monotonicReads, .monotonicWrites,
    .writesFollowReads:
    if let contradiction = ReadSanity(history).firstContradiction(.processOrder) {
      return .violated(contradiction)
    }
    return ReadingSearch(history, model).decide(&budget)
  case .regular, .safe:
    if let contradiction = ReadSanity(history).firstContradiction(.realTime) {
      return .violated(contradiction)
    }
    return RegularRegister(history, isSafe: model == .safe).decide(&budget)
  case .eventual:
    return ConvergenceChecker(history).decide()
  }
}
