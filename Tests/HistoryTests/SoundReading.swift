import History
import Testing

/// Reads hostile bytes, and asks that an error points into the file and that a history keeps its promises.
func expectSoundReading(_ bytes: [UInt8], _ options: HistoryReader.Options, seed: UInt64) {
  do {
    let history = try HistoryReader(options).read(bytes, file: "fuzz")
    for operation in history.operations {
      guard operation.invoked <= operation.completed, Int(operation.key.index) < history.keys.count,
        Int(operation.value.index) < history.values.count,
        Int(operation.expected.index) < history.values.count
      else {
        Issue.record("a broken operation, seed \(seed)")
        return
      }
    }
  } catch {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let line = error.line, (1...lines.count).contains(line), !error.reason.isEmpty else {
      Issue.record("an error without a line of the file, seed \(seed): \(error)")
      return
    }
    if let column = error.column, column < 1 || column > lines[line - 1].count + 1 {
      Issue.record("an error beside its line, seed \(seed): \(error)")
    }
  }
}
