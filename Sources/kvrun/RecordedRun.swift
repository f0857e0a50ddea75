import Cluster
import Configuration
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

  func perform(interrupts: AsyncStream<Void>) async -> CheckStatus {
    let files = record.map { path in
      RecordingFiles(
        path: path.isEmpty ? nil : path, name: configuration.name, started: .now, repetition: repetition)
    }
    let parts = partsFolder(files)
    do {
      try files?.prepare()
      try FileManager.default.createDirectory(at: parts, withIntermediateDirectories: true)
    } catch let failure as RecordingFiles.Failure {
      complain(failure.description)
      return .cannotCreate
    } catch {
      complain("\(parts.path(percentEncoded: false)): cannot be made: \(error.localizedDescription)")
      return .cannotCreate
    }
    if let repetition, output == .text { say(style.paint("run \(repetition) of \(of)", .heading)) }

    let run = await ClusterRun.run(
      configuration,
      ClusterRun.Options(
        seed: seed, timeout: timeout, programs: programs, parts: parts,
        serverLogs: serverLogs.map { URL(filePath: $0) }),
      interrupts: interrupts)

    do throws(RecordingFiles.Failure) {
      try files?.write(run.file)
    } catch {
      complain("\(error)\nwhat the clients recorded is kept in \(parts.path(percentEncoded: false))")
      return .cannotCreate
    }
    try? FileManager.default.removeItem(at: parts)
    return conclude(run, files)
  }

  /// Where the clients record: beside the history, where somebody who lost the launcher will look, or out of the way.
  private func partsFolder(_ files: RecordingFiles?) -> URL {
    if let target = files?.targets.first {
      return target.deletingPathExtension().appendingPathExtension("parts")
    }
    return FileManager.default.temporaryDirectory.appending(path: "kvrun-\(UUID().uuidString)")
  }

  private func conclude(_ run: ClusterRun.Outcome, _ files: RecordingFiles?) -> CheckStatus {
    for warning in run.warnings { complain(warning) }
    if let failure = run.failure { complain(failure.description) }
    let path = files?.targets.first?.relativePath
    let history: History
    do throws(HistoryError) {
      history = try HistoryReader().read(run.file, file: path ?? configuration.name)
    } catch {
      complain("the recording of this run cannot be read, which is a fault of kvrun: \(error)")
      return .fault
    }
    let checked = isChecked ? check(history, path) : nil
    let report = checked.flatMap { writeReport($0, path) }
    switch output {
    case .text: say(text(history, files, checked, report))
    case .json: say(json(run, history, path, checked).indented)
    case .quiet: break
    }
    var statuses = [checked?.status ?? .holds]
    if checked != nil, report == nil { statuses.append(.cannotCreate) }
    if run.failure != nil { statuses.append(.unavailable) }
    return CheckStatus.worst(statuses)
  }

  private func check(_ history: History, _ path: String?) -> CheckedFile {
    CheckCommand(.init(files: []), print: { _ in }, complain: { _ in })
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
    _ history: History, _ files: RecordingFiles?, _ checked: CheckedFile?, _ report: String?
  ) -> String {
    let servers = configuration.servers.count
    var text =
      style.paint(configuration.name, .heading)
      + ": \(configuration.level) by \(configuration.replicationProtocol), \(servers) server\(servers == 1 ? "" : "s"), "
      + "\(configuration.clients.count) clients, seed \(seed)\n\n"
    text += RunSummary(history).text
    if let files {
      text += "\nhistory: " + files.targets.map(\.relativePath).joined(separator: ", also ") + "\n"
    } else {
      text += "\nno history was kept; add --record to keep one\n"
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

/// Writes a text to standard output.
func say(_ text: String) {
  FileHandle.standardOutput.write(Data((text + "\n").utf8))
}

/// Writes a message to standard error.
func complain(_ text: String) {
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "kvrun: \($0)\n" }
  FileHandle.standardError.write(Data(lines.joined().utf8))
}
