import ZeroMQ

/// No test waits longer than this for what it expects: reaching it is a failure.
let patience = Duration.seconds(20)

/// A socket whose blocking calls fail rather than hang.
func openSocket(_ kind: SocketKind, in context: Context) throws -> Socket {
  let socket = try Socket(kind, in: context)
  try socket.set(.receiveTimeout, to: patience)
  try socket.set(.sendTimeout, to: patience)
  return socket
}

/// Everything a message holds.
func parts(_ message: borrowing Message) -> [[UInt8]] {
  var parts: [[UInt8]] = []
  for part in 0..<message.count { parts.append(message.bytes(of: part)) }
  return parts
}

/// What a socket receives next.
func receiveParts(_ socket: borrowing Socket) throws -> [[UInt8]] {
  parts(try socket.receive())
}
