import Foundation
import History
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The two streams of text that a command writes, and the key that ends it.
public enum Terminal {
  private static let isCutShort = Mutex(false)

  /// Writes to standard output. Where that fails, standard error is told once, and ``status(_:)`` from then on.
  public static func print(_ text: String, command: String) {
    do throws(StreamedFile.Failure) {
      try StreamedFile(path: "-").write(Array(text.utf8))
    } catch {
      let isFirst = isCutShort.withLock { isCutShort in
        defer { isCutShort = true }
        return !isCutShort
      }
      if isFirst { complain(error.description, command: command) }
    }
  }

  /// Writes to standard error as it is. Where that is closed, too, the exit status has to do.
  public static func complain(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Writes lines to standard error, each with the command's name before it.
  public static func complain(_ text: String, command: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { "\(command): \(String($0).printable)\n" }
    complain(lines.joined())
  }

  /// Shows on standard error how far the work has come, in place of what was shown before.
  public static func progress(_ text: String) { complain("\r\u{1B}[K\(text)") }

  /// How to end: with a status, unless what was to be told is lost.
  public static func status(_ status: CheckStatus) -> CheckStatus {
    let isCutShort = isCutShort.withLock { $0 }
    return CheckStatus.worst(isCutShort ? [status, .cannotCreate] : [status])
  }

  /// Lets Control-C end the command at once: it owns nothing that would need putting in order, but for a file that is
  /// not whole, which is removed.
  public static func endOnInterrupt(removing draft: String? = nil) {
    // Made here in any case, as the handler may not make it.
    unfinished.store(UInt(bitPattern: draft.map { strdup($0) } ?? nil), ordering: .releasing)
    signal(SIGINT) { _ in
      if let draft = UnsafePointer<CChar>(bitPattern: unfinished.load(ordering: .acquiring)) { unlink(draft) }
      _exit(130)
    }
  }
}

/// Where the name of the file stands that is not whole, for the signal handler, which may not allocate; 0 for none.
private let unfinished = Atomic<UInt>(0)
