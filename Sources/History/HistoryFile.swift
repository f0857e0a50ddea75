#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The bytes of a history file.
enum HistoryFile {
  /// Reads a file, or standard input for "-".
  ///
  /// - Throws: an error that is marked unreachable and says what to do.
  static func bytes(of path: String) throws(HistoryError) -> [UInt8] {
    if path == "-" { return try bytes(of: STDIN_FILENO, path: path, expected: 0) }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreachable(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unreachable(path, errno) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw unreachable(path, EISDIR) }
    return try bytes(of: descriptor, path: path, expected: Int(status.st_size))
  }

  /// One byte more than expected is asked for, so that a file that did not grow is read in one go.
  private static func bytes(
    of descriptor: Int32, path: String, expected: Int
  ) throws(HistoryError) -> [UInt8] {
    var bytes: [UInt8] = []
    var room = max(expected + 1, 1 << 16)
    while true {
      var failure: Int32 = 0
      var received = 0
      bytes.reserveCapacity(bytes.count + room)
      let chunk = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        while count < buffer.count {
          received = fill(buffer, from: count, descriptor)
          if received < 0, errno == EINTR { continue }
          if received < 0 { failure = errno }
          guard received > 0 else { break }
          count += received
        }
      }
      if failure != 0 { throw unreachable(path, failure) }
      if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
      if received == 0 { return bytes }
      room = max(1 << 16, bytes.count)
    }
  }

  private static func fill(
    _ buffer: UnsafeMutableBufferPointer<UInt8>, from offset: Int, _ descriptor: Int32
  ) -> Int {
    guard let base = buffer.baseAddress else { return 0 }
    return read(descriptor, base + offset, buffer.count - offset)
  }

  private static func unreachable(_ path: String, _ code: Int32) -> HistoryError {
    let reason =
      switch code {
      case ENOENT: "there is no such file; `kvrun CONFIG --record` makes one"
      case EISDIR: "this is a folder; name a history file in it"
      case EACCES: "reading it is not permitted; see its permissions"
      default: "it cannot be read: \(String(cString: strerror(code)))"
      }
    return HistoryError(file: path, reason: reason, isUnreachable: true)
  }
}
