#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file that is written piece by piece and appears under its name only when it is whole; or standard output.
public final class StreamedFile {
  /// Why a file was not written.
  public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was to be written; "-" is standard output.
    public let path: String
    /// The error number of the system.
    public let code: Int32

    /// Makes a failure.
    public init(path: String, code: Int32) {
      self.path = path
      self.code = code
    }

    /// What failed and why.
    public var description: String {
      let place = path == "-" ? "standard output" : "\(path):"
      return "\(place) cannot be written: \(String(cString: strerror(code)))"
    }
  }

  private let path: String
  /// Where the file is until it is whole.
  public let draft: String
  private var descriptor: Int32
  private var isFinished = false

  /// Begins a file; "-" is standard output.
  ///
  /// - Throws: ``Failure`` when it cannot be created.
  public init(path: String) throws(Failure) {
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
      throw Failure(path: path, code: errno)
    }
  }

  deinit {
    if path != "-", descriptor >= 0 { close(descriptor) }
    if !isFinished { unlink(draft) }
  }

  /// Appends bytes.
  ///
  /// - Throws: ``Failure`` when not all of them could be written.
  public func write(_ bytes: [UInt8]) throws(Failure) {
    try Self.write(bytes, to: descriptor, path: path)
  }

  /// Writes all of the bytes, and goes on where a signal interrupts it.
  ///
  /// - Throws: ``Failure`` when not all of them could be written.
  public static func write(
    _ bytes: [UInt8], to descriptor: Int32, path: String
  ) throws(Failure) {
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
    guard code == 0 else { throw Failure(path: path, code: code) }
  }

  /// Gives the file its name.
  ///
  /// - Throws: ``Failure`` when the system reports only now that something was not written, or refuses the name.
  public func finish() throws(Failure) {
    guard path != "-" else { return }
    let isClosed = close(descriptor) == 0
    descriptor = -1
    guard isClosed, isFinished || rename(draft, path) == 0 else {
      throw Failure(path: path, code: errno)
    }
    isFinished = true
  }
}

/// write(2), which the method above hides.
private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
