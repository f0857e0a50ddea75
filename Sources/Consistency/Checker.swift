public import History

/// Decides whether a history satisfies a model.
///
/// First come the results that contradict the history by themselves, then whether the history could have failed at all,
/// then the model's own engine. A pure function of its arguments, except that a limit on time or memory makes it stop early.
///
/// - Parameter engine: how to decide the model that it is for; other models do not ask.
/// - Complexity: that of the model; see `docs/models.md`.
public func check(
  _ history: History, _ model: Model, limits: Limits = .none, engine: Engine = .automatic
) -> Verdict {
  let budget = Budget(limits)
  let outcome: Verdict.Outcome
  do throws(LimitReached) {
    try budget.look()
    outcome = try decide(history, model, engine, budget)
  } catch {
    outcome = .undecided(.limitReached(error.kind, decided: 0, total: 1, keys: []))
  }
  return Verdict(
    model: model, outcome: outcome, warnings: history.warnings + Vacuity.warnings(of: history),
    configurationsExplored: budget.configurationsExplored)
}

private func decide(
  _ history: History, _ model: Model, _ engine: Engine, _ budget: Budget
) throws(LimitReached) -> Verdict.Outcome {
  let engine = engine.model == model ? engine : .automatic
  if let sentence = Vacuity.whatIsMissing(in: history) { return .undecided(.provesNothing(sentence)) }
  switch model {
  case .linearizable:
    let operationsOfKey = OperationsByKey(history)
    if let contradiction = try ReadSanity(history, operationsOfKey).firstContradiction(.realTime, budget) {
      return .violated(contradiction)
    }
    return LinearizabilityChecker(history, operationsOfKey, engine: engine).decide(budget)
  case .sequential:
    if let contradiction = try ReadSanity(history).firstContradiction(.processOrder, budget) {
      return .violated(contradiction)
    }
    return SequentialChecker(history, engine: engine).decide(budget)
  case .causal, .causalMemory, .causalConvergence, .pram, .readYourWrites, .monotonicReads, .monotonicWrites,
    .writesFollowReads:
    if let contradiction = try ReadSanity(history).firstContradiction(.processOrder, budget) {
      return .violated(contradiction)
    }
    return ReadingSearch(history, model).decide(budget)
  case .regular, .safe:
    if let contradiction = try ReadSanity(history).firstContradiction(.realTime, budget) {
      return .violated(contradiction)
    }
    return try RegularRegister(history, isSafe: model == .safe).decide(budget)
  case .eventual:
    return try ConvergenceChecker(history, budget).decide(budget)
  }
}
