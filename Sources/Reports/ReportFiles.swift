public import Consistency
public import History
public import KeyValue

/// The files in a report folder that speak of one history.
public struct ReportFiles {
  private let folder: ReportFolder
  private let kinds: Set<ReportKind>
  private let allowance: JSONReport.Allowance
  /// Whether there is room for so many bytes more: without, a page leaves out what takes them.
  public var hasRoom: (_ bytes: Int) -> Bool = { _ in true }

  /// Names a folder and what goes there.
  ///
  /// - Parameters:
  ///   - kinds: what to write; pages bring the reports for programs with them, of which their index is made.
  ///   - allowance: what the checks were allowed.
  public init(
    folder: ReportFolder, kinds: Set<ReportKind> = ReportKind.usual,
    allowance: JSONReport.Allowance = .init()
  ) {
    self.folder = folder
    // The index of the pages is made of the reports for programs.
    self.kinds = kinds.contains(.html) ? kinds.union([.json]) : kinds
    self.allowance = allowance
  }

  /// Writes every kind that was asked for, and removes a picture of an earlier day that no longer has a subject.
  ///
  /// - Parameters:
  ///   - json: the report for programs, where it is at hand.
  ///   - counterexamples: the paths of the files that hold the models' counterexamples; a page links those beside it.
  ///   - stem: the files' name without extension.
  ///   - spaceTime: what clients and servers said to one another, where it is known.
  /// - Returns: the paths of the files, the one for people first.
  /// - Throws: the failure of the first file that could not be written or removed; those before it are there.
  public func write(
    _ checked: CheckedFile, json: JSON? = nil, counterexamples: [Model: String] = [:], stem: String,
    spaceTime: SpaceTimePicture? = nil
  ) throws(ReportFolder.Failure) -> [String] {
    var paths: [String] = []
    if kinds.contains(.html) {
      var report = HTMLReport(allowance: allowance)
      if case .judged(let history, _) = checked.outcome {
        report.isBrief = !hasRoom(HTMLReport.bytes(history))
      }
      let page = report.html(
        checked, counterexamples: counterexamples.compactMapValues { folder.name(of: $0) },
        spaceTime: spaceTime)
      paths.append(try folder.write(page, as: stem + ".html"))
    }
    if kinds.contains(.json) {
      paths.append(
        try folder.write(
          (json ?? JSONReport(allowance: allowance).json(checked)).indented + "\n", as: stem + ".json"))
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
      let pages = spaceTime?.svgs() ?? []
      for number in 0..<SpaceTimePicture.pagesMax {
        let file = "\(stem).space-time\(number == 0 ? "" : "-\(number + 1)").svg"
        if pages.indices.contains(number) {
          paths.append(try folder.write(pages[number], as: file))
        } else {
          try folder.remove(file)
        }
      }
    }
    return paths
  }

  /// Writes the page that lists what is in the folder, where pages are kept.
  ///
  /// - Throws: what kept it from being written.
  public func writeIndex() throws(ReportFolder.Failure) {
    guard kinds.contains(.html) else { return }
    _ = try folder.write(ReportIndex(folder: folder.path).html, as: "index.html")
  }

  /// Which of the files a person would rather look at.
  static func forPeople(_ paths: [String]) -> String? {
    [".html", ".counterexample.svg", ".lattice.svg"].lazy.compactMap { suffix in
      paths.first { $0.hasSuffix(suffix) }
    }.first
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
