public import Certificate
public import Consistency
import History
import KeyValue

/// Reads histories, has them judged, and reports: what the command `kvcheck` does, apart from its command line.
public struct CheckCommand {
  /// What to check and how.
  public let options: Options
  /// Takes text for standard output.
  public var print: (String) -> Void
  /// Takes text for standard error.
  public var complain: (String) -> Void
  /// Learns what is being done, for a line of progress; nil when it is done.
  public var progress: (String?) -> Void = { _ in }
  /// Opens the first report for people; nil when nobody asked for that.
  public var open: ((String) -> Void)?
  /// Judges.
  public var judge: @Sendable (PreparedHistory, Model, Limits) -> Verdict
  /// Validates what was judged, before anything is told.
  public var verify: (Claim, inout Verifier) throws(Objection) -> Finding = {
    (claim, verifier) throws(Objection) in try verifier.verify(claim)
  }

  /// Makes a command.
  public init(_ options: Options, print: @escaping (String) -> Void, complain: @escaping (String) -> Void) {
    self.options = options
    self.print = print
    self.complain = complain
    let engine = options.engine
    judge = { check($0, $1, limits: $2, engine: engine) }
  }

  /// Does it all.
  ///
  /// - Returns: the worst status of all files.
  public func run() -> CheckStatus {
    let text = TextReport(style: options.style)
    let json = JSONReport(allowance: options.allowance)
    var files = ReportFiles(
      folder: ReportFolder(path: options.reportFolder), kinds: options.reportKinds,
      allowance: options.allowance)
    files.hasRoom = { reasonToStop(before: nil)($0) == nil }
    let isSilent = options.isQuiet || options.json == "-" || options.certificate == "-"
    let counterexampleFolder = ReportFolder(path: options.counterexampleFolder ?? options.reportFolder)
    // Of each file only what is told at the end is kept: a history may be large.
    var rows: [[String]] = []
    var reports: [JSON] = []
    var statuses: [CheckStatus] = []
    var canWrite = true
    var opened: String?
    for (file, stem) in zip(options.files, ReportFolder.stems(for: options.files)) {
      let checked = checkFile(file)
      rows += text.summaryRows(checked)
      statuses.append(checked.status)
      if let target = options.certificate { statuses.append(certify(checked, to: target)) }
      var counterexamples: [Model: String] = [:]
      var fileReport: JSON?
      var written: [String] = []
      if canWrite {
        do {
          counterexamples = try counterexampleFolder.writeCounterexamples(checked, stem: stem)
          fileReport = json.json(checked, counterexamples: counterexamples)
          written = try files.write(
            checked, json: fileReport, counterexamples: counterexamples, stem: stem)
        } catch {
          // One complaint is enough: the next file would meet the same obstacle.
          canWrite = false
          statuses.append(.cannotCreate)
          complain("kvcheck: \(error.description.printable); name another place with --report-dir\n")
        }
      }
      if options.json != nil { reports.append(fileReport ?? json.json(checked)) }
      opened = opened ?? ReportFiles.forPeople(written)
      if case .judged = checked.outcome {
        let report = written.isEmpty ? nil : written.joined(separator: ", ")
        if !isSilent { tell(text.text(checked, report: report, counterexamples: counterexamples) + "\n") }
      } else {
        complain("kvcheck: " + TextReport().text(checked))
      }
      if options.isOnGitHub, !isSilent { Annotations().lines(checked).forEach { print($0 + "\n") } }
      if options.reportKinds.contains(.markdown), let summary = options.jobSummary {
        statuses.append(append(MarkdownReport().text([checked]), to: summary))
      }
    }
    if canWrite { statuses.append(writeIndex(files)) }
    if options.files.count > 1, !isSilent { tell(text.summary(rows)) }
    if let target = options.json {
      let all = json.json(reports, status: CheckStatus.worst(statuses))
      statuses.append(write(all.indented + "\n", to: target))
    }
    if let open {
      if let opened { open(opened) } else { complain("kvcheck: there is no report to open\n") }
    }
    return CheckStatus.worst(statuses)
  }

  private func writeIndex(_ files: ReportFiles) -> CheckStatus {
    do {
      try files.writeIndex()
      return .holds
    } catch {
      complain("kvcheck: \(error.description.printable); name another place with --report-dir\n")
      return .cannotCreate
    }
  }

  /// Prints a text in which GitHub, where it listens, takes nothing for a command to it.
  private func tell(_ text: String) {
    guard options.isOnGitHub else { return print(text) }
    let token = "text-\(UInt64.random(in: .min ... .max))"
    print("::stop-commands::\(token)\n\(text)\n::\(token)::\n")
  }

  private func append(_ text: String, to target: String) -> CheckStatus {
    do {
      try ReportFolder.append(text, to: target)
      return .holds
    } catch {
      complain("kvcheck: \(error.description.printable); GITHUB_STEP_SUMMARY names this file\n")
      return .cannotCreate
    }
  }

  /// Writes the evidence for what was decided.
  private func certify(_ checked: CheckedFile, to target: String) -> CheckStatus {
    guard case .judged(let history, let judgements) = checked.outcome else { return .holds }
    progress("writing the certificate of \(checked.file.printable)")
    defer { progress(nil) }
    let claims = judgements.filter { $0.follows == nil } + judgements.filter { $0.follows != nil }
    // One claim after the other is made of its verdict: each has its evidence a second time.
    let writer = CertificateWriter(
      claims.lazy.compactMap { Claim($0.verdict, follows: $0.follows) }, of: history, file: checked.file)
    do throws(ReportFolder.Failure) {
      let file = try StreamedFile(path: target)
      try writer.write { bytes throws(ReportFolder.Failure) in try file.write(bytes) }
      try file.finish()
      return .holds
    } catch {
      complain("kvcheck: \(error.description.printable); name another place with --certificate\n")
      return .cannotCreate
    }
  }

  private func write(_ text: String, to target: String) -> CheckStatus {
    guard target != "-" else {
      print(text)
      return .holds
    }
    do {
      try ReportFolder.write(text, to: target)
      return .holds
    } catch {
      complain("kvcheck: \(error.description.printable); name another place with --json\n")
      return .cannotCreate
    }
  }
}
