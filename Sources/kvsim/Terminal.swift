import Foundation
import Reports

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Standard error, and the key that ends the command.
enum Terminal {
  static func complain(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { "kvsim: \(String($0).printable)\n" }
    write(lines.joined())
  }

  /// Shows how far it has come, in place of what was shown before.
  static func progress(_ text: String) { write("\r\u{1B}[K\(text)") }

  private static func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Lets Control-C end the command at once: it owns nothing that would need putting in order.
  static func endOnInterrupt() {
    signal(SIGINT) { _ in _exit(130) }
  }
}
