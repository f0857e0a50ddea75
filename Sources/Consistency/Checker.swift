public import History

/// Decides whether a history satisfies a model.
///
/// A pure function of its arguments, except that a deadline makes it stop early.
///
/// - Complexity: that of the model; see `docs/models.md`.
public func check(_ history: History, _ model: Model, limits: Limits = .none) -> Verdict {
  Verdict(model: model, outcome: .undecided(.provesNothing("not implemented")))
}
