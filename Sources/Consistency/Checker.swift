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
  check(PreparedHistory(history), model, limits: limits, engine: engine)
}

/// Decides whether a history satisfies a model, with what was prepared for other models: see ``check(_:_:limits:engine:)``.
public func check(
  _ prepared: PreparedHistory, _ model: Model, limits: Limits = .none, engine: Engine = .automatic
) -> Verdict {
  let history = prepared.history
  let budget = Budget(limits)
  let isShared = prepared.isHolding
  var outcome = Consistency.outcome(prepared, model, engine, budget)
  // What other models left counts, too: what does not fit beside it may fit alone.
  if isShared, case .undecided(.limitReached(.memory, _, _, _)) = outcome {
    prepared.forget()
    outcome = Consistency.outcome(prepared, model, engine, budget)
  }
  return Verdict(
    model: model, outcome: outcome, warnings: history.warnings + Vacuity.warnings(of: history, outcome),
    configurationsExplored: budget.configurationsExplored, decisions: budget.decisions(of: outcome))
}

private func outcome(
  _ prepared: PreparedHistory, _ model: Model, _ engine: Engine, _ budget: Budget
) -> Verdict.Outcome {
  do throws(LimitReached) {
    try budget.look()
    return try decide(prepared, model, engine, budget)
  } catch {
    return .undecided(.limitReached(error.kind, decided: 0, total: 1, keys: []))
  }
}

private func decide(
  _ prepared: PreparedHistory, _ model: Model, _ engine: Engine, _ budget: Budget
) throws(LimitReached) -> Verdict.Outcome {
  let engine = engine.model == model ? engine : .automatic
  let history = prepared.history
  if let sentence = Vacuity.whatIsMissing(in: history) { return .undecided(.provesNothing(sentence)) }
  func contradiction(_ lateness: ReadSanity.Lateness) throws(LimitReached) -> Verdict.Outcome? {
    guard let found = try prepared.contradiction(lateness, budget) else { return nil }
    budget.note(.eachResult)
    return .violated(found)
  }
  switch model {
  case .linearizable:
    if let contradiction = try contradiction(.realTime) { return contradiction }
    let outcome = LinearizabilityChecker(history, prepared.operationsOfKey, engine: engine).decide(budget)
    prepared.note(linearizability: outcome)
    return outcome
  case .sequential:
    if let contradiction = try contradiction(.processOrder) { return contradiction }
    return SequentialChecker(prepared, engine: engine).decide(budget)
  case .causal, .causalMemory, .causalConvergence, .pram, .readYourWrites, .monotonicReads, .monotonicWrites,
    .writesFollowReads:
    if let contradiction = try contradiction(.processOrder) { return contradiction }
    return ReadingSearch(history, model).decide(prepared, budget)
  case .regular, .safe:
    if let contradiction = try contradiction(.realTime) { return contradiction }
    return try RegularRegister(history, prepared.operationsOfKey, isSafe: model == .safe).decide(budget)
  case .eventual:
    return try ConvergenceChecker(prepared, budget).decide(budget)
  }
}
