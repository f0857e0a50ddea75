import Configuration
import Consistency
import Foundation
import History
import KeyValue
import Replication
import Reports
import Simulation

/// What one call of `kvsim` does and prints.
struct Session {
  let command: KVSim
  let swarm: Swarm

  func perform() async throws -> CheckStatus {
    if let seeds = command.seeds { return try await runMany(seeds.range) }
    let seed = command.seed ?? swarm.configuration.simulation?.seed ?? 0
    let judgement = try swarm.judge(seed, isTraced: isTold)
    var result = Swarm.Result()
    result.statistics = judgement.run.statistics
    let status = judgement.isFailure ? CheckStatus.violated : CheckStatus(judgement.verdict)
    say("seed \(seed): \(headline(judgement))")
    say(SimulationText.statistics(result))
    return try show(judgement, status)
  }

  private func runMany(_ seeds: ClosedRange<UInt64>) async throws -> CheckStatus {
    let clock = ContinuousClock()
    let started = clock.now
    let showsProgress = isatty(STDERR_FILENO) != 0 && !command.quiet
    let total = seeds.upperBound - seeds.lowerBound + 1
    let result = try await swarm.run(seeds) { done in
      if showsProgress, done % 100 == 0 { Terminal.progress("\(done) of \(total) runs") }
    }
    if showsProgress { Terminal.progress("") }
    let seconds = (clock.now - started) / .seconds(1)
    say(SimulationText.statistics(result))
    say(
      "\(result.statistics.operations) operations in \(SimulationText.rounded(seconds)) s: "
        + "\(Int(Double(result.statistics.operations) / max(seconds, 0.001))) a second")
    for seed in result.undecided {
      complain("seed \(seed): undecided; allow it more with --configuration-limit")
    }
    guard let first = result.failures.first else {
      if result.vacuous == result.statistics.runs {
        complain("no run proved anything: nothing was written, or nothing read")
        return .undecided
      }
      if result.undecided.isEmpty { say("every run holds") }
      return result.undecided.isEmpty ? .holds : .undecided
    }
    for failure in result.failures {
      complain(
        "seed \(failure.seed): "
          + [failure.isViolation ? "violates \(modelName)" : nil, failure.failure?.description].compactMap(
            \.self
          )
          .joined(separator: "; ") + "; again: \(again(failure.seed))")
    }
    return try show(swarm.judge(first.seed, isTraced: isTold), .violated)
  }

  /// Whether somebody wants to know what happened, message for message.
  private var isTold: Bool { command.story || !command.report.isEmpty }

  var modelName: String { (swarm.model ?? swarm.configuration.level.model).rawValue }

  /// The command that runs a seed again.
  private func again(_ seed: UInt64) -> String {
    var words = ["kvsim", command.config, "--seed", "\(seed)"]
    if let level = command.level { words += ["--level", level.rawValue] }
    if let model = command.model { words += ["--model", model.rawValue] }
    return words.joined(separator: " ")
  }

  private func headline(_ judgement: Judgement) -> String {
    let explanation = Explanation(judgement.verdict, of: judgement.history)
    return ([explanation.headline] + (judgement.run.failure.map { ["But \($0)."] } ?? [])).joined(
      separator: " ")
  }

  private func reasons(_ judgement: Judgement) -> [String] {
    let explanation = Explanation(judgement.verdict, of: judgement.history)
    let failure = judgement.run.failure.map { ["\($0)"] } ?? []
    return (judgement.verdict.isViolated ? [explanation.headline] + explanation.sentences : []) + failure
  }

  /// Keeps and tells what was asked for.
  func show(_ judgement: Judgement, _ status: CheckStatus) throws -> CheckStatus {
    var judgement = judgement
    if judgement.isFailure, let path = command.shrink {
      var shrinker = try ScenarioShrinker(swarm, seed: judgement.seed)
      judgement = try retold(shrinker.shrink())
      guard keep(Array((judgement.configuration.json.indented + "\n").utf8), path) else {
        return .cannotCreate
      }
      let clients = judgement.configuration.clients
      say(
        "shrunk in \(Quantity.count(shrinker.runs, "run")) to "
          + "\(Quantity.count(clients.reduce(0) { $0 + $1.requests.count }, "operation")) of "
          + "\(Quantity.count(clients.count, "client")), "
          + "\(Quantity.count(judgement.configuration.servers.count, "server")) and "
          + "\(Quantity.count(judgement.configuration.faults?.entries.count ?? 0, "fault")): kvsim \(path)"
          + (command.model.map { " --model \($0.rawValue)" } ?? ""))
    }
    if let path = command.record, !keep(judgement.run.historyFile, path) { return .cannotCreate }
    if !command.report.isEmpty, !report(judgement) { return .cannotCreate }
    if command.story || (judgement.isFailure && command.shrink != nil) {
      tell(Story(judgement, reasons: reasons(judgement)).text)
    } else if judgement.isFailure {
      for reason in reasons(judgement) { complain(reason) }
    }
    return status
  }

  /// The same run again, which tells what its servers held, too.
  private func retold(_ judgement: Judgement) throws -> Judgement {
    try Judgement(
      running: judgement.configuration, seed: judgement.seed, model: swarm.model, limits: swarm.limits,
      isTraced: true, showsStores: true, makeReplica: swarm.makeReplica)
  }

  /// Writes the reports.
  private func report(_ judgement: Judgement) -> Bool {
    let file = command.record ?? command.shrink ?? command.config
    let stem = ReportFolder.stems(for: [file])[0]
    let number = command.record == nil && command.shrink == nil && !command.exhaustive
    let diagram = SpaceTimeDiagram(judgement, title: headline(judgement), reasons: reasons(judgement))
    let picture = SpaceTimePicture(diagram)
    if picture == nil {
      complain(
        "a run of \(diagram.lanes.count) clients and servers is not drawn, at most \(SpaceTimePicture.lanesMax) are; "
          + "--shrink makes a failure smaller")
    }
    let checker = CheckCommand(
      .init(files: [], models: [swarm.model ?? swarm.configuration.level.model]), print: { _ in },
      complain: { complain($0) })
    let checked = checker.checkHistory(judgement.history, file: file)
    do throws(ReportFolder.Failure) {
      let files = ReportFiles(folder: ReportFolder(path: command.reportDir), kinds: command.report)
      let paths = try files.write(
        checked, stem: number ? "\(stem)-\(judgement.seed)" : stem, spaceTime: picture)
      try files.writeIndex()
      say("report: " + paths.joined(separator: ", "))
      return true
    } catch {
      complain("\(error); name another place with --report-dir")
      return false
    }
  }

  func say(_ text: String) {
    if !command.quiet { tell(text) }
  }

  private func tell(_ text: String) { Terminal.print(text + "\n", command: "kvsim") }

  private func keep(_ bytes: [UInt8], _ path: String) -> Bool {
    do throws(ReportFolder.Failure) {
      let file = try StreamedFile(path: path)
      try file.write(bytes)
      try file.finish()
      return true
    } catch {
      complain(error.description)
      return false
    }
  }
}
