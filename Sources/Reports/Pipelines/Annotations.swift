import Consistency
import History

/// What GitHub shows beside a change: a command on standard output for each thing that is not as it should be.
struct Annotations {
  /// The commands, one a line; none when all that was asked about holds.
  func lines(_ checked: CheckedFile) -> [String] {
    switch checked.outcome {
    case .judged(let history, let judgements):
      return judgements.filter(\.isAsked).compactMap { line($0, history, checked.file) }
    case .unreadable(let error):
      return [
        command(
          "error", file: checked.file, line: error.line, title: "The history cannot be read",
          message: error.description.printable)
      ]
    case .noModel(let reason), .fault(let reason):
      return [
        command(
          "error", file: checked.file, line: nil, title: "The history was not judged",
          message: reason.printable)
      ]
    }
  }

  private func line(_ judgement: CheckedFile.Judgement, _ history: History, _ file: String) -> String? {
    let explanation = Explanation(judgement.verdict, of: history, follows: judgement.follows)
    let message = explanation.sentences.joined(separator: "\n")
    let title = String(explanation.headline.dropLast())
    switch judgement.verdict.outcome {
    case .holds: return nil
    case .violated(let counterexample):
      // The last of the operations is where the contradiction shows.
      let line = counterexample.operations.map { Int(history[$0].line) }.max().flatMap { $0 > 0 ? $0 : nil }
      return command("error", file: file, line: line, title: title, message: message)
    case .undecided: return command("warning", file: file, line: nil, title: title, message: message)
    }
  }

  private func command(
    _ name: String, file: String, line: Int?, title: String, message: String
  ) -> String {
    let line = line.map { ",line=\($0)" } ?? ""
    let place = file == "-" ? "" : "file=\(Self.property(file))\(line),"
    return "::\(name) \(place)title=\(Self.property(title))::\(Self.data(message))"
  }

  /// A message: one line, whatever is in it.
  static func data(_ text: String) -> String { escape(text, [:]) }

  /// A property: it ends neither itself nor the list of properties.
  static func property(_ text: String) -> String { escape(text, [":": "%3A", ",": "%2C"]) }

  private static func escape(_ text: String, _ more: [Unicode.Scalar: String]) -> String {
    let escapes = ["%": "%25", "\r": "%0D", "\n": "%0A"].merging(more) { first, _ in first }
    return text.unicodeScalars.reduce(into: "") { escaped, scalar in
      if let escape = escapes[scalar] { escaped += escape } else { escaped.unicodeScalars.append(scalar) }
    }
  }
}
