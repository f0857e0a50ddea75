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
    /// To a file, or to standard output for "-".
    case json(String)
    case quiet
  }

  let configuration: ClusterConfiguration
  let seed: UInt64
  let timeout: Duration
  let programs: URL
  let placement: Placement?
  let serverLogs: String?
  /// Where to record; empty for the usual place; nil to keep no history.
  let record: String?
  /// Which run it is, from 1, where there are several.
  let repetition: (number: Int, of: Int)?
  let isChecked: Bool
  /// Which reports there are of a history that is checked and kept.
  let reports: Set<ReportKind>
  let output: Output

  private var style: TerminalStyle {
    TerminalStyle(
      isTerminal: isatty(STDOUT_FILENO) != 0, environment: ProcessInfo.processInfo.environment)
  }

  /// How a run ended.
  struct Ending {
    let status: CheckStatus
    /// What its scripted clients did; nil when there are none, or that is not known.
    var summary: RunSummary?
    /// What its workload came to; nil when there is none.
    var load: LoadStatistics?
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
    if let repetition, case .text = output,
      !say(style.paint("run \(repetition.number) of \(repetition.of)", .heading))
    {
      files.removeParts()
      return Ending(status: .cannotCreate)
    }

    let progress = LoadProgressLine()
    var options = ClusterRun.Options(
      seed: seed, timeout: timeout, programs: programs, parts: files.parts, serverLogs: logFolder)
    options.recordsLoad = record != nil || isChecked
    options.placement = placement
    options.onProgress = { progress.show($0) }
    let run = await ClusterRun.run(configuration, options, interrupts: interrupts.stream())
    progress.clear()

    guard run.isComplete else {
      // Without the part that is broken there is no history that a verdict could be trusted on.
      tellProblems(of: run)
      complain("no history was written; what the clients recorded is kept in \(files.parts.relativePath)")
      return Ending(status: .cannotCreate)
    }
    let whole: URL
    do throws(RecordingFiles.Failure) {
      whole = try files.write(run.history)
    } catch {
      tellProblems(of: run)
      complain(
        "\(error)\nwhat the clients recorded is kept, and kvrun --recover makes a history of it"
          + " (elsewhere with --record PATH): \(files.parts.relativePath)")
      return Ending(status: .cannotCreate)
    }
    // A history that is not kept lies among the parts until it has been judged.
    if files.targets.contains(whole) { files.removeParts() }
    interrupts.endProgram { files.removeParts() }
    defer {
      interrupts.endProgram(nil)
      files.removeParts()
    }
    return conclude(run, whole, files.targets, started: started)
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

  private func conclude(_ run: ClusterRun.Outcome, _ whole: URL, _ files: [URL], started: Date) -> Ending {
    tellProblems(of: run)
    var targets = files
    var path = targets.first?.relativePath
    let history: History
    do throws(HistoryError) {
      // Of a load that nobody judges everything to tell has been counted: a million operations are not read for it.
      history =
        isChecked || hasScripts
        ? try HistoryReader().read(path: whole.path(percentEncoded: false)) : History()
    } catch {
      complain("the recording of this run cannot be read, which is a fault of kvrun: \(error)")
      return Ending(status: .fault)
    }
    // Who stopped the run does not wait for a verdict, and of a run without operations there is none.
    let isWorthChecking = run.failure != .interrupted && (run.failure == nil || !history.operations.isEmpty)
    var statuses: [CheckStatus] = []
    var checked = isChecked && isWorthChecking ? check(history, path) : nil
    if let verdict = checked, verdict.status != .holds, targets.isEmpty {
      if let kept = keepEvidence(whole, started: started) {
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
      case .text: say(text(run, history, targets, checked, report))
      case .json(let path): deliver(json(run, history, targets.first?.relativePath, checked).indented, path)
      case .quiet: true
      }
    if let checked { statuses.append(checked.status) }
    if !isSaid { statuses.append(.cannotCreate) }
    switch run.failure {
    case nil, .interrupted: break
    case .recording: statuses.append(.cannotCreate)
    default: statuses.append(.unavailable)
    }
    return Ending(
      status: CheckStatus.worst(statuses), summary: hasScripts ? RunSummary(history) : nil, load: run.load)
  }

  private func check(_ history: History, _ path: String?) -> CheckedFile {
    let models = Model(named: configuration.level.rawValue).map { [$0] } ?? []
    return CheckCommand(.init(files: [], models: models), print: { _ in }, complain: { _ in })
      .checkHistory(history, file: path ?? configuration.name)
  }

  /// Keeps the history of a run that was not to be recorded, since its verdict is not that the level holds.
  ///
  /// - Returns: where; nil when it cannot be written.
  private func keepEvidence(_ history: URL, started: Date) -> [URL]? {
    do throws(RecordingFiles.Failure) {
      let files = try RecordingFiles(.usual, name: configuration.name, started: started, repetition: nil)
      defer { files.removeParts() }
      try files.keep(copyOf: history)
      return files.targets
    } catch {
      complain("the history of this run is lost: \(error)")
      return nil
    }
  }

  private func writeReport(_ checked: CheckedFile, _ path: String) -> String? {
    do {
      let folder = ReportFolder(path: "checker-reports")
      let stem = ReportFolder.stems(for: [path])[0]
      let counterexamples = try folder.writeCounterexamples(checked, stem: stem)
      let json = JSONReport().json(checked, counterexamples: counterexamples)
      let files = ReportFiles(folder: folder, kinds: reports)
      let written = try files.write(checked, json: json, counterexamples: counterexamples, stem: stem)
      try files.writeIndex()
      return written.joined(separator: ", ")
    } catch {
      complain("\(error); judge the history with kvcheck --report-dir FOLDER")
      return nil
    }
  }

  private func text(
    _ run: ClusterRun.Outcome, _ history: History, _ targets: [URL], _ checked: CheckedFile?,
    _ report: String?
  ) -> String {
    var text = ""
    if !history.operations.isEmpty || run.load != nil || run.failure == nil {
      text +=
        style.paint(configuration.name, .heading)
        + ": \(configuration.level) by \(configuration.replicationProtocol), \(actors), seed \(seed)\n\n"
      let tables = [
        hasScripts ? RunSummary(history).text : nil, run.load.map { LoadSummary($0).text },
      ]
      text += tables.compactMap { $0 }.joined(separator: "\n") + "\n"
    }
    if !targets.isEmpty {
      text += "history: " + targets.map(\.relativePath).joined(separator: ", also ") + "\n"
    } else if !text.isEmpty {
      text += "no history was kept; add --record to keep one\n"
    }
    if let checked { text += "\n" + TextReport(style: style).text(checked, report: report) }
    return text
  }

  /// Whether there are clients with scripts, of which the summary tells what each saw.
  private var hasScripts: Bool { !configuration.clients.isEmpty || configuration.workload == nil }

  /// How many servers and clients there are.
  private var actors: String {
    var text = Quantity.count(configuration.servers.count, "server")
    if hasScripts { text += ", " + Quantity.count(configuration.clients.count, "client") }
    if let workload = configuration.workload {
      text += ", " + Quantity.count(workload.clients, hasScripts ? "further client" : "client")
      if workload.sessionsPerClient > 1 { text += " with \(workload.sessionsPerClient) sessions each" }
    }
    return text
  }

  /// Writes a text to a file, or to standard output for "-". False when it cannot be written, which standard error is told.
  private func deliver(_ text: String, _ path: String) -> Bool {
    guard path != "-" else { return say(text) }
    do {
      try Data((text + "\n").utf8).write(to: URL(filePath: path))
      return true
    } catch {
      complain("\(path): cannot be written: \(fileReason(error))")
      return false
    }
  }

  private func json(
    _ run: ClusterRun.Outcome, _ history: History, _ path: String?, _ checked: CheckedFile?
  ) -> JSON {
    [
      "name": JSON(configuration.name), "level": JSON(configuration.level.rawValue), "seed": JSON(seed),
      "history": path.map { JSON($0) } ?? nil, "clean": JSON(run.failure == nil),
      "failure": run.failure.map { JSON($0.description) } ?? nil,
      "warnings": .array(run.warnings.map { JSON($0) }),
      "summary": hasScripts ? RunSummary(history).json : .value(.null),
      "load": run.load.map { LoadSummary($0).json } ?? .value(.null),
      "check": checked.map { JSONReport().json($0) } ?? nil,
    ]
  }
}
