import Cluster
import Foundation
import Reports
import Synchronization

/// A line on the terminal that says how a load gets on; nothing where standard error is no terminal.
final class LoadProgressLine: Sendable {
  private let isShown = Mutex(false)

  /// Replaces the line.
  func show(_ progress: LoadProgress) {
    guard isatty(STDERR_FILENO) != 0 else { return }
    let p99 = progress.p99.map { TimeText.duration(nanoseconds: $0) } ?? "-"
    let errors = Quantity.count(progress.errors, "error")
    isShown.withLock { isShown in
      isShown = true
      Self.write(
        "\r\u{1B}[K\(progress.elapsed.components.seconds) s: \(TimeText.fixed(progress.rate, places: 0))/s, "
          + "p99 \(p99), \(errors)"
          + (progress.faults.isEmpty ? "" : "; \(progress.faults.joined(separator: "; "))"))
    }
  }

  /// Removes the line.
  func clear() {
    isShown.withLock { isShown in
      if isShown { Self.write("\r\u{1B}[K") }
      isShown = false
    }
  }

  private static func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
