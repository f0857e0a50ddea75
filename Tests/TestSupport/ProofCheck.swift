import Certificate
public import Consistency
public import History
import Reports

/// Validates the proof that a verdict carries, by the verifier that has no code in common with the engines.
public enum ProofCheck {
  /// What is wrong with the proof, each a sentence; empty when it proves the verdict.
  public static func problems(_ verdict: Verdict, of history: History) -> [String] {
    guard let claim = Claim(verdict) else { return [] }
    var verifier = Verifier(history)
    do {
      switch try verifier.verify(claim) {
      case .proved: return []
      case .beyondReach(let reason): return ["not validated: \(reason)"]
      }
    } catch {
      return [error.description]
    }
  }
}
