import Foundation
import Synchronization

/// A line on the terminal that says what is being done, once it has lasted a while.
final class ProgressLine: Sendable {
  private struct State {
    var activity: String?
    var since = ContinuousClock.now
    var isShown = false
  }

  private static let patience = Duration.seconds(2)
  private let state = Mutex(State())

  init() {
    let thread = Thread { [weak self] in
      while let line = self {
        line.refresh()
        Thread.sleep(forTimeInterval: 0.5)
      }
    }
    thread.start()
  }

  /// Says what is being done from now on; nil for nothing, which clears the line.
  func show(_ activity: String?) {
    state.withLock { state in
      if state.isShown { Self.write("\r\u{1B}[K") }
      state = State(activity: activity)
    }
  }

  private func refresh() {
    state.withLock { state in
      let elapsed = ContinuousClock.now - state.since
      guard let activity = state.activity, elapsed > Self.patience else { return }
      Self.write("\r\u{1B}[K\(activity) (\(elapsed.components.seconds) s)")
      state.isShown = true
    }
  }

  private static func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
