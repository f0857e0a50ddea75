public import Certificate
public import Consistency
public import History
import KeyValue

/// Reads histories, has them judged, and reports: what the command `kvcheck` does, apart from its command line.
public struct CheckCommand {
  /// What to check and how.
  public struct Options: Sendable {
    /// The histories; "-" is standard input.
    public var files: [String]
    /// The models to ask about; when empty, the level that each history declares.
    public var models: [Model]
    /// How to read.
    public var reader: HistoryReader.Options
    /// How to decide linearizability.
    public var engine: Engine
    /// What each verdict may cost.
    public var allowance: JSONReport.Allowance
    /// How many threads may work at once.
    public var threads = 1
    /// How much memory the process holds, given how much more is wanted; nil when nobody measures.
    public var memoryInUse: (@Sendable (_ wanted: Int) -> Int)?
    /// Where each history's reports are kept.
    public var reportFolder: String
    /// Which kinds of report are kept there.
    public var reportKinds: Set<ReportKind>
    /// Where the counterexamples go, each a history of its own; nil for the report folder.
    public var counterexampleFolder: String?
    /// Where the JSON report on all of them goes, if anywhere; "-" is standard output, which then has no text.
    public var json: String?
    /// Where the evidence for the verdicts on the one history goes, if anywhere; "-" is standard output, which then has no
    /// text.
    public var certificate: String?
    /// A file that the Markdown, where asked for, is appended to: a job's summary.
    public var jobSummary: String?
    /// Whether GitHub runs this, so that what is wrong is told to it, too.
    public var isOnGitHub: Bool
    /// Whether to print nothing but faults.
    public var isQuiet: Bool
    /// The colours.
    public var style: TerminalStyle

    /// Makes options.
    public init(
      files: [String], models: [Model] = [], reader: HistoryReader.Options = .init(),
      engine: Engine = .automatic, allowance: JSONReport.Allowance = .init(),
      reportFolder: String = "checker-reports", reportKinds: Set<ReportKind> = ReportKind.usual,
      counterexampleFolder: String? = nil, json: String? = nil, certificate: String? = nil,
      jobSummary: String? = nil, isOnGitHub: Bool = false, isQuiet: Bool = false,
      style: TerminalStyle = .plain
    ) {
      self.files = files
      self.models = models
      self.reader = reader
      self.engine = engine
      self.allowance = allowance
      self.reportFolder = reportFolder
      self.reportKinds = reportKinds
      self.counterexampleFolder = counterexampleFolder
      self.json = json
      self.certificate = certificate
      self.jobSummary = jobSummary
      self.isOnGitHub = isOnGitHub
      self.isQuiet = isQuiet
      self.style = style
    }
  }

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
    let files = ReportFiles(
      folder: ReportFolder(path: options.reportFolder), kinds: options.reportKinds,
      allowance: options.allowance)
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
    let writer = CertificateWriter(
      claims.compactMap { Claim($0.verdict, follows: $0.follows) }, of: history, file: checked.file)
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

  /// Reads and judges one file.
  public func checkFile(_ file: String) -> CheckedFile {
    defer { progress(nil) }
    progress("reading \(file.printable)")
    let history: History
    var memory: HistoryReader.Memory?
    if let inUse = options.memoryInUse, let most = options.allowance.memoryBytes {
      memory = HistoryReader.Memory(bytesMax: most, inUse: inUse)
    }
    do {
      history = try HistoryReader(options.reader, memory: memory).read(path: file)
    } catch {
      return CheckedFile(file: file, outcome: .unreadable(error))
    }
    return checkHistory(history, file: file)
  }

  /// Judges a history that is in memory: by the models asked for; when none was, by all, of which the level that the
  /// history declares counts for the status, and all count when it declares none.
  public func checkHistory(_ history: History, file: String) -> CheckedFile {
    var models = options.models
    if models.isEmpty, let level = history.run?.level {
      guard let model = Model(named: level) else {
        let reason = "it declares the level \"\(level)\", which is not known here. " + Self.remedy
        return CheckedFile(file: file, outcome: .noModel(reason))
      }
      models = [model]
    }
    func tell(_ model: Model) { progress("checking \(file.printable): \(model)") }
    var judgements: [CheckedFile.Judgement]
    var staleness: Staleness?
    if options.models.isEmpty {
      let spectrum = Spectrum(
        of: history, limits: { [options] in options.limits }, measuresStaleness: true, willDecide: tell,
        decide: judge)
      staleness = spectrum.staleness
      judgements = spectrum.entries.map { entry in
        CheckedFile.Judgement(
          verdict: entry.verdict, elapsed: entry.elapsed, follows: entry.follows,
          isAsked: models.isEmpty || models.contains(entry.verdict.model))
      }
    } else {
      let prepared = PreparedHistory(history)
      judgements = models.map { model in
        let start = ContinuousClock.now
        tell(model)
        let verdict = judge(prepared, model, options.limits)
        return CheckedFile.Judgement(verdict: verdict, elapsed: ContinuousClock.now - start)
      }
    }
    progress("validating the verdicts on \(file.printable)")
    do {
      judgements = try validated(judgements, history)
    } catch {
      return CheckedFile(file: file, outcome: .fault(error.description))
    }
    // Of a linearizable history there is no staleness to measure.
    let isStale = judgements.contains { $0.verdict.model == .linearizable && $0.verdict.isViolated }
    if options.models.isEmpty, isStale, staleness == nil {
      progress("measuring how stale \(file.printable) is")
      staleness = Consistency.staleness(of: history, limits: options.limits)
    }
    return CheckedFile(file: file, outcome: .judged(history, judgements), staleness: staleness)
  }

  /// The judgements, each of which carries a proof that stands or says that it was not validated.
  private func validated(
    _ judgements: [CheckedFile.Judgement], _ history: History
  ) throws(ProofFault) -> [CheckedFile.Judgement] {
    var verifier = Verifier(history)
    var validated = judgements
    // What follows from another verdict rests on that one, wherever it stands.
    for isDerived in [false, true] {
      for place in judgements.indices where (judgements[place].follows != nil) == isDerived {
        let judgement = judgements[place]
        guard let claim = Claim(judgement.verdict, follows: judgement.follows) else {
          if judgement.verdict.isViolated {
            validated[place] = judgement.warning(
              "not validated independently: a limit left no room for the proof")
          }
          continue
        }
        let start = ContinuousClock.now
        limit(&verifier, to: options.allowance.time.map { start.advanced(by: $0 - judgement.elapsed) })
        do {
          let finding = try verify(claim, &verifier)
          validated[place] = judgement.taking(longer: ContinuousClock.now - start)
          guard case .beyondReach(let reason) = finding else { continue }
          validated[place] = validated[place].warning("not validated independently: \(reason)")
        } catch {
          throw ProofFault(claim: claim, objection: error)
        }
      }
    }
    return validated
  }

  /// Lets validating a verdict cost what finding it left of its limits.
  private func limit(_ verifier: inout Verifier, to deadline: ContinuousClock.Instant?) {
    let (inUse, most) = (options.memoryInUse, options.allowance.memoryBytes ?? .max)
    verifier.limit { wanted in
      if let deadline, ContinuousClock.now >= deadline { return "the time limit left no room for it" }
      guard let inUse else { return nil }
      let (sum, isTooMuch) = inUse(wanted).addingReportingOverflow(wanted)
      return isTooMuch || sum > most ? "the memory limit left no room for it" : nil
    }
  }

  private static var remedy: String {
    "Name what to check with --model (\(Model.allCases.map(\.rawValue).joined(separator: ", ")))."
  }
}

extension CheckCommand.Options {
  /// The limits of a check that begins now.
  fileprivate var limits: Limits {
    var limits = allowance.limits
    limits.threads = threads
    limits.memoryInUse = memoryInUse
    return limits
  }
}
