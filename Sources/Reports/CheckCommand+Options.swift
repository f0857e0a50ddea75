public import Consistency
public import History

extension CheckCommand {
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

    /// The limits of a check that begins now.
    var limits: Limits {
      var limits = allowance.limits
      limits.threads = threads
      limits.memoryInUse = memoryInUse
      return limits
    }
  }
}
