import CZeroMQ

/// What sockets share: the threads that do their input and output, and the names of `inproc` endpoints.
///
/// One context serves a process. It may be used from every thread; each socket belongs to one.
///
///     let context = try Context()
///     let stop = try Mailbox<Void>()                       // all that the loop shares with others
///     let server = try LoopThread(name: "echo") {
///       do {
///         let clients = try Socket(.router, in: context)   // made, used and closed on this thread
///         try clients.bind("tcp://127.0.0.1:5310")
///         var poller = Poller()
///         let requested = poller.add(clients)
///         let stopped = poller.add(stop)
///         var message = Message()                          // used again for every message
///         while true {
///           try poller.poll()
///           if poller.isReadable(stopped) { return }
///           guard poller.isReadable(requested) else { continue }
///           while try clients.tryReceive(into: &message) { try clients.send(&message) }
///         }
///       } catch {
///         print(error)                                     // bind tcp://127.0.0.1:5310: Address already in use
///       }
///     }
///     stop.post(())
///     server.join()
public final class Context: Sendable {
  // libzmq documents a context as safe to use from every thread; the pointer itself never changes.
  nonisolated(unsafe) let raw: UnsafeMutableRawPointer

  /// Starts a context.
  ///
  /// - Parameters:
  ///   - ioThreads: How many threads move bytes. libzmq's rule is one for each gigabyte a second; none serves `inproc` alone.
  ///   - socketsMax: How many sockets may be open at once; nil leaves libzmq's limit of 1023.
  /// - Throws: `invalidArgument` if a number is out of range, `tooManyFiles` if no descriptors are left.
  public init(ioThreads: Int = 1, socketsMax: Int? = nil) throws(ZeroMQError) {
    guard let raw = zmq_ctx_new() else { throw .last("new context") }
    self.raw = raw
    try set(ZMQ_IO_THREADS, to: ioThreads, "I/O threads")
    if let socketsMax { try set(ZMQ_MAX_SOCKETS, to: socketsMax, "sockets") }
  }

  /// Ends the context. Every socket keeps its context alive, so all are closed by now; what they had queued was
  /// dropped unless they were told to linger, and then this waits for it.
  deinit {
    _ = uninterrupted { zmq_ctx_term(raw) }
  }

  private func set(_ option: Int32, to value: Int, _ name: String) throws(ZeroMQError) {
    guard let value = Int32(exactly: value), zmq_ctx_set(raw, option, value) == 0 else {
      throw ZeroMQError(operation: "set \(name) of a context", code: .invalidArgument)
    }
  }
}
