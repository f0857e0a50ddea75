public import Consistency
public import History
import KeyValue

/// Counterexamples as histories of their own: each a file that `kvcheck` reads like any other, and finds the same model
/// violated.
struct CounterexampleFile {
  /// The model that the operations violate.
  let model: Model
  /// The file's text.
  let bytes: [UInt8]

  /// The counterexamples of a history's verdicts: one for each that was found for its own sake.
  static func all(_ checked: CheckedFile) -> [CounterexampleFile] {
    guard case .judged(let history, let judgements) = checked.outcome else { return [] }
    return judgements.compactMap { judgement in
      guard judgement.follows == nil, case .violated(let counterexample) = judgement.verdict.outcome,
        counterexample.reason != .untold
      else { return nil }
      return CounterexampleFile(counterexample, judgement.verdict.model, history, checked.file)
    }
  }

  private init(
    _ counterexample: Counterexample, _ model: Model, _ history: History, _ file: String
  ) {
    self.model = model
    var run = RunDescription(
      name: (history.run?.name ?? "history") + " (\(model) counterexample)", level: model.rawValue,
      replicationProtocol: history.run?.replicationProtocol, servers: history.run?.servers)
    run.others["counterexample"] = [
      "of": JSON(file), "operations": .array(counterexample.operations.map { JSON($0.index) }),
    ]
    bytes = HistoryWriter(history.restricted(to: counterexample.operations), run: run).bytes
  }
}

extension ReportFolder {
  /// Writes the counterexamples of a history's verdicts, and removes those of earlier checks of a history of this name
  /// that are not true of this one.
  ///
  /// - Parameter stem: what the names of the history's reports begin with.
  /// - Returns: the path of each model's.
  /// - Throws: the failure of the first file that could not be written or removed.
  public func writeCounterexamples(
    _ checked: CheckedFile, stem: String
  ) throws(Failure) -> [Model: String] {
    var paths: [Model: String] = [:]
    for file in CounterexampleFile.all(checked) {
      paths[file.model] = try write(file.bytes, as: "\(stem)-\(file.model)-counterexample.jsonl")
    }
    if case .judged(_, let judgements) = checked.outcome {
      for judgement in judgements where paths[judgement.verdict.model] == nil {
        try remove("\(stem)-\(judgement.verdict.model)-counterexample.jsonl")
      }
    }
    return paths
  }
}
