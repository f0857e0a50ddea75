#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A folder that keeps the JSON report of each history.
public struct ReportFolder: Sendable {
  /// Why a report was not written.
  public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was to be written.
    public let path: String
    /// The error number of the system.
    public let code: Int32

    /// What failed and why.
    public var description: String {
      "\(path): the report cannot be written: \(String(cString: strerror(code)))"
    }
  }

  /// The path of the folder.
  public let path: String

  /// Names a folder, which is made when the first report is written.
  public init(path: String) {
    self.path = path
  }

  /// The name of each history's report: that of the file with `.json` for its extension, numbered where several files
  /// of one check would get the same.
  public static func names(for files: [String]) -> [String] {
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
      return name + ".json"
    }
  }

  /// Writes a report: all of it or nothing, whatever happens meanwhile.
  ///
  /// - Returns: its path.
  public func write(_ text: String, as name: String) throws(Failure) -> String {
    try makeFolder()
    let target = path.hasSuffix("/") ? path + name : path + "/" + name
    try Self.write(text, to: target)
    return target
  }

  private func makeFolder() throws(Failure) {
    var parent = path.hasPrefix("/") ? "/" : ""
    for component in path.split(separator: "/") {
      parent += component + "/"
      guard mkdir(parent, 0o777) != 0, errno != EEXIST else { continue }
      throw Failure(path: path, code: errno)
    }
  }

  /// Writes a file: all of it or nothing, whatever happens meanwhile.
  public static func write(_ text: String, to target: String) throws(Failure) {
    let draft = target + ".\(getpid()).tmp"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Failure(path: target, code: errno) }
    var code: Int32 = 0
    var text = text
    text.withUTF8 { bytes in
      var written = 0
      while written < bytes.count, let base = bytes.baseAddress {
        let count = writeBytes(descriptor, base + written, bytes.count - written)
        if count < 0, errno == EINTR { continue }
        if count < 0 {
          code = errno
          return
        }
        written += count
      }
    }
    if close(descriptor) != 0, code == 0 { code = errno }
    if code == 0, rename(draft, target) != 0 { code = errno }
    guard code == 0 else {
      unlink(draft)
      throw Failure(path: target, code: code)
    }
  }
}

/// write(2), which the methods above hide.
private func writeBytes(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
