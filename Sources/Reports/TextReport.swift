public import Consistency
import History
import KeyValue

/// A file and its verdicts for the eyes of a person: what was run, how much of it there is, what was decided and why.
public struct TextReport: Sendable {
  /// The colours.
  public let style: TerminalStyle

  private static let width = 100
  private static let witnessMax = 8

  /// Makes a writer of reports.
  public init(style: TerminalStyle = .plain) {
    self.style = style
  }

  /// The report, ending with a line break.
  ///
  /// - Parameters:
  ///   - report: where the JSON report is, for those who want more.
  ///   - counterexamples: where the counterexamples are that were written as histories of their own.
  public func text(
    _ checked: CheckedFile, report: String? = nil, counterexamples: [Model: String] = [:]
  ) -> String {
    let name = checked.file == "-" ? "standard input" : checked.file.printable
    switch checked.outcome {
    case .unreadable(let error):
      return error.description.printable + "\n"
    case .noModel(let sentence), .fault(let sentence):
      return name + ": " + sentence.printable + "\n"
    case .judged(let history, let judgements):
      var lines = [style.paint(name, .heading)]
      lines += head(history)
      if judgements.count == Model.allCases.count { lines += [""] + spectrum(judgements, history) }
      if let staleness = checked.staleness {
        lines.append("  staleness:           " + describe(staleness, history))
      }
      for judgement in toTell(judgements) { lines += [""] + body(judgement, history) }
      let files = toTell(judgements).compactMap { counterexamples[$0.verdict.model] }
      if !files.isEmpty { lines.append("") }
      lines += files.map { style.paint("Counterexample: \($0.printable)", .faint) }
      if let report { lines += ["", style.paint("Report: \(report.printable)", .faint)] }
      return lines.joined(separator: "\n") + "\n"
    }
  }

  /// The rows of a file in a summary, one for each model.
  public func summaryRows(_ checked: CheckedFile) -> [[String]] {
    switch checked.outcome {
    case .judged(let history, let judgements):
      judgements.map { judgement in
        [
          checked.file, judgement.verdict.model.description, word(judgement.verdict),
          history.operations.count.description,
          Explanation(judgement.verdict, of: history, follows: judgement.follows).code,
        ]
      }
    case .unreadable(let error):
      [[checked.file, "", "not judged", "", error.kind]]
    case .noModel: [[checked.file, "", "not judged", "", "no-model"]]
    case .fault: [[checked.file, "", "not judged", "", "fault"]]
    }
  }

  /// The summary of several files.
  public func summary(_ rows: [[String]]) -> String {
    var table = Table(["file", "model", "verdict", .number("operations"), "reason"])
    for row in rows { table.append(row) }
    return table.text
  }

  // MARK: What was run

  private func head(_ history: History) -> [String] {
    var lines: [String] = []
    func line(_ title: String, _ text: String) {
      let filled = title + String(repeating: " ", count: max(0, 12 - title.count))
      lines += wrap(text, indent: 14, first: "  " + style.paint(filled, .faint))
    }
    if let run = history.run { line("run", describe(run)) }
    let counts = HistoryCounts(history)
    line("operations", describe(counts))
    line("extent", extent(counts))
    if counts.operations > 0 { line("clock", describe(history.clock)) }
    for warning in history.warnings { line("warning", warning.printable) }
    return lines
  }

  func describe(_ run: RunDescription) -> String {
    var parts = [run.name.isEmpty ? "(no name)" : run.name]
    if let level = run.level { parts.append("promised \(level)") }
    if let name = run.replicationProtocol { parts.append(name) }
    if let servers = run.servers { parts.append(Quantity.count(servers, "server")) }
    if let seed = run.seed { parts.append("seed \(seed)") }
    if let started = run.started { parts.append(started) }
    return parts.map { $0.shortened().printable }.joined(separator: ", ")
  }

  func describe(_ counts: HistoryCounts) -> String {
    var kinds = [Quantity.count(counts.reads, "read"), Quantity.count(counts.writes, "write")]
    if counts.compareAndSets > 0 { kinds.append("\(counts.compareAndSets) cas") }
    return "\(counts.operations) (\(kinds.joined(separator: ", "))): "
      + "\(counts.ok) ok, \(counts.failed) failed, \(counts.unknown) unknown"
  }

  func extent(_ counts: HistoryCounts) -> String {
    var parts = [
      Quantity.count(counts.processes, "process", "processes"), Quantity.count(counts.keys, "key"),
    ]
    if counts.servers > 0 { parts.append(Quantity.count(counts.servers, "server")) }
    if counts.faults > 0 { parts.append(Quantity.count(counts.faults, "fault")) }
    if let nanoseconds = counts.nanoseconds { parts.append(TimeText.duration(nanoseconds: nanoseconds)) }
    return parts.joined(separator: ", ")
  }

  func describe(_ clock: History.Clock) -> String {
    switch clock {
    case .monotonic: "the monotonic clock of one host"
    case .wall(let error): "wall clocks, each within \(TimeText.duration(nanoseconds: error))"
    case .order: "none: the order of the file counts"
    }
  }

  // MARK: What was decided

  /// The verdicts to tell at length: those asked for. When nothing in particular was, the strongest models that hold and
  /// the weakest that fail say it all.
  func toTell(_ judgements: [CheckedFile.Judgement]) -> [CheckedFile.Judgement] {
    guard judgements.count == Model.allCases.count, judgements.allSatisfy(\.isAsked) else {
      return judgements.filter(\.isAsked)
    }
    let verdicts = judgements.map(\.verdict)
    let telling = verdicts.strongestThatHold + verdicts.weakestThatFail
    let told = judgements.filter { telling.contains($0.verdict.model) }
    return told.isEmpty ? Array(judgements.prefix(1)) : told
  }

  /// How stale reads are, in numbers, and why there are only bounds where that is so.
  func describe(_ staleness: Staleness, _ history: History) -> String {
    func text(_ bound: Staleness.Bound, _ show: (Int64) -> String) -> String {
      switch bound {
      case .exactly(let number): show(number)
      case .atLeast(let number): "at least " + show(number)
      case .unbounded: "unbounded"
      case .unknown: "unknown"
      }
    }
    let delta = text(staleness.delta) { TimeText.duration(nanoseconds: $0) }
    let isMeasured = staleness.delta != .unknown
    let numbers =
      isMeasured
      ? "\u{394} \(delta), k \(text(staleness.versions) { $0.description })"
      : "not measured"
    let reasons = Staleness.Obstacle.allCases.compactMap { obstacle -> String? in
      let keys = staleness.unknown.filter { $0.because == obstacle }
      guard let first = keys.first else { return nil }
      let name = Narration(history).key(first.key)
      let names = keys.count > 1 ? "\(keys.count) keys, such as \(name)," : "key \(name)"
      return "\(names) \(clause(obstacle))"
    }
    return reasons.isEmpty ? numbers : numbers + "; not counted: " + reasons.joined(separator: "; ")
  }

  private func clause(_ obstacle: Staleness.Obstacle) -> String {
    switch obstacle {
    case .repeatedValues: "where values repeat"
    case .comparedAndSet: "with compare-and-sets"
    case .unwrittenValue: "where something was read that nothing wrote"
    case .limit: "at which a limit was reached"
    }
  }

  /// All models at a glance.
  private func spectrum(_ judgements: [CheckedFile.Judgement], _ history: History) -> [String] {
    var table = Table(["model", "verdict", "time", "decided by"])
    for judgement in judgements {
      let how: (time: String, procedures: String) =
        judgement.follows.map { ("-", "follows from \($0)") }
        ?? (TimeText.duration(judgement.elapsed), reason(judgement, history))
      table.append([
        judgement.verdict.model.description, word(judgement.verdict), how.time, how.procedures,
      ])
    }
    var lines = table.text.split(separator: "\n").map { "  " + $0 }
    func list(_ models: [Model]) -> String {
      models.isEmpty ? "none" : models.map(\.description).joined(separator: ", ")
    }
    let verdicts = judgements.map(\.verdict)
    lines += ["", "  strongest that hold: " + list(verdicts.strongestThatHold)]
    lines += ["  weakest that fail:   " + list(verdicts.weakestThatFail)]
    return lines
  }

  /// What decided, or why nothing did: "limit reached".
  private func reason(_ judgement: CheckedFile.Judgement, _ history: History) -> String {
    guard case .undecided = judgement.verdict.outcome else { return DecisionText(judgement).procedures }
    return Explanation(judgement.verdict, of: history).code.map { $0 == "-" ? " " : String($0) }.joined()
  }

  func word(_ verdict: Verdict) -> String {
    switch verdict.outcome {
    case .holds: "holds"
    case .violated: "violated"
    case .undecided: "undecided"
    }
  }

  private func body(_ judgement: CheckedFile.Judgement, _ history: History) -> [String] {
    let verdict = judgement.verdict
    let explanation = Explanation(verdict, of: history, follows: judgement.follows)
    let meaning: TerminalStyle.Meaning =
      verdict.holds ? .good : verdict.isViolated ? .bad : .doubtful
    let configurations =
      verdict.configurationsExplored > 0
      ? ", " + Quantity.count(verdict.configurationsExplored, "configuration") : ""
    let procedures = DecisionText(judgement).procedures
    let work =
      judgement.follows == nil
      ? TimeText.duration(judgement.elapsed) + configurations
        + (procedures.isEmpty ? "" : ", by \(procedures)") : "implied"
    var lines = [
      style.paint(word(verdict).uppercased(), meaning) + "  " + style.paint(explanation.headline, .heading)
        + "  " + style.paint("(\(work))", .faint)
    ]
    for sentence in explanation.sentences { lines += wrap(sentence, indent: 2, first: "  ") }
    let narration = Narration(history)
    switch verdict.outcome {
    case .holds(let witness): lines += show(witness, narration)
    case .violated(let counterexample):
      let picture = Timeline(narration: narration, operations: counterexample.operations).lines
      if !picture.isEmpty { lines += [""] + picture.map { "    " + $0 } }
    case .undecided: break
    }
    // The checker passes the recording's warnings on; the head has them already.
    for warning in verdict.warnings where !history.warnings.contains(warning) {
      lines += wrap(
        warning.asSentence.printable, indent: 11, first: "  " + style.paint("warning", .doubtful) + "  ")
    }
    return lines
  }

  private func show(_ witness: Witness, _ narration: Narration) -> [String] {
    switch witness {
    case .readsFrom:
      return []
    case .orderOfEachProcess(let orders, let common):
      func line(_ name: String, _ operations: [OperationID]) -> [String] {
        let text = first(operations) { "\(narration.brief($0)) (\(narration.who($0)))" }
        return wrap("\(name): \(text)", indent: 6, first: "    ")
      }
      return orders.prefix(Self.witnessMax).flatMap { line("process \($0.process)", $0.operations) }
        + (common.isEmpty ? [] : line("the others", common))
    case .order(let operations), .arbitration(let operations, _):
      let text = first(operations) { "\(narration.brief($0)) (\(narration.who($0)))" }
      return wrap(text, indent: 4, first: "    ")
    case .orderOfEachKey(let orders):
      var lines = orders.prefix(Self.witnessMax).flatMap { order in
        let key = narration.key(order.key) + ": "
        let text = first(order.operations) { id in
          let value = narration.brief(id).replacingKey(narration.key(order.key))
          return "\(value) (\(narration.who(id)))"
        }
        return wrap(key + text, indent: 6, first: "    ")
      }
      if orders.count > Self.witnessMax {
        lines.append("    ... and \(orders.count - Self.witnessMax) more keys")
      }
      return lines
    case .agreement(let agreements):
      var table = Table(["key", "value", .number("final reads"), "converged within"])
      for agreement in agreements.prefix(Self.witnessMax) {
        table.append([
          narration.key(agreement.key), narration.value(agreement.value), agreement.reads.count.description,
          agreement.converged.map { TimeText.duration(nanoseconds: $0) } ?? "-",
        ])
      }
      var lines = table.text.split(separator: "\n").map { "    " + $0 }
      if agreements.count > Self.witnessMax {
        lines.append("    ... and \(agreements.count - Self.witnessMax) more keys")
      }
      return lines
    }
  }

  private func first(_ operations: [OperationID], _ describe: (OperationID) -> String) -> String {
    let shown = operations.prefix(Self.witnessMax).map(describe).joined(separator: ", ")
    return operations.count > Self.witnessMax ? shown + ", ... (\(operations.count) in all)" : shown
  }

  /// Breaks a text between words into lines that fit.
  private func wrap(_ text: String, indent: Int, first: String) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, indent + line.count + 1 + word.count > Self.width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    lines.append(line)
    let margin = String(repeating: " ", count: indent)
    return lines.enumerated().map { ($0.offset == 0 ? first : margin) + $0.element }
  }
}

extension String {
  /// "read a 17" without its key: "read 17".
  fileprivate func replacingKey(_ key: String) -> String {
    let words = split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[1].hasPrefix(key) else { return self }
    return String(words[0] + words[1].dropFirst(key.count))
  }
}
