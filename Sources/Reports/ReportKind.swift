/// The forms in which a report is kept in the report folder.
public enum ReportKind: String, Sendable, Hashable, CaseIterable {
  /// For people: a page for a browser.
  case html
  /// For programs: `docs/report.schema.json`.
  case json
  /// For pipelines that show test results: a case for each model.
  case junit
  /// For a pull request or a job's summary.
  case markdown
  /// Pictures: the models as a lattice, and the counterexample.
  case svg

  /// What is written when nobody says otherwise.
  public static let usual: Set<ReportKind> = [.html, .json]

  /// The kinds of a list such as "json,svg".
  ///
  /// - Parameter allowed: what may be in the list.
  /// - Throws: ``Unknown``, with the first name that is none of these.
  public static func kinds(
    _ text: String, of allowed: Set<ReportKind> = Set(allCases)
  ) throws(Unknown) -> Set<ReportKind> {
    var kinds: Set<ReportKind> = []
    for name in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let kind = ReportKind(rawValue: name.lowercased()), allowed.contains(kind) else {
        throw Unknown(name: String(name), allowed: allowed)
      }
      kinds.insert(kind)
    }
    return kinds
  }

  /// A name that is none of a kind of report.
  public struct Unknown: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name.
    public let name: String
    /// What would have been right.
    public let allowed: Set<ReportKind>

    /// What is wrong, with the names that are right.
    public var description: String {
      let names = ReportKind.allCases.filter(allowed.contains).map(\.rawValue).joined(separator: ", ")
      return "\"\(name.printable)\" is not a kind of report; the kinds are \(names)"
    }
  }
}
