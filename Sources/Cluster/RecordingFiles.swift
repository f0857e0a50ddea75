public import Foundation

/// Where the histories of a run go.
public struct RecordingFiles: Sendable {
  /// Why a file cannot be written.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    /// One line for people.
    public let description: String
  }

  /// The files that one history is written to, the first of which is the one to keep.
  public let targets: [URL]

  /// The files for a recording.
  ///
  /// - Parameters:
  ///   - path: the one file to write; nil for `histories/<name>-<stamp>.jsonl` and `histories/run.jsonl`, the latest.
  ///   - name: the name of the configuration.
  ///   - started: when the run began.
  ///   - repetition: which of several runs it is, from 1; nil when there is one.
  public init(path: String?, name: String, started: Date, repetition: Int?) {
    if let path {
      let url = URL(filePath: path)
      guard let repetition else {
        targets = [url]
        return
      }
      let stem = url.deletingPathExtension().lastPathComponent
      let ending = url.pathExtension.isEmpty ? "" : ".\(url.pathExtension)"
      targets = [url.deletingLastPathComponent().appending(path: "\(stem)-\(repetition)\(ending)")]
    } else {
      let stamp = started.formatted(
        .iso8601.year().month().day().dateSeparator(.omitted).time(includingFractionalSeconds: true)
          .timeSeparator(.omitted))
      let folder = URL(filePath: "histories")
      targets = [folder.appending(path: "\(name)-\(stamp).jsonl"), folder.appending(path: "run.jsonl")]
    }
  }

  /// Sees to it that the folder is there and can be written to, and the file is none itself, so that a run is not made
  /// in vain.
  public func prepare() throws(Failure) {
    for target in targets {
      let folder = target.deletingLastPathComponent()
      let path = folder.path(percentEncoded: false)
      do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      } catch {
        throw Failure(description: "\(path): cannot be made: \(error.localizedDescription)")
      }
      guard FileManager.default.isWritableFile(atPath: path) else {
        throw Failure(description: "\(path): cannot be written to; choose another place with --record PATH")
      }
      guard Self.kind(of: target) != .typeDirectory else {
        throw Failure(description: "\(target.relativePath): is a folder; name a file with --record PATH")
      }
    }
  }

  private static func kind(of target: URL) -> FileAttributeType? {
    let target = target.resolvingSymlinksInPath().path(percentEncoded: false)
    return try? FileManager.default.attributesOfItem(atPath: target)[.type] as? FileAttributeType
  }

  /// Writes the history to each file, whole or not at all.
  public func write(_ bytes: [UInt8]) throws(Failure) {
    for target in targets {
      do {
        // To write whole or not at all is to put another file in the place. A pipe or a device must stay what it is.
        let isReplaceable = [nil, .typeRegular].contains(Self.kind(of: target))
        try Data(bytes).write(to: target, options: isReplaceable ? .atomic : [])
      } catch {
        throw Failure(
          description: "\(target.relativePath): cannot be written: \(error.localizedDescription)")
      }
    }
  }
}
