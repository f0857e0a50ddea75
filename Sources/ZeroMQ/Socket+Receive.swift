import CZeroMQ

extension Socket {
  /// Receives a whole message in place of what the given one held, waiting for it.
  ///
  /// - Throws: `again` if the receive timeout passed, `wrongState` if it is not this socket's turn.
  public borrowing func receive(into message: inout Message) throws(ZeroMQError) {
    guard try receive(into: &message, flags: 0) else { throw ZeroMQError(operation: "receive", code: .again) }
  }

  /// Receives a whole message, waiting for it.
  ///
  /// - Throws: As receiving into a message does.
  public borrowing func receive() throws(ZeroMQError) -> Message {
    var message = Message()
    try receive(into: &message)
    return message
  }

  /// Receives a whole message in place of what the given one held, if one is there now.
  ///
  /// - Returns: False, with the message empty, if none is there: a loop drains a socket by
  ///   `while try socket.tryReceive(into: &message) { ... }`.
  public borrowing func tryReceive(into message: inout Message) throws(ZeroMQError) -> Bool {
    try receive(into: &message, flags: ZMQ_DONTWAIT)
  }

  /// Receives a whole message if one is there now; nil if none is.
  public borrowing func tryReceive() throws(ZeroMQError) -> Message? {
    var message = Message()
    guard try tryReceive(into: &message) else { return nil }
    return message
  }

  private borrowing func receive(into message: inout Message, flags: Int32) throws(ZeroMQError) -> Bool {
    message.removeParts()
    let raw = handle.raw
    handle.use()
    while true {
      let slot = message.nextSlot()
      if uninterrupted({ zmq_msg_recv(slot, raw, flags) }) < 0 {
        // A message arrives whole or not at all, so only its first part can be missing.
        if message.isEmpty, zmq_errno() == EAGAIN {
          if flags & ZMQ_DONTWAIT != 0 { handle.noteEmpty() }
          return false
        }
        let error = ZeroMQError.last("receive")
        message.removeParts()
        throw error
      }
      message.commitPart()
      if zmq_msg_more(slot) == 0 { return true }
    }
  }
}
