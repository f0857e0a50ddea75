public import History

/// Every model's verdict on one history, with those that follow from others marked as such.
public struct Spectrum: Sendable {
  /// A model's verdict.
  public struct Entry: Sendable {
    /// The verdict. One that follows from another carries the other's evidence.
    public let verdict: Verdict
    /// The model whose verdict it follows from; nil when it was decided by itself.
    public let follows: Model?
    /// How long deciding took.
    public let elapsed: Duration
  }

  /// An entry for each model, in the order of ``Model/allCases``.
  public let entries: [Entry]
  /// How stale the reads are, where that was asked and there was a thread to find out beside the models; else nil.
  public let staleness: Staleness?

  /// Decides every model.
  ///
  /// The strongest comes first, since what it implies then follows. When it does not hold, the cheap models among those
  /// left come before the dear ones: a violation of a model is one of every model that implies it. Where the limits allow
  /// several threads, what does not depend on the causal models is decided beside them; that changes nothing but the time.
  ///
  /// - Parameters:
  ///   - limits: what each verdict may cost; asked anew for each, so that a time limit is each one's own.
  ///   - measuresStaleness: whether to measure how stale the reads are, where linearizability is violated and a thread is
  ///     left to do so beside the models.
  ///   - willDecide: learns which model is next, or is waited for.
  ///   - decide: how to decide one model.
  public init(
    of history: History, limits: @escaping @Sendable () -> Limits = { .none },
    measuresStaleness: Bool = false,
    willDecide: (Model) -> Void = { _ in },
    decide: @escaping @Sendable (PreparedHistory, Model, Limits) -> Verdict
  ) {
    let prepared = PreparedHistory(history)
    // What linearizability says of process order needs a clock that shows it.
    let showsProcessOrder = prepared.showsProcessOrder
    func implied(by model: Model) -> Set<Model> {
      model != .linearizable || showsProcessOrder
        ? model.implied : model.implied.intersection(Model.regular.implied.union([.regular]))
    }
    let order: [Model] = [
      .linearizable, .causal, .pram, .causalConvergence, .causalMemory, .sequential, .regular, .safe,
      .readYourWrites, .monotonicReads, .monotonicWrites, .writesFollowReads, .eventual,
    ]
    var entries: [Model: Entry] = [:]
    var lane: SideLane?
    func answer(_ model: Model) -> SideLane.Answer {
      willDecide(model)
      guard let lane else { return SideLane.Answer { decide(prepared, model, limits()) } }
      if SideLane.models.contains(model) {
        lane.finish()
        if let answer = lane[model] { return answer }
      }
      return SideLane.Answer {
        var limits = limits()
        limits.threads = 1
        let verdict = decide(prepared, model, limits)
        guard verdict.isShortOfMemory else { return verdict }
        // What the other side holds counts, too: what does not fit beside it may fit alone.
        lane.finish()
        return decide(prepared, model, limits)
      }
    }
    for model in order where entries[model] == nil {
      let answer = answer(model)
      let verdict = answer.verdict.asShown
      let shown = verdict.model
      entries[shown] = Entry(verdict: verdict, follows: nil, elapsed: answer.elapsed)
      if model == .linearizable, !verdict.holds {
        lane = SideLane(
          prepared.parts, measuresStaleness: measuresStaleness && verdict.isViolated, limits: limits,
          decide: decide)
      }
      let following: [Model] =
        switch verdict.outcome {
        case .holds: Array(implied(by: shown))
        case .violated: Model.allCases.filter { implied(by: $0).contains(shown) }
        case .undecided: []
        }
      for other in following where entries[other].map({ Self.isOpen($0) }) ?? true {
        let copy = Verdict(model: other, outcome: verdict.outcome, warnings: verdict.warnings)
        entries[other] = Entry(verdict: copy, follows: shown, elapsed: .zero)
      }
    }
    lane?.finish()
    staleness = lane?.staleness
    self.entries = Model.allCases.compactMap { entries[$0] }
  }

  private static func isOpen(_ entry: Entry) -> Bool {
    if case .undecided = entry.verdict.outcome { true } else { false }
  }
}

extension Verdict {
  /// Whether there was not the memory to decide.
  var isShortOfMemory: Bool {
    if case .undecided(.limitReached(.memory, _, _, _)) = outcome { true } else { false }
  }

  /// The verdict on the strongest model that the evidence is about: an order that one copy of the store could have executed
  /// shows sequential consistency, whatever was asked.
  fileprivate var asShown: Verdict {
    guard case .holds(.order) = outcome, Model.sequential.implied.contains(model) else { return self }
    return Verdict(
      model: .sequential, outcome: outcome, warnings: warnings,
      configurationsExplored: configurationsExplored, decisions: decisions)
  }
}

extension Sequence where Element == Verdict {
  /// The models that hold and that no other model that holds implies.
  public var strongestThatHold: [Model] {
    let holding = filter(\.holds).map(\.model)
    return holding.filter { model in !holding.contains { $0.implied.contains(model) } }
  }

  /// The models that are violated and that imply no other model that is violated.
  public var weakestThatFail: [Model] {
    let failing = filter(\.isViolated).map(\.model)
    return failing.filter { $0.implied.isDisjoint(with: failing) }
  }
}
