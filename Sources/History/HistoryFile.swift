#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A history file, read block by block from its beginning to its end, decompressed if need be.
final class HistoryFile {
  /// What messages call it; "-" is standard input.
  let path: String
  /// How large it is, where the system tells; nil for what is compressed or no plain file.
  private(set) var size: Int?
  private let descriptor: Int32
  /// The first bytes, which tell whether it is compressed, until they are handed on.
  private var head: [UInt8] = []
  private var gzip: GzipStream?

  /// Whether the file on the disk is another than its text.
  var isCompressed: Bool { gzip != nil }

  /// Opens a file, or standard input for "-".
  ///
  /// - Parameter decompressedBytesMax: the most bytes that a compressed file may become.
  /// - Throws: an error that is marked unreachable and says what to do.
  init(path: String, decompressedBytesMax: Int) throws(HistoryError) {
    self.path = path
    descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.unreachable(path, errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.unreachable(path, errno) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw Self.unreachable(path, EISDIR) }
    while head.count < 2 {
      var block = [UInt8](repeating: 0, count: 2 - head.count)
      let count = try block.withUnsafeMutableBufferPointer { buffer throws(HistoryError) in
        try readFile(UnsafeMutableRawBufferPointer(buffer))
      }
      if count == 0 { break }
      head += block.prefix(count)
    }
    if GzipStream.isCompressed(head) {
      let stream = GzipStream(bytesMax: decompressedBytesMax)
      guard let stream else { throw HistoryError(file: path, reason: "zlib could not be started") }
      gzip = stream
    } else if status.st_mode & S_IFMT == S_IFREG {
      size = Int(status.st_size)
    }
  }

  deinit {
    if descriptor >= 0, descriptor != STDIN_FILENO { close(descriptor) }
  }

  /// Reads the next bytes of the text.
  ///
  /// - Returns: how many were read; 0 at the end of the text only.
  /// - Throws: ``HistoryError`` when it cannot be read, or when a compressed file is damaged, cut short, or too large.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(HistoryError) -> Int {
    guard let gzip else { return try readStored(buffer) }
    do throws(GzipStream.Fault) {
      return try gzip.read(into: buffer) { input throws(GzipStream.Fault) in
        do throws(HistoryError) { return try readStored(input) } catch {
          throw .unreachable(error)
        }
      }
    } catch {
      switch error {
      case .unreachable(let error): throw error
      case .content(let reason): throw HistoryError(file: path, reason: reason)
      }
    }
  }

  /// Reads the bytes that are on the disk.
  private func readStored(_ buffer: UnsafeMutableRawBufferPointer) throws(HistoryError) -> Int {
    guard !head.isEmpty else { return try readFile(buffer) }
    let count = min(head.count, buffer.count)
    buffer.copyBytes(from: head.prefix(count))
    head.removeFirst(count)
    return count
  }

  private func readFile(_ buffer: UnsafeMutableRawBufferPointer) throws(HistoryError) -> Int {
    while true {
      #if canImport(Glibc)
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      #else
        let count = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
      #endif
      if count >= 0 { return count }
      guard errno == EINTR else { throw Self.unreachable(path, errno) }
    }
  }

  private static func unreachable(_ path: String, _ code: Int32) -> HistoryError {
    let reason =
      switch code {
      case ENOENT:
        "there is no such file; `kvrun CONFIG --record` records a history"
      case EISDIR: "this is a folder; name a file in it"
      case EACCES: "reading it is not permitted; see its permissions"
      default: "it cannot be read: \(String(cString: strerror(code)))"
      }
    return HistoryError(file: path, reason: reason, isUnreachable: true)
  }
}
