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
    /// Where each history's JSON report is kept.
    public var reportFolder: String
    /// Where the JSON report on all of them goes, if anywhere; "-" is standard output, which then has no text.
    public var json: String?
    /// Whether to print nothing but faults.
    public var isQuiet: Bool
    /// The colours.
    public var style: TerminalStyle

    /// Makes options.
    public init(
      files: [String], models: [Model] = [], reader: HistoryReader.Options = .init(),
      engine: Engine = .automatic, allowance: JSONReport.Allowance = .init(),
      reportFolder: String = "checker-reports",
      json: String? = nil,
      isQuiet: Bool = false, style: TerminalStyle = .plain
    ) {
      self.files = files
      self.models = models
      self.reader = reader
      self.engine = engine
      self.allowance = allowance
      self.reportFolder = reportFolder
      self.json = json
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
  /// Learns which file is being read; nil when it is done.
  public var reading: (String?) -> Void = { _ in }
  /// Judges.
  public var judge: (History, Model, Limits) -> Verdict

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
    let folder = ReportFolder(path: options.reportFolder)
    let isSilent = options.isQuiet || options.json == "-"
    // Of each file only what is told at the end is kept: a history may be large.
    var rows: [[String]] = []
    var reports: [JSON] = []
    var statuses: [CheckStatus] = []
    var canWrite = true
    for (file, name) in zip(options.files, ReportFolder.names(for: options.files)) {
      let checked = checkFile(file)
      rows += text.summaryRows(checked)
      statuses.append(checked.status)
      let fileReport = json.json(checked)
      if options.json != nil { reports.append(fileReport) }
      var report: String?
      if canWrite {
        do {
          report = try folder.write(fileReport.indented + "\n", as: name)
        } catch {
          // One complaint is enough: the next file would meet the same obstacle.
          canWrite = false
          statuses.append(.cannotCreate)
          complain("kvcheck: \(error.description.printable); name another place with --report-dir\n")
        }
      }
      if case .judged = checked.outcome {
        if !isSilent { print(text.text(checked, report: report) + "\n") }
      } else {
        complain("kvcheck: " + TextReport().text(checked))
      }
    }
    if options.files.count > 1, !isSilent { print(text.summary(rows)) }
    if let target = options.json {
      let all = json.json(reports, status: CheckStatus.worst(statuses))
      statuses.append(write(all.indented + "\n", to: target))
    }
    return CheckStatus.worst(statuses)
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
    reading(file)
    defer { reading(nil) }
    do {
      history = try HistoryReader(options.reader).read(path: file)
    } catch {
      return CheckedFile(file: file, outcome: .unreadable(error))
    }
    reading(nil)
    return checkHistory(history, file: file)
  }

  /// The limits of a check that begins now.
  private var limits: Limits {
    var limits = options.allowance.limits
    limits.threads = options.threads
    limits.memoryInUse = options.memoryInUse
    return limits
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
    var isSound = true
    func decide(_ history: History, _ model: Model, _ limits: Limits) -> Verdict {
      progress("checking \(file.printable): \(model)")
      let verdict = judge(history, model, limits)
      isSound = isSound && verdict.model == model && verdict.isAbout(history)
      return verdict
    }
    let judgements: [CheckedFile.Judgement]
    if options.models.isEmpty {
      let spectrum = Spectrum(of: history, limits: { limits }, decide: decide)
      judgements = spectrum.entries.map { entry in
        CheckedFile.Judgement(
          verdict: entry.verdict, elapsed: entry.elapsed, follows: entry.follows,
          isAsked: models.isEmpty || models.contains(entry.verdict.model))
      }
    } else {
      judgements = models.map { model in
        let start = ContinuousClock.now
        let verdict = decide(history, model, limits)
        return CheckedFile.Judgement(verdict: verdict, elapsed: ContinuousClock.now - start)
      }
    }
    guard isSound else {
      let reason = "the checker answered with operations that the history does not have; please report this"
      return CheckedFile(file: file, outcome: .fault(reason))
    }
    // Of a linearizable history there is no staleness to measure.
    let isStale = judgements.contains { $0.verdict.model == .linearizable && $0.verdict.isViolated }
    let isSpectrum = options.models.isEmpty
    if isSpectrum, isStale { progress("measuring how stale \(file.printable) is") }
    return CheckedFile(
      file: file, outcome: .judged(history, judgements),
      staleness: isSpectrum && isStale ? staleness(of: history, limits: limits) : nil)
  }

  private static var remedy: String {
    "Name what to check with --model (\(Model.allCases.map(\.rawValue).joined(separator: ", ")))."
  }
}

extension Verdict {
  /// Whether the evidence names only what the history has.
  fileprivate func isAbout(_ history: History) -> Bool {
    let ids: [OperationID]
    var keys: [KeyID] = []
    switch outcome {
    case .holds(.order(let operations)), .holds(.arbitration(let operations)): ids = operations
    case .holds(.readsFrom(let sources)): ids = sources.flatMap { [$0.read] + ($0.write.map { [$0] } ?? []) }
    case .holds(.orderOfEachProcess(let orders)): ids = orders.flatMap(\.operations)
    case .holds(.orderOfEachKey(let orders)):
      ids = orders.flatMap(\.operations)
      keys = orders.map(\.key)
    case .holds(.agreement(let agreements)):
      guard agreements.allSatisfy({ Int($0.value.index) < history.values.count }) else { return false }
      ids = agreements.flatMap(\.reads)
      keys = agreements.map(\.key)
    case .violated(let counterexample):
      var named = counterexample.operations
      switch counterexample.reason {
      case .thinAirRead(let read): named.append(read)
      case .abortedRead(let read, let writes), .futureRead(let read, let writes): named += [read] + writes
      case .noOrder(let placed, let blocked): named += placed + blocked
      case .cycle(let cycle): named += cycle.operations
      case .everyReadingFails(let ambiguous): named += ambiguous
      case .overwrittenValue(let read, let write, let replacement):
        named += [read, replacement] + (write.map { [$0] } ?? [])
      case .impossibleMismatch(let operation): named.append(operation)
      case .disagreement(let key, let reads):
        named += reads
        keys = [key]
      case .lostWrite(let read, let write): named += [read, write]
      case .replacedValue(let read, let write, let replacement): named += [read, write, replacement]
      }
      ids = named
    case .undecided(.limitReached(_, _, _, let key)):
      ids = []
      keys = key.map { [$0] } ?? []
    case .undecided: ids = []
    }
    return ids.allSatisfy { history.operations.indices.contains($0.index) }
      && keys.allSatisfy { Int($0.index) < history.keys.count }
  }
}
