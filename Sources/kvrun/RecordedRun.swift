import Cluster
import Configuration
import Consistency
import Foundation
import History
import KeyValue
import Replication
import Reports

/// One run: the cluster's, then its files, its summary and its verdict.
struct RecordedRun {
  /// What goes to standard output.
  enum Output {
    case text
    case json
    case quiet
  }

  let configuration: ClusterConfiguration
  let seed: UInt64
  let timeout: Duration
  let programs: URL
  let serverLogs: String?
  /// Where to record; empty for the usual place; nil to keep no history.
  let record: String?
  /// Which run it is, from 1, where there are several.
  let repetition: (number: Int, of: Int)?
  let isChecked: Bool
  let output: Output

  private var style: TerminalStyle {
    TerminalStyle(
      isTerminal: isatty(STDOUT_FILENO) != 0, environment: ProcessInfo.processInfo.environment)
  }

  /// How a run ended.
  struct Ending {
    let status: CheckStatus
    /// What its clients did; nil when that is not known.
    var summary: RunSummary?
  }

  func perform(interrupts: Interrupts) async -> Ending {
    let place: RecordingFiles.Place =
      switch record {
      case nil: .nowhere
      case "": .usual
      case let path?: .file(path)
      }
    let started = Date.now
    let files: RecordingFiles
    do throws(RecordingFiles.Failure) {
      files = try RecordingFiles(
        place, name: configuration.name, started: started, repetition: repetition?.number)
    } catch {
      complain(error.description)
      return Ending(status: .cannotCreate)
    }
    if let repetition, output == .text,
      !say(style.paint("run \(repetition.number) of \(repetition.of)", .heading))
    {
      files.removeParts()
      return Ending(status: .cannotCreate)
    }

    let run = await ClusterRun.run(
      configuration,
      ClusterRun.Options(
        seed: seed, timeout: timeout, programs: programs, parts: files.parts, serverLogs: logFolder),
      interrupts: interrupts.stream())

    guard run.isComplete else {
      // Without the part that is broken there is no history that a verdict could be trusted on.
      tellProblems(of: run)
      complain("no history was written; what the clients recorded is kept in \(files.parts.relativePath)")
      return Ending(status: .cannotCreate)
    }
    do throws(RecordingFiles.Failure) {
      try files.write(run.file)
    } catch {
      tellProblems(of: run)
      complain(
        "\(error)\nwhat the clients recorded is kept, and kvrun --recover makes a history of it: "
          + files.parts.relativePath)
      return Ending(status: .cannotCreate)
    }
    files.removeParts()
    interrupts.endProgram(true)
    defer { interrupts.endProgram(false) }
    return conclude(run, files, started: started)
  }

  /// Where the servers' logs go: of several runs, each has a folder of its own.
  private var logFolder: URL? {
    guard let serverLogs else { return nil }
    let folder = URL(filePath: serverLogs)
    return repetition.map { folder.appending(path: "run-\($0.number)") } ?? folder
  }

  private func tellProblems(of run: ClusterRun.Outcome) {
    for warning in run.warnings { complain(warning) }
    if let failure = run.failure { complain(failure.description) }
  }

  private func conclude(_ run: ClusterRun.Outcome, _ files: RecordingFiles, started: Date) -> Ending {
    tellProblems(of: run)
    var targets = files.targets
    var path = targets.first?.relativePath
    let history: History
    do throws(HistoryError) {
      history = try HistoryReader().read(run.file, file: path ?? configuration.name)
    } catch {
      complain("the recording of this run cannot be read, which is a fault of kvrun: \(error)")
      return Ending(status: .fault)
    }
    // Who stopped the run does not wait for a verdict, and of a run without operations there is none.
    let isWorthChecking = run.failure != .interrupted && (run.failure == nil || !history.operations.isEmpty)
    var statuses: [CheckStatus] = []
    var checked = isChecked && isWorthChecking ? check(history, path) : nil
    if let verdict = checked, verdict.status != .holds, targets.isEmpty {
      if let kept = keepEvidence(run.file, started: started) {
        targets = kept
        path = kept.first?.relativePath
        checked = CheckedFile(file: path ?? verdict.file, outcome: verdict.outcome)
      } else {
        statuses.append(.cannotCreate)
      }
    }
    // A report speaks of a history: where none is kept there is nothing to lay it beside.
    var report: String?
    if let checked, let path {
      report = writeReport(checked, path)
      if report == nil { statuses.append(.cannotCreate) }
    }
    let isSaid =
      switch output {
      case .text: say(text(history, hasFailed: run.failure != nil, targets, checked, report))
      case .json: say(json(run, history, path, checked).indented)
      case .quiet: true
      }
    if let checked { statuses.append(checked.status) }
    if !isSaid { statuses.append(.cannotCreate) }
    switch run.failure {
    case nil, .interrupted: break
    case .recording: statuses.append(.cannotCreate)
    default: statuses.append(.unavailable)
    }
    return Ending(status: CheckStatus.worst(statuses), summary: RunSummary(history))
  }

  private func check(_ history: History, _ path: String?) -> CheckedFile {
    let models = Model(named: configuration.level.rawValue).map { [$0] } ?? []
    return CheckCommand(.init(files: [], models: models), print: { _ in }, complain: { _ in })
      .checkHistory(history, file: path ?? configuration.name)
  }

  /// Keeps the history of a run that was not to be recorded, since its verdict is not that the level holds.
  ///
  /// - Returns: where; nil when it cannot be written.
  private func keepEvidence(_ file: [UInt8], started: Date) -> [URL]? {
    do throws(RecordingFiles.Failure) {
      let files = try RecordingFiles(.usual, name: configuration.name, started: started, repetition: nil)
      defer { files.removeParts() }
      try files.write(file)
      return files.targets
    } catch {
      complain("the history of this run is lost: \(error)")
      return nil
    }
  }

  private func writeReport(_ checked: CheckedFile, _ path: String) -> String? {
    do {
      let files = ReportFiles(folder: ReportFolder(path: "checker-reports"))
      let written = try files.write(checked, stem: ReportFolder.stems(for: [path])[0])
      try files.writeIndex()
      return written.joined(separator: ", ")
    } catch {
      complain("\(error); judge the history with kvcheck --report-dir FOLDER")
      return nil
    }
  }

  private func text(
    _ history: History, hasFailed: Bool, _ targets: [URL], _ checked: CheckedFile?, _ report: String?
  ) -> String {
    func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
    var text = ""
    if !history.operations.isEmpty || !hasFailed {
      text +=
        style.paint(configuration.name, .heading)
        + ": \(configuration.level) by \(configuration.replicationProtocol), "
        + "\(count(configuration.servers.count, "server")), \(count(configuration.clients.count, "client")), "
        + "seed \(seed)\n\n" + RunSummary(history).text + "\n"
    }
    if !targets.isEmpty {
      text += "history: " + targets.map(\.relativePath).joined(separator: ", also ") + "\n"
    } else if !text.isEmpty {
      text += "no history was kept; add --record to keep one\n"
    }
    if let checked { text += "\n" + TextReport(style: style).text(checked, report: report) }
    return text
  }

  private func json(
    _ run: ClusterRun.Outcome, _ history: History, _ path: String?, _ checked: CheckedFile?
  ) -> JSON {
    [
      "name": JSON(configuration.name), "level": JSON(configuration.level.rawValue), "seed": JSON(seed),
      "history": path.map { JSON($0) } ?? nil, "clean": JSON(run.failure == nil),
      "failure": run.failure.map { JSON($0.description) } ?? nil,
      "warnings": .array(run.warnings.map { JSON($0) }), "summary": RunSummary(history).json,
      "check": checked.map { JSONReport().json($0) } ?? nil,
    ]
  }
}
