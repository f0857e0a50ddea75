#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file that is written piece by piece and appears under its name only when it is whole; or standard output.
public final class StreamedFile {
  private let path: String
  /// Where the file is until it is whole.
  public let draft: String
  private var descriptor: Int32
  private var isFinished = false

  /// Begins a file; "-" is standard output.
  public init(path: String) throws(ReportFolder.Failure) {
    self.path = path
    draft = path + ".\(getpid()).tmp"
    var status = stat()
    // A pipe or a device cannot be replaced by a file.
    if path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
      isFinished = true
    } else {
      descriptor = path == "-" ? STDOUT_FILENO : open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
      isFinished = path == "-"
    }
    guard descriptor >= 0 else {
      isFinished = true
      throw ReportFolder.Failure(path: path, code: errno)
    }
  }

  deinit {
    if path != "-", descriptor >= 0 { close(descriptor) }
    if !isFinished { unlink(draft) }
  }

  /// Appends bytes.
  public func write(_ bytes: [UInt8]) throws(ReportFolder.Failure) {
    try Self.write(bytes, to: descriptor, path: path)
  }

  /// Writes all of the bytes.
  static func write(
    _ bytes: [UInt8], to descriptor: Int32, path: String
  ) throws(ReportFolder.Failure) {
    var code: Int32 = 0
    bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count, let base = buffer.baseAddress {
        let count = writeBytes(descriptor, base + written, buffer.count - written)
        if count < 0, errno == EINTR { continue }
        if count < 0 {
          code = errno
          return
        }
        written += count
      }
    }
    guard code == 0 else { throw ReportFolder.Failure(path: path, code: code) }
  }

  /// Gives the file its name.
  public func finish() throws(ReportFolder.Failure) {
    guard path != "-" else { return }
    let isClosed = close(descriptor) == 0
    descriptor = -1
    guard isClosed, isFinished || rename(draft, path) == 0 else {
      throw ReportFolder.Failure(path: path, code: errno)
    }
    isFinished = true
  }
}

/// write(2), which the method above hides.
private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
