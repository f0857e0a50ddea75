import Configuration
public import Foundation
public import History

/// Where the history of a run goes, and where its clients record until then.
///
/// The clients' parts lie beside the history, where somebody who lost the launcher will look. Their folder is always a
/// new one: neither a folder of the user's nor the parts of an earlier run that was lost are written over.
public struct RecordingFiles: Sendable {
  /// Why a file cannot be written.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    /// One line for people.
    public let description: String
  }

  /// Where a history is kept.
  public enum Place: Sendable, Hashable {
    /// It is not kept.
    case nowhere
    /// In `histories/<name>-<stamp>.jsonl` and `histories/run.jsonl`, the latest.
    case usual
    /// In this file.
    case file(String)
  }

  /// The files that one history is written to, the first of which is the one to keep.
  public let targets: [URL]
  /// The folder for the clients' recordings, empty at first.
  public let parts: URL

  /// Settles the files and makes the folders, so that a run is not made in vain.
  ///
  /// - Parameters:
  ///   - name: the name of the configuration.
  ///   - started: when the run began.
  ///   - repetition: which of several runs it is, from 1; nil when there is one.
  public init(_ place: Place, name: String, started: Date, repetition: Int?) throws(Failure) {
    switch place {
    case .nowhere:
      targets = []
      parts = try Self.newParts(beside: Self.temporary)
    case .file(let path):
      let target = Self.numbered(URL(filePath: path), repetition)
      try Self.refuseFolder(target)
      targets = [target]
      // Beside a device or a pipe there is no place for them.
      if Self.isSpecial(target) {
        parts = try Self.newParts(beside: Self.temporary)
      } else {
        try Self.makeFolder(of: target)
        parts = try Self.newParts(beside: target)
      }
    case .usual:
      let folder = URL(filePath: "histories")
      let latest = folder.appending(path: "run.jsonl")
      try Self.refuseFolder(latest)
      try Self.makeFolder(of: latest)
      let stamp = started.formatted(
        .iso8601.year().month().day().dateSeparator(.omitted).time(includingFractionalSeconds: true)
          .timeSeparator(.omitted))
      // Of two runs that begin in one millisecond, the parts' folder tells them apart.
      parts = try Self.newParts(beside: folder.appending(path: "\(name)-\(stamp).jsonl"))
      targets = [parts.deletingPathExtension().appendingPathExtension("jsonl"), latest]
    }
  }

  /// Joins the parts of a history and puts it into each file: whole or not at all, except into what is no regular file.
  ///
  /// - Returns: where it can be read: the file to keep, or one among the parts where that is none to be read again.
  public func write(_ history: PartedHistory) throws(Failure) -> URL {
    // Until it is whole it lies among the parts, where there is nothing of somebody else's, and a launcher that is killed
    // leaves all that it leaves in one place.
    let draft = parts.appending(path: "history.jsonl")
    try Self.write(history, to: draft)
    do throws(Failure) {
      guard let kept = targets.first, !Self.isSpecial(kept) else {
        try keep(copyOf: draft)
        return draft
      }
      for target in targets.dropFirst() { try Self.copy(draft, to: target) }
      guard rename(draft.path(percentEncoded: false), kept.path(percentEncoded: false)) == 0 else {
        throw Self.cannotWrite(kept, String(cString: strerror(errno)))
      }
      return kept
    } catch {
      // Of no use beside the parts that it was made of.
      try? FileManager.default.removeItem(at: draft)
      throw error
    }
  }

  /// Copies a history that is whole to each file.
  public func keep(copyOf history: URL) throws(Failure) {
    for target in targets { try Self.copy(history, to: target) }
  }

  private static func copy(_ history: URL, to target: URL) throws(Failure) {
    do {
      let source = try FileHandle(forReadingFrom: history)
      let file = try StreamedFile(path: target.path(percentEncoded: false))
      while let block = try source.read(upToCount: 1 << 18), !block.isEmpty { try file.write(Array(block)) }
      try file.finish()
    } catch let failure as StreamedFile.Failure {
      throw cannotWrite(target, String(cString: strerror(failure.code)))
    } catch {
      throw Failure(description: "\(history.relativePath): cannot be read: \(fileReason(error))")
    }
  }

  private static func write(_ history: PartedHistory, to target: URL) throws(Failure) {
    do throws(HistoryMerge.Failure) {
      try history.write(to: target.path(percentEncoded: false))
    } catch {
      switch error {
      case .part(let error): throw Failure(description: error.description)
      case .file(let failure): throw cannotWrite(target, String(cString: strerror(failure.code)))
      }
    }
  }

  private static func cannotWrite(_ target: URL, _ reason: String) -> Failure {
    Failure(description: "\(target.relativePath): cannot be written: \(reason)")
  }

  /// Writes a history that was made of a folder of parts.
  ///
  /// - Parameter path: where to; nil for beside the folder, where it was meant to be, unless there is something already.
  /// - Returns: where it is.
  public static func recover(
    _ history: PartedHistory, from parts: String, to path: String?
  ) throws(Failure) -> URL {
    let target =
      path.map { URL(filePath: $0) }
      ?? URL(filePath: parts, directoryHint: .notDirectory).deletingPathExtension()
      .appendingPathExtension("jsonl")
    guard path != nil || kind(of: target) == nil else {
      throw Failure(
        description: "\(target.relativePath): there is such a file already; name another with --record PATH")
    }
    try refuseFolder(target)
    try makeFolder(of: target)
    try write(history, to: target)
    return target
  }

  /// Removes the parts, once the history is safe, or whatever there is of it has been read.
  public func removeParts() {
    try? FileManager.default.removeItem(at: parts)
  }

  private static var temporary: URL {
    FileManager.default.temporaryDirectory.appending(path: "kvrun-\(UUID().uuidString)")
  }

  private static func numbered(_ url: URL, _ repetition: Int?) -> URL {
    guard let repetition, !isSpecial(url) else { return url }
    let ending = url.pathExtension.isEmpty ? "" : ".\(url.pathExtension)"
    let stem = url.deletingPathExtension().lastPathComponent
    return url.deletingLastPathComponent().appending(path: "\(stem)-\(repetition)\(ending)")
  }

  private static func makeFolder(of target: URL) throws(Failure) {
    let folder = target.deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw cannotMake(folder, fileReason(error))
    }
  }

  /// Makes `x.parts` for `x.jsonl`, or `x-2.parts` if there is something of that name.
  private static func newParts(beside target: URL) throws(Failure) -> URL {
    let stem = target.deletingPathExtension().lastPathComponent
    var name = stem
    var number = 1
    while true {
      let folder = target.deletingLastPathComponent().appending(path: "\(name).parts")
      if folder.lastPathComponent != target.lastPathComponent {
        if mkdir(folder.path(percentEncoded: false), 0o777) == 0 { return folder }
        guard errno == EEXIST else { throw cannotMake(folder, String(cString: strerror(errno))) }
      }
      number += 1
      name = "\(stem)-\(number)"
    }
  }

  private static func cannotMake(_ folder: URL, _ reason: String) -> Failure {
    Failure(
      description:
        "\(folder.relativePath): the folder cannot be made: \(reason); choose another place with --record PATH"
    )
  }

  private static func refuseFolder(_ target: URL) throws(Failure) {
    guard kind(of: target) == S_IFDIR else { return }
    throw Failure(description: "\(target.relativePath): cannot be written: it is a folder; name a file in it")
  }

  /// Whether something other than a regular file is there already: a device, a pipe.
  private static func isSpecial(_ target: URL) -> Bool {
    kind(of: target).map { $0 != S_IFREG } ?? false
  }

  private static func kind(of target: URL) -> mode_t? {
    var status = stat()
    return stat(target.path(percentEncoded: false), &status) == 0 ? status.st_mode & S_IFMT : nil
  }
}
