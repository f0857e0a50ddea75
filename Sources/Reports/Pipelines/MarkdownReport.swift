import Consistency
import History
import Mustache

/// Verdicts as Markdown, for a pull request or the summary of a job.
struct MarkdownReport {
  func text(_ files: [CheckedFile]) -> String {
    String(Templates.render("markdown", ["histories": files.map(history)]).drop(while: \.isNewline))
  }

  private func history(_ checked: CheckedFile) -> [String: Any] {
    var values: [String: Any] = ["file": checked.file.printable, "word": word(checked.status)]
    switch checked.outcome {
    case .judged(let history, let judgements):
      values["rows"] = judgements.map { row($0, history) }
      values["facts"] = facts(history)
      values["stories"] = judgements.filter {
        $0.isAsked && $0.follows == nil && !$0.verdict.holds
      }.map { story($0, history) }
      values["warnings"] = history.warnings.map { ["text": $0.printable] }
    case .unreadable(let error): values["problem"] = error.description.printable
    case .noModel(let reason), .fault(let reason): values["problem"] = reason.printable
    }
    return values
  }

  private func word(_ status: CheckStatus) -> String {
    switch status {
    case .holds: "\u{2705} holds"
    case .violated: "\u{274C} violated"
    case .undecided: "\u{2754} undecided"
    default: "\u{26A0}\u{FE0F} not judged"
    }
  }

  private func row(_ judgement: CheckedFile.Judgement, _ history: History) -> [String: Any] {
    let explanation = Explanation(judgement.verdict, of: history, follows: judgement.follows)
    return [
      "model": judgement.verdict.model.rawValue, "word": word(CheckStatus(judgement.verdict)),
      "code": judgement.follows.map { "follows from \($0.rawValue)" } ?? explanation.code,
      "asked": judgement.isAsked ? "yes" : "",
      "time": TimeText.duration(judgement.elapsed),
    ]
  }

  private func facts(_ history: History) -> String {
    let counts = HistoryCounts(history)
    let run = history.run?.level.map { "promised \($0.printable), " } ?? ""
    let seed = history.run?.seed.map { ", seed \($0)" } ?? ""
    return "\(run)\(counts.operations) operations (\(counts.ok) ok, \(counts.failed) failed, "
      + "\(counts.unknown) unknown), \(counts.processes) processes, keys: \(counts.keys), "
      + "servers: \(counts.servers)\(seed)"
  }

  private func story(_ judgement: CheckedFile.Judgement, _ history: History) -> [String: Any] {
    let explanation = Explanation(judgement.verdict, of: history)
    var lines = explanation.sentences
    if case .violated(let counterexample) = judgement.verdict.outcome {
      lines += [""] + Timeline(narration: Narration(history), operations: counterexample.operations).lines
    }
    // No line has a break in it, and none that is indented by four can end the block.
    return [
      "headline": explanation.headline,
      "lines": lines.map { ["line": $0.isEmpty ? "" : "    " + $0.printable] },
    ]
  }
}

/// Text in Markdown that allows HTML: neither has a meaning in it.
struct MarkdownText: MustacheContentType {
  private static let special: Set<Unicode.Scalar> = [
    "\\", "`", "*", "_", "[", "]", "|", "~", "#", "@", "$",
  ]

  /// The text with what has a meaning as references, which Markdown takes for plain characters.
  func escapeText(_ text: String) -> String {
    let markup = MarkupText()
    var escaped = ""
    for scalar in text.unicodeScalars {
      escaped += Self.special.contains(scalar) ? "&#\(scalar.value);" : markup.escapeText(String(scalar))
    }
    return escaped
  }
}
