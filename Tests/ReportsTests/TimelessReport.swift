import KeyValue

extension JSON {
  /// A report on a file without how long each verdict took and where its counterexample was written.
  var timeless: JSON {
    guard var object else { return self }
    let verdicts = object["verdicts"]?.array?.map { verdict -> JSON in
      guard var verdict = verdict.object else { return verdict }
      verdict["elapsedSeconds"] = nil
      if var counterexample = verdict["counterexample"]?.object {
        counterexample["file"] = nil
        verdict["counterexample"] = .object(counterexample)
      }
      return .object(verdict)
    }
    object["verdicts"] = verdicts.map { .array($0) }
    return .object(object)
  }
}
