import Consistency
import History

/// Verdicts as JUnit's XML, which pipelines show as test results: a suite for each history, a case for each model.
///
/// A model that was asked about and is violated is a failure, one that was not decided an error. What was judged only for
/// information and does not hold is skipped, since it does not count for the exit status either.
struct JUnitReport {
  func text(_ files: [CheckedFile]) -> String {
    let suites = files.enumerated().map { suite($0.element, id: $0.offset) }
    func sum(_ name: String) -> Int { suites.reduce(0) { $0 + ($1[name] as? Int ?? 0) } }
    return Templates.render(
      "junit",
      [
        "suites": suites, "tests": sum("tests"), "failures": sum("failures"), "errors": sum("errors"),
      ])
  }

  private func suite(_ checked: CheckedFile, id: Int) -> [String: Any] {
    var suite: [String: Any] = [
      "id": id, "name": checked.file, "timestamp": "1970-01-01T00:00:00", "hostname": "unknown",
      "package": "kvcheck",
    ]
    var cases: [[String: Any]] = []
    switch checked.outcome {
    case .judged(let history, let judgements):
      if let started = history.run?.started, Self.isTime(started) {
        suite["timestamp"] = String(started.prefix(19))
      }
      if let host = history.run?.host, !host.isEmpty { suite["hostname"] = host }
      suite["properties"] = properties(history)
      cases = judgements.map { testCase($0, history, checked.file) }
      suite["time"] = seconds(judgements.reduce(.zero) { $0 + $1.elapsed })
    case .unreadable(let error):
      let type = error.kind
      cases = [unjudged(checked.file, type, error.description)]
    case .noModel(let reason): cases = [unjudged(checked.file, "no-model", reason)]
    case .fault(let reason): cases = [unjudged(checked.file, "fault", reason)]
    }
    suite["cases"] = cases
    suite["tests"] = cases.count
    suite["failures"] = cases.count { $0["failure"] != nil }
    suite["errors"] = cases.count { $0["error"] != nil }
    suite["skips"] = cases.count { $0["skipped"] != nil }
    if suite["time"] == nil { suite["time"] = "0" }
    return suite
  }

  private func properties(_ history: History) -> [[String: Any]] {
    guard let run = history.run else { return [] }
    let all: [(String, String?)] = [
      ("run", run.name), ("level", run.level), ("protocol", run.replicationProtocol),
      ("servers", run.servers.map { "\($0)" }), ("seed", run.seed.map { "\($0)" }),
    ]
    return all.compactMap { name, value in value.map { ["name": name, "value": $0] } }
  }

  private func testCase(
    _ judgement: CheckedFile.Judgement, _ history: History, _ file: String
  ) -> [String: Any] {
    let verdict = judgement.verdict
    let explanation = Explanation(verdict, of: history, follows: judgement.follows)
    var result: [String: Any] = [
      "name": verdict.model.rawValue, "classname": file, "time": seconds(judgement.elapsed),
    ]
    var text = explanation.sentences
    if case .violated(let counterexample) = verdict.outcome {
      text += [""] + Timeline(narration: Narration(history), operations: counterexample.operations).lines
    }
    let problem: [String: Any] = [
      "message": explanation.headline, "type": explanation.code, "text": text.joined(separator: "\n"),
    ]
    switch verdict.outcome {
    case .holds: break
    case _ where !judgement.isAsked:
      result["skipped"] = ["message": "For information: " + explanation.headline]
    case .violated: result["failure"] = problem
    case .undecided: result["error"] = problem
    }
    return result
  }

  private func unjudged(_ file: String, _ type: String, _ reason: String) -> [String: Any] {
    let error = ["message": reason.printable, "type": type, "text": reason.printable]
    return ["name": "read", "classname": file, "time": "0", "error": error]
  }

  private func seconds(_ duration: Duration) -> String {
    TimeText.fixed(
      Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18, places: 6)
  }

  /// Whether a text begins like 2026-11-22T10:00:00, which is the form that readers of JUnit's XML insist on.
  private static func isTime(_ text: String) -> Bool {
    let form = "dddd-dd-ddTdd:dd:dd"
    return text.count >= form.count
      && zip(text, form).allSatisfy { $1 == "d" ? ("0"..."9").contains($0) : $0 == $1 }
  }
}
