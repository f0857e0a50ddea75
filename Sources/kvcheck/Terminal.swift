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

  /// Lets Control-C end the command at once: it owns nothing that would need putting in order.
  static func endOnInterrupt() {
    signal(SIGINT) { _ in _exit(130) }
  }
}
