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
  /// Which run it is, where there are several.
  let repetition: Int?
  let of: Int
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
    let files: RecordingFiles
    do throws(RecordingFiles.Failure) {
      files = try RecordingFiles(place, name: configuration.name, started: .now, repetition: repetition)
    } catch {
      complain(error.description)
      return Ending(status: .cannotCreate)
    }
    if let repetition, output == .text, !say(style.paint("run \(repetition) of \(of)", .heading)) {
      files.removeParts()
      return Ending(status: .cannotCreate)
    }

    let run = await ClusterRun.run(
      configuration,
      ClusterRun.Options(
        seed: seed, timeout: timeout, programs: programs, parts: files.parts, serverLogs: logFolder),
      interrupts: interrupts.stream())

    do throws(RecordingFiles.Failure) {
      try files.write(run.file)
    } catch {
      complain("\(error)\nwhat the clients recorded is kept in \(files.parts.relativePath)")
      return Ending(status: .cannotCreate)
    }
    files.removeParts()
    interrupts.endProgram(true)
    defer { interrupts.endProgram(false) }
    return conclude(run, files)
  }

  /// Where the servers' logs go: of several runs, each has a folder of its own.
  private var logFolder: URL? {
    guard let serverLogs else { return nil }
    let folder = URL(filePath: serverLogs)
    return repetition.map { folder.appending(path: "run-\($0)") } ?? folder
  }

  private func conclude(_ run: ClusterRun.Outcome, _ files: RecordingFiles) -> Ending {
    for warning in run.warnings { complain(warning) }
    if let failure = run.failure { complain(failure.description) }
    let path = files.targets.first?.relativePath
    let history: History
    do throws(HistoryError) {
      history = try HistoryReader().read(run.file, file: path ?? configuration.name)
    } catch {
      complain("the recording of this run cannot be read, which is a fault of kvrun: \(error)")
      return Ending(status: .fault)
    }
    // Who stopped the run does not wait for a verdict, and of a run without operations there is none.
    let isWorthChecking = run.failure != .interrupted && (run.failure == nil || !history.operations.isEmpty)
    let checked = isChecked && isWorthChecking ? check(history, path) : nil
    let report = checked.flatMap { writeReport($0, path) }
    let isSaid =
      switch output {
      case .text: say(text(history, hasFailed: run.failure != nil, files, checked, report))
      case .json: say(json(run, history, path, checked).indented)
      case .quiet: true
      }
    var statuses = [checked?.status ?? .holds]
    if !isSaid || (checked != nil && report == nil) { statuses.append(.cannotCreate) }
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

  private func writeReport(_ checked: CheckedFile, _ path: String?) -> String? {
    let folder = ReportFolder(path: "checker-reports")
    let name = ReportFolder.names(for: [path ?? configuration.name])[0]
    do {
      return try folder.write(JSONReport().json(checked).indented + "\n", as: name)
    } catch {
      complain("\(error)")
      return nil
    }
  }

  private func text(
    _ history: History, hasFailed: Bool, _ files: RecordingFiles, _ checked: CheckedFile?, _ report: String?
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
    if !files.targets.isEmpty {
      text += "history: " + files.targets.map(\.relativePath).joined(separator: ", also ") + "\n"
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
