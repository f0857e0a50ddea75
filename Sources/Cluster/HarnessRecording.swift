import Configuration
import Foundation
import History
import KeyValue

/// What the harness itself does to a run, recorded beside the clients' parts as it happens: a launcher that is killed in the
/// middle of a fault has told of it.
struct HarnessRecording {
  /// The part's file.
  static let name = "harness.jsonl"

  private let file: FileHandle
  private let path: String
  /// Why the recording ended early; nil when all is in it.
  private(set) var failure: String?

  /// Begins one in a folder of parts.
  init(in parts: URL) throws(RunFailure) {
    let url = parts.appending(path: Self.name)
    path = url.relativePath
    do {
      try Data().write(to: url)
      file = try FileHandle(forWritingTo: url)
    } catch {
      throw .recording("\(path): cannot be written: \(fileReason(error))")
    }
  }

  /// Records an event that happens now. The operating system has it when this returns, unless there is a ``failure``.
  mutating func note(_ process: String, _ function: String, _ value: JSON) {
    // Behind half a line a whole one would be broken.
    guard failure == nil else { return }
    let now = Recorder.Time.now()
    let event: JSONObject = [
      "time": JSON(now.wall), "mono": JSON(now.monotonic), "process": JSON(process), "type": "info",
      "f": JSON(function), "value": value,
    ]
    do {
      try file.write(contentsOf: Data((JSON.object(event).description + "\n").utf8))
    } catch {
      failure = "\(path): cannot be written: \(fileReason(error))"
    }
  }
}
