import CProcess
import Foundation
import Reports
import Synchronization

/// How much memory this process holds, and what keeps it within its limit.
enum ProcessMemory {
  /// The memory in use, in bytes. What the allocator keeps of what was freed is given back first if with what is wanted it
  /// would exceed a limit.
  static func inUse(wanted: Int, limit: Int) -> Int {
    let used = Int(cprocess_resident_bytes())
    guard used > limit - wanted else { return used }
    cprocess_release_free_memory()
    return Int(cprocess_resident_bytes())
  }
}

/// Ends this process when reading a history takes more memory than it may: a reader cannot decide anything with half a
/// history. While histories are checked it sleeps.
final class ReadingGuard: Sendable {
  private static let interval = 0.005
  private let limit: Int
  private let file = Mutex<String?>(nil)

  init(limit: Int) {
    self.limit = limit
    let thread = Thread { [weak self] in
      while let watch = self {
        watch.look()
        Thread.sleep(forTimeInterval: Self.interval)
      }
    }
    thread.start()
  }

  /// Watches from now on, while a file is read; nil when it is done.
  func watch(_ file: String?) {
    look()
    self.file.withLock { $0 = file }
  }

  private func look() {
    guard let file = file.withLock({ $0 }), ProcessMemory.inUse(wanted: 0, limit: limit) > limit else {
      return
    }
    Terminal.complain(
      """
      kvcheck: \(file.printable): not judged: reading it takes more memory than the limit of \
      \(limit / 1_000_000) MB; allow more with --memory-limit

      """)
    Foundation.exit(CheckStatus.undecided.rawValue)
  }
}
