import Foundation
import History
import KeyValue

/// Small recordings in the notations of other tools, one for each oddity.
enum Fixture {
  static func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)").path
  }

  static func read(
    _ name: String, _ options: HistoryReader.Options = .init()
  ) throws(HistoryError) -> History {
    try HistoryReader(options).read(path: path(name))
  }

  static let readable = [
    "one-a-line.edn", "vector-of-maps.edn", "list-of-maps.edn", "independent.edn", "namespaced.edn",
    "mutex.edn", "etcd.log", "later.log", "empty.log", "key-value.txt", "jepsen-names.jsonl",
  ]

  /// What was read, an operation a line: process, kind, key, what it expects and found or wrote, outcome, interval.
  static func lines(_ history: History) -> [String] {
    history.operations.map { operation in
      var line = "\(operation.process) \(operation.kind) \(history[operation.key])"
      if operation.kind == .compareAndSet { line += " \(history[operation.expected])" }
      line += operation.hasResult || operation.kind != .read ? " \(history[operation.value])" : " ?"
      line += " \(operation.outcome)\(operation.isMismatch ? " mismatch" : "")"
      let end = operation.completed == Operation.never ? "" : "\(operation.completed)"
      return line + " [\(operation.invoked)..\(end)]"
    }
  }
}
