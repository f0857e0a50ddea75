import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The two streams of text that the command writes, and the key that ends it.
enum Terminal {
  static func print(_ text: String) { write(text, to: STDOUT_FILENO) }

  static func complain(_ text: String) { write(text, to: STDERR_FILENO) }

  private static func write(_ text: String, to descriptor: Int32) {
    try? FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).write(contentsOf: Data(text.utf8))
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
