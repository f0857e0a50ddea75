public import History

/// Decides whether a history satisfies a model.
///
/// First come the results that contradict the history by themselves, then whether the history could have failed at all,
/// then the model's own engine. A pure function of its arguments, except that a deadline makes it stop early.
///
/// - Complexity: that of the model; see `docs/models.md`.
public func check(_ history: History, _ model: Model, limits: Limits = .none) -> Verdict {
  var budget = Budget(limits)
  let outcome = decide(history, model, &budget)
  return Verdict(
    model: model, outcome: outcome, warnings: history.warnings + Vacuity.warnings(of: history),
    configurationsExplored: budget.configurationsExplored)
}

private func decide(_ history: History, _ model: Model, _ budget: inout Budget) -> Verdict.Outcome {
  if let sentence = Vacuity.whatIsMissing(in: history) { return .undecided(.provesNothing(sentence)) }
  switch model {
  case .linearizable:
    if let contradiction = ReadSanity(history).firstContradiction(.realTime) {
      return .violated(contradiction)
    }
    return LinearizabilityChecker(history).decide(&budget)
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
