import Certificate
import Consistency

/// A verdict whose proof does not stand: a fault of the checker, for which it must not be told.
struct ProofFault: Error, CustomStringConvertible {
  let claim: Claim
  let objection: Objection

  var description: String {
    let verdict = claim.holds ? "holds" : "is violated"
    return "the checker says that \(claim.model) \(verdict), but its proof does not stand: "
      + "\(objection); this is a fault of kvcheck, please report it"
  }
}

extension CheckedFile.Judgement {
  /// The same with one more sentence that a reader of the verdict should know.
  func warning(_ sentence: String) -> Self {
    let verdict = Verdict(
      model: verdict.model, outcome: verdict.outcome, warnings: verdict.warnings + [sentence],
      configurationsExplored: verdict.configurationsExplored)
    return Self(verdict: verdict, elapsed: elapsed, follows: follows, isAsked: isAsked)
  }

  /// The judgement with what else it took.
  func taking(longer more: Duration) -> Self {
    Self(verdict: verdict, elapsed: elapsed + more, follows: follows, isAsked: isAsked)
  }
}
