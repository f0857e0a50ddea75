import CProcess
import Foundation

/// Wakes a loop at an instant of the monotonic clock. A poller counts in milliseconds, which is too coarse for a load of
/// thousands of operations a second. Where the system has no such timer the poller's own limit has to do.
struct LoopTimer: ~Copyable {
  /// What to poll; nil where there is no timer.
  let descriptor: CInt?
  private var time: Int64 = .max

  init() {
    let descriptor = cprocess_timer()
    self.descriptor = descriptor < 0 ? nil : descriptor
  }

  deinit {
    if let descriptor { close(descriptor) }
  }

  /// Makes the descriptor readable from that time on, in nanoseconds.
  mutating func set(_ time: Int64) {
    guard let descriptor, time != self.time else { return }
    cprocess_timer_set(descriptor, time)
    self.time = time
  }
}
