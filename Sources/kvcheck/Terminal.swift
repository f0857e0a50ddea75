import ArgumentParser
import Foundation
import History
import Reports
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The two streams of text that the command writes, and the key that ends it.
enum Terminal {
  private static let isCutShort = Mutex(false)

  /// Writes to standard output. Where that fails it says so once, and ``exit(_:)`` tells by the status.
  static func print(_ text: String) {
    do throws(ReportFolder.Failure) {
      try StreamedFile(path: "-").write(Array(text.utf8))
    } catch {
      let isFirst = isCutShort.withLock { isCutShort in
        defer { isCutShort = true }
        return !isCutShort
      }
      if isFirst { complain("kvcheck: \(error.description)\n") }
    }
  }

  /// Writes to standard error. Where that is closed, too, the exit status has to do.
  static func complain(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// How to end: with a status, unless what was to be told is lost.
  static func exit(_ status: CheckStatus) -> ExitCode {
    let isCutShort = isCutShort.withLock { $0 }
    return ExitCode(CheckStatus.worst(isCutShort ? [status, .cannotCreate] : [status]).rawValue)
  }

  /// Lets Control-C end the command at once: it owns nothing that would need putting in order, but for a file that is
  /// not whole, which is removed.
  static func endOnInterrupt(removing draft: String? = nil) {
    if let draft { unfinished = strdup(draft) }
    signal(SIGINT) { _ in
      if let unfinished { unlink(unfinished) }
      _exit(130)
    }
  }
}

/// The name for the signal handler, which may not allocate. Set once, before the handler that reads it is installed.
nonisolated(unsafe) private var unfinished: UnsafeMutablePointer<CChar>?
