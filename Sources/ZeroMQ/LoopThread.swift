import CProcess

/// A thread of the system's own for a loop that blocks in a poller.
///
/// Sockets must stay on one thread, and a task may not block its thread, so a loop runs here: its body makes the sockets
/// it uses, and shares nothing with others but a `Mailbox` or another `Sendable`. A loop that should run on the
/// calling thread needs none of this: call its body.
public struct LoopThread: ~Copyable {
  private final class Body {
    let name: String
    let run: () -> Void

    init(_ name: String, _ run: @escaping () -> Void) {
      self.name = name
      self.run = run
    }
  }

  private let thread: UInt

  /// Starts a thread.
  ///
  /// - Parameters:
  ///   - name: What debuggers show; Linux keeps the first 15 bytes.
  ///   - body: What the thread does. It takes with it what it captures, which nobody else can use any more.
  /// - Throws: `again` if the system has no thread to give.
  public init(name: String, _ body: sending @escaping () -> Void) throws(ZeroMQError) {
    let box = Unmanaged.passRetained(Body(name, body))
    var thread: UInt = 0
    let code = cprocess_thread_start(
      &thread,
      { context in
        guard let context else { return }
        let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
        cprocess_name_this_thread(body.name)
        body.run()
      }, box.toOpaque())
    guard code == 0 else {
      box.release()
      throw ZeroMQError(operation: "start thread \(name)", code: .init(rawValue: code))
    }
    self.thread = thread
  }

  /// Waits until the thread has ended.
  public consuming func join() {
    cprocess_thread_join(thread)
    discard self
  }

  /// Lets the thread run on by itself.
  deinit {
    cprocess_thread_detach(thread)
  }
}
