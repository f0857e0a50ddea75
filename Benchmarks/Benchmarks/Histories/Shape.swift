import Foundation
import History

/// What a generated history looks like. Equal shapes are equal histories, byte for byte.
struct Shape {
  var name: String
  var options = HistoryGenerator.Options()

  init(_ name: String, operations: Int, _ change: (inout HistoryGenerator.Options) -> Void = { _ in }) {
    self.name = name
    options.operations = operations
    options.processes = 25
    options.keys = 100
    change(&options)
  }

  /// The text of the history.
  func bytes() -> [UInt8] {
    var bytes: [UInt8] = []
    HistoryGenerator(options).write { bytes += $0 }
    return bytes
  }

  /// The history.
  func history() throws -> History {
    try HistoryReader().read(bytes(), file: name)
  }

  /// The history as a file in a folder of its own, which the caller removes.
  func file(_ notation: Notation) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "benchmark-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: "history")
    switch notation {
    case .jsonLines, .gzip:
      try Data(bytes()).write(to: file)
    case .edn:
      var text: [UInt8] = []
      _ = try HistoryConversion(to: .edn).convert(bytes(), file: name) { text += $0 }
      try Data(text).write(to: file)
    }
    guard notation == .gzip else { return file }
    let gzip = Process()
    gzip.executableURL = URL(filePath: "/usr/bin/env")
    gzip.arguments = ["gzip", file.path]
    try gzip.run()
    gzip.waitUntilExit()
    return file.appendingPathExtension("gz")
  }
}

/// How a history is written down.
enum Notation: String {
  case jsonLines = "JSON Lines"
  case edn = "EDN"
  case gzip = "JSON Lines, gzip"
}

/// A number with a unit that a table has room for.
func short(_ count: Int) -> String {
  count >= 1_000_000 ? "\(count / 1_000_000)M" : "\(count / 1000)k"
}
