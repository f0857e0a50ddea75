import Dispatch
import Foundation
import Synchronization

/// Turns Control-C and the signals that ask a program to end into events, so that a run can be stopped in order.
final class Interrupts: Sendable {
  private struct State {
    var wereSeen = false
    var listeners: [AsyncStream<Void>.Continuation] = []
  }
  private let state = Mutex(State())

  /// Begins to watch for signals, which end the program no more by themselves.
  init() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [self] in
        // The handler holds the source, which would otherwise end with this scope.
        _ = source
        state.withLock { state in
          state.wereSeen = true
          for listener in state.listeners { listener.yield() }
        }
      }
      source.activate()
    }
  }

  /// Whether a signal has come.
  var wereSeen: Bool { state.withLock { $0.wereSeen } }

  /// An element for each signal from now on, and one at once if there was one already.
  func stream() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream<Void>.makeStream()
    state.withLock { state in
      if state.wereSeen { continuation.yield() }
      state.listeners.append(continuation)
    }
    return stream
  }
}
