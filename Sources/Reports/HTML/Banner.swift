import Consistency

/// The verdict at the top of a page: a word, a sentence, and how far the history goes.
struct Banner {
  let standing: String
  let word: String
  let headline: String
  let summary: String

  /// - Parameters:
  ///   - worst: of the verdicts that count, the one that decides.
  ///   - judged: the models that were judged.
  ///   - isSpectrum: whether every model counts, so that none decides alone.
  init(
    worst: CheckedFile.Judgement?, headline: String?, isSpectrum: Bool, judged: [Verdict]
  ) {
    func names(_ models: [Model]) -> String {
      models.isEmpty ? "none" : models.map(\.rawValue).joined(separator: ", ")
    }
    summary =
      judged.count == Model.allCases.count
      ? "Strongest models that hold: \(names(judged.strongestThatHold)). "
        + "Weakest that fail: \(names(judged.weakestThatFail))."
      : "Judged by \(names(judged.map(\.model))) only."
    guard let worst else {
      (standing, word, self.headline) = ("undecided", "Undecided", "No model was asked about.")
      return
    }
    standing = Self.standing(worst.verdict)
    if isSpectrum {
      word = worst.verdict.holds ? "Holds" : worst.verdict.isViolated ? "Not everything holds" : "Undecided"
      self.headline = "No level is declared, so every model was asked about."
    } else {
      word = worst.verdict.holds ? "Holds" : worst.verdict.isViolated ? "Violated" : "Undecided"
      self.headline = headline ?? ""
    }
  }

  /// What decides comes first: a violation, then what is undecided.
  static func rank(_ verdict: Verdict) -> Int { verdict.isViolated ? 0 : verdict.holds ? 2 : 1 }

  /// The name of a verdict's colours.
  static func standing(_ verdict: Verdict) -> String { LatticePicture.Standing(verdict).rawValue }

  /// The verdict in words.
  static func words(_ verdict: Verdict) -> String { LatticePicture.Standing(verdict).words }
}
