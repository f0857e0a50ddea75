import Consistency

/// How a verdict came about, in words.
struct DecisionText {
  private let judgement: CheckedFile.Judgement

  init(_ judgement: CheckedFile.Judgement) {
    self.judgement = judgement
  }

  /// What came to it, with how many keys each decided where there are several: "zones (97 keys), frontier search (3)".
  /// Empty where nothing did.
  var procedures: String {
    if case .undecided = judgement.verdict.outcome { return "" }
    let decisions = judgement.verdict.decisions
    return decisions.enumerated().map { place, decision in
      guard decisions.count > 1, let keys = decision.keys else { return decision.procedure.description }
      return "\(decision.procedure) (\(place == 0 ? Quantity.count(keys, "key") : keys.description))"
    }.joined(separator: ", ")
  }

  /// The same in a sentence's part: "follows from causal", "decided in 3 ms by zones".
  var clause: String {
    if let follows = judgement.follows { return "follows from \(follows)" }
    let (procedures, time) = (procedures, TimeText.duration(judgement.elapsed))
    if case .undecided = judgement.verdict.outcome { return "undecided after \(time)" }
    return "decided in \(time)" + (procedures.isEmpty ? "" : " by \(procedures)")
  }
}
