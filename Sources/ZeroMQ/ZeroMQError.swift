import CZeroMQ

/// What went wrong in a call of this module: what was attempted, on which endpoint, and the system's reason.
public struct ZeroMQError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was attempted, such as `bind` or `receive`.
  public let operation: String
  /// The endpoint it was attempted on, if there was one.
  public let endpoint: Endpoint?
  /// The system's reason.
  public let code: Code

  /// Makes an error of its parts.
  public init(operation: String, endpoint: Endpoint? = nil, code: Code) {
    self.operation = operation
    self.endpoint = endpoint
    self.code = code
  }

  /// The error of a call that has just failed on this thread.
  static func last(_ operation: String, _ endpoint: Endpoint? = nil) -> Self {
    Self(operation: operation, endpoint: endpoint, code: Code(rawValue: zmq_errno()))
  }

  /// One line, such as `bind tcp://127.0.0.1:5310: Address already in use`.
  public var description: String {
    endpoint.map { "\(operation) \($0): \(code)" } ?? "\(operation): \(code)"
  }
}

extension ZeroMQError {
  /// An error number of the system or of libzmq.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number, as in `errno.h` and `zmq.h`.
    public let rawValue: Int32

    /// Makes a code of a number.
    public init(rawValue: Int32) {
      self.rawValue = rawValue
    }

    /// Nothing could be sent or received now, or not within the timeout.
    public static let again = Code(rawValue: EAGAIN)
    /// A signal came before anything else happened. The calls of this module go on instead of reporting it.
    public static let interrupted = Code(rawValue: EINTR)
    /// The context was terminated.
    public static let terminated = Code(rawValue: ETERM)
    /// Another socket has the address.
    public static let addressInUse = Code(rawValue: EADDRINUSE)
    /// The address belongs to no interface of this host.
    public static let addressNotAvailable = Code(rawValue: EADDRNOTAVAIL)
    /// The host or the interface has no such name.
    public static let noSuchDevice = Code(rawValue: ENODEV)
    /// The endpoint or the option's value is malformed.
    public static let invalidArgument = Code(rawValue: EINVAL)
    /// There is no such endpoint to unbind or disconnect.
    public static let noSuchEndpoint = Code(rawValue: ENOENT)
    /// libzmq knows no such transport.
    public static let protocolNotSupported = Code(rawValue: EPROTONOSUPPORT)
    /// The kind of socket cannot use the transport.
    public static let incompatibleProtocol = Code(rawValue: ENOCOMPATPROTO)
    /// The kind of socket cannot do this at all.
    public static let notSupported = Code(rawValue: ENOTSUP)
    /// Not this socket's turn: a REQ socket that awaits a reply cannot send.
    public static let wrongState = Code(rawValue: EFSM)
    /// No peer has the routing identity, and the ROUTER socket was told to mind.
    public static let hostUnreachable = Code(rawValue: EHOSTUNREACH)
    /// The context or the process has no more sockets or descriptors to give.
    public static let tooManyFiles = Code(rawValue: EMFILE)
    /// The path is longer than the system allows.
    public static let nameTooLong = Code(rawValue: ENAMETOOLONG)
    /// The file system or the privileges of the process forbid it.
    public static let permissionDenied = Code(rawValue: EACCES)

    /// libzmq's text for the number.
    public var description: String {
      String(cString: zmq_strerror(rawValue))
    }
  }
}

/// Repeats a call of libzmq for as long as a signal interrupts it.
func uninterrupted(_ call: () -> Int32) -> Int32 {
  while true {
    let result = call()
    if result >= 0 || zmq_errno() != EINTR { return result }
  }
}
