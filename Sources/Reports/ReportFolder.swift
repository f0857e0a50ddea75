public import History

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A folder that keeps the reports on each history.
public struct ReportFolder: Sendable {
  /// Why a report was not written.
  public typealias Failure = StreamedFile.Failure

  /// The path of the folder.
  public let path: String

  /// Names a folder, which is made when the first report is written.
  public init(path: String) {
    self.path = path
  }

  /// What the names of each history's reports begin with: that of the file without its extension, numbered where several
  /// files of one check would get the same.
  public static func stems(for files: [String]) -> [String] {
    var taken: Set<String> = []
    return files.map { file in
      let last = file.split(separator: "/").last.map(String.init) ?? "history"
      let base = file == "-" ? "stdin" : last.lastIndex(of: ".").map { String(last[..<$0]) } ?? last
      var name = base.isEmpty ? last : base
      var number = 2
      while !taken.insert(name).inserted {
        name = "\(base)-\(number)"
        number += 1
      }
      return name
    }
  }

  /// Writes a report: all of it or nothing, whatever happens meanwhile. Makes the folder if there is none.
  ///
  /// - Returns: its path.
  /// - Throws: ``Failure`` when it, or the folder, cannot be written.
  public func write(_ text: String, as name: String) throws(Failure) -> String {
    try write(Array(text.utf8), as: name)
  }

  func write(_ bytes: [UInt8], as name: String) throws(Failure) -> String {
    try makeFolder()
    try Self.write(bytes, to: target(name))
    return target(name)
  }

  /// Removes a report of an earlier day, if there is one.
  func remove(_ name: String) throws(Failure) {
    guard unlink(target(name)) != 0, errno != ENOENT, errno != ENOTDIR else { return }
    throw Failure(path: target(name), code: errno)
  }

  /// The name that a file has in this folder; nil where it is in another.
  func name(of path: String) -> String? {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return target(name) == path ? name : nil
  }

  private func target(_ name: String) -> String { path.hasSuffix("/") ? path + name : path + "/" + name }

  private func makeFolder() throws(Failure) {
    var parent = path.hasPrefix("/") ? "/" : ""
    for component in path.split(separator: "/") {
      parent += component + "/"
      guard mkdir(parent, 0o777) != 0, errno != EEXIST else { continue }
      throw Failure(path: path, code: errno)
    }
  }

  /// Writes a file: all of it or nothing, whatever happens meanwhile.
  ///
  /// - Throws: ``Failure`` when it cannot be written.
  public static func write(_ text: String, to target: String) throws(Failure) {
    try write(Array(text.utf8), to: target)
  }

  private static func write(_ bytes: [UInt8], to target: String) throws(Failure) {
    let file = try StreamedFile(path: target)
    try file.write(bytes)
    try file.finish()
  }

  /// Appends to a file, which is made if there is none.
  static func append(_ text: String, to target: String) throws(Failure) {
    let descriptor = open(target, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Failure(path: target, code: errno) }
    defer { close(descriptor) }
    try StreamedFile.write(Array(text.utf8), to: descriptor, path: target)
  }
}
