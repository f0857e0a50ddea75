import Consistency
import KeyValue

/// The files in a report folder that speak of one history.
struct ReportFiles {
  let folder: ReportFolder
  let kinds: Set<ReportKind>

  /// Writes every kind that was asked for, and removes a picture of an earlier day that no longer has a subject.
  ///
  /// - Parameters:
  ///   - json: the report for programs.
  ///   - stem: the files' name without extension.
  /// - Returns: the paths of the files, the one for people first.
  func write(_ checked: CheckedFile, json: JSON, stem: String) throws(ReportFolder.Failure) -> [String] {
    var paths: [String] = []
    if kinds.contains(.json) {
      paths.append(try folder.write(json.indented + "\n", as: stem + ".json"))
    }
    if kinds.contains(.junit) {
      paths.append(try folder.write(JUnitReport().text([checked]), as: stem + ".junit.xml"))
    }
    if kinds.contains(.markdown) {
      paths.append(try folder.write(MarkdownReport().text([checked]), as: stem + ".md"))
    }
    if kinds.contains(.svg) {
      for (name, picture) in Self.pictures(checked) {
        let file = "\(stem).\(name).svg"
        if let picture {
          paths.append(try folder.write(picture, as: file))
        } else {
          try folder.remove(file)
        }
      }
    }
    return paths
  }

  /// The pictures of a history by name; nil where there is nothing to draw.
  private static func pictures(_ checked: CheckedFile) -> [(name: String, svg: String?)] {
    guard case .judged(let history, let judgements) = checked.outcome else {
      return [("lattice", nil), ("counterexample", nil)]
    }
    let refuted =
      judgements.first { $0.isAsked && $0.verdict.isViolated }
      ?? judgements.first { $0.verdict.isViolated }
    return [
      ("lattice", LatticePicture(judgements, of: history).svg()),
      ("counterexample", refuted.flatMap { CounterexamplePicture($0, of: history)?.svg() }),
    ]
  }
}
