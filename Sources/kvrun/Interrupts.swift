import Dispatch
import Foundation
import Synchronization

/// Turns Control-C and the signals that ask a program to end into events, so that a run can be stopped in order.
///
/// A signal ends a run, which the program then brings to its end and leaves. While a history is checked there is nothing
/// to be put in order; a signal ends the program at once then, if ``endProgram(_:)`` says so.
final class Interrupts: Sendable {
  private struct State {
    var wereSeen = false
    var endProgram: (@Sendable () -> Void)?
    var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
    var listenersEver = 0
  }
  private let state = Mutex(State())

  /// The exit status of a program that a signal ended.
  static let exitStatus: Int32 = 130

  /// What the program begins with: a signal that comes early ends the run in order, too.
  static let ofProgram = Interrupts()

  /// Begins to watch for signals, which end the program no more by themselves.
  init() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [self] in
        // The handler holds the source, which would otherwise end with this scope.
        _ = source
        state.withLock { state in
          if let endProgram = state.endProgram {
            endProgram()
            _exit(Self.exitStatus)
          }
          state.wereSeen = true
          for listener in state.listeners.values { listener.yield() }
        }
      }
      source.activate()
    }
  }

  /// Lets a signal end the program at once from now on, after a last action; nil lets it end the run only.
  func endProgram(_ last: (@Sendable () -> Void)?) {
    state.withLock { $0.endProgram = last }
  }

  /// Whether a signal has come.
  var wereSeen: Bool { state.withLock { $0.wereSeen } }

  /// An element for each signal from now on, and one at once if there was one already; until its reader is cancelled.
  func stream() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream<Void>.makeStream()
    let number = state.withLock { state in
      if state.wereSeen { continuation.yield() }
      state.listenersEver += 1
      state.listeners[state.listenersEver] = continuation
      return state.listenersEver
    }
    continuation.onTermination = { [self] _ in state.withLock { $0.listeners[number] = nil } }
    return stream
  }
}
