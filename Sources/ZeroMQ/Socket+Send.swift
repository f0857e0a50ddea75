import CZeroMQ

extension Socket {
  /// Sends one part, waiting for room. With `more`, further parts follow and all travel together.
  ///
  /// - Throws: `again` if the send timeout passed, `wrongState` if it is not this socket's turn, `hostUnreachable`
  ///   from a mandatory router.
  public borrowing func send(_ bytes: UnsafeRawBufferPointer, more: Bool = false) throws(ZeroMQError) {
    guard try send(bytes, flags: more ? ZMQ_SNDMORE : 0) else {
      throw ZeroMQError(operation: "send", code: .again)
    }
  }

  /// Sends one part, waiting for room. With `more`, further parts follow and all travel together.
  public borrowing func send(_ bytes: Span<UInt8>, more: Bool = false) throws(ZeroMQError) {
    try bytes.withUnsafeBytes { bytes throws(ZeroMQError) in try send(bytes, more: more) }
  }

  /// Sends one part, waiting for room. With `more`, further parts follow and all travel together.
  public borrowing func send(_ bytes: [UInt8], more: Bool = false) throws(ZeroMQError) {
    try send(bytes.span, more: more)
  }

  /// Sends one part with the UTF-8 of a text, waiting for room.
  public borrowing func send(_ text: String, more: Bool = false) throws(ZeroMQError) {
    try send(text.utf8.span, more: more)
  }

  /// Sends one part if there is room now. With `more`, further parts follow and all travel together.
  ///
  /// - Returns: False, with nothing sent, if it would have to wait. Only a first part ever waits.
  public borrowing func trySend(_ bytes: UnsafeRawBufferPointer, more: Bool = false) throws(ZeroMQError)
    -> Bool
  {
    try send(bytes, flags: ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0))
  }

  /// Sends one part if there is room now; false, with nothing sent, if it would have to wait.
  public borrowing func trySend(_ bytes: Span<UInt8>, more: Bool = false) throws(ZeroMQError) -> Bool {
    try bytes.withUnsafeBytes { bytes throws(ZeroMQError) in try trySend(bytes, more: more) }
  }

  /// Sends one part if there is room now; false, with nothing sent, if it would have to wait.
  public borrowing func trySend(_ bytes: [UInt8], more: Bool = false) throws(ZeroMQError) -> Bool {
    try trySend(bytes.span, more: more)
  }

  /// Sends a whole message without copying, waiting for room, and leaves it empty, ready for use again.
  ///
  /// - Throws: As sending a part does; the message is then as it was, unless the peer was lost midway.
  public borrowing func send(_ message: inout Message) throws(ZeroMQError) {
    guard try send(&message, flags: 0) else { throw ZeroMQError(operation: "send", code: .again) }
  }

  /// Sends a whole message without copying if there is room now, and leaves it empty.
  ///
  /// - Returns: False, with the message as it was, if it would have to wait.
  public borrowing func trySend(_ message: inout Message) throws(ZeroMQError) -> Bool {
    try send(&message, flags: ZMQ_DONTWAIT)
  }

  private borrowing func send(_ bytes: UnsafeRawBufferPointer, flags: Int32) throws(ZeroMQError) -> Bool {
    let raw = handle.raw
    handle.use()
    if uninterrupted({ zmq_send(raw, bytes.baseAddress, bytes.count, flags) }) >= 0 { return true }
    if zmq_errno() == EAGAIN { return false }
    throw .last("send")
  }

  private borrowing func send(_ message: inout Message, flags: Int32) throws(ZeroMQError) -> Bool {
    precondition(!message.isEmpty, "a message without parts cannot be sent")
    let raw = handle.raw
    handle.use()
    let last = message.count - 1
    for part in 0...last {
      let slot = message.slot(part)
      let flags = flags | (part < last ? ZMQ_SNDMORE : 0)
      if uninterrupted({ zmq_msg_send(slot, raw, flags) }) >= 0 { continue }
      if part == 0, zmq_errno() == EAGAIN { return false }
      throw .last("send")
    }
    message.forgetParts()
    return true
  }
}
