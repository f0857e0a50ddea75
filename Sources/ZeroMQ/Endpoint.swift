/// An address in ZeroMQ's notation, such as `tcp://127.0.0.1:5310`, `ipc:///run/store` or `inproc://name`.
///
/// Any text can be an endpoint; whether it means something is found out by binding or connecting to it.
public struct Endpoint: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The address as text.
  public let description: String

  /// Makes an endpoint of a text.
  public init(_ text: String) {
    description = text
  }

  /// Makes an endpoint of a literal.
  public init(stringLiteral text: String) {
    description = text
  }

  /// A TCP address. Without a port, or with port 0, binding picks a free one.
  public static func tcp(_ host: String, port: Int? = nil) -> Self {
    Self("tcp://\(host):\(port.flatMap { $0 == 0 ? nil : String($0) } ?? "*")")
  }

  /// An address within one context.
  public static func inproc(_ name: String) -> Self {
    Self("inproc://\(name)")
  }

  /// The TCP port, if this is a TCP address with one.
  public var port: Int? {
    portText.flatMap { text in
      text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ? UInt16(text).map(Int.init) : nil
    }
  }

  /// What stands for the port of a TCP address.
  private var portText: Substring? {
    guard description.hasPrefix("tcp://") else { return nil }
    return description.lastIndex(of: ":").map { description[description.index(after: $0)...] }
  }

  /// Does something of libzmq's with the endpoint, again if a signal interrupts it.
  ///
  /// Two things are refused that libzmq would take for another endpoint: text with a zero byte, which it cuts there,
  /// and a TCP port that is no number below 65536, of which it uses the digits it finds, modulo 65536.
  func attempt(_ operation: String, _ call: (UnsafePointer<CChar>) -> Int32) throws(ZeroMQError) {
    let isMisread = portText != nil && portText != "*" && port == nil
    guard !isMisread, !description.utf8.contains(0) else {
      throw ZeroMQError(operation: operation, endpoint: self, code: .invalidArgument)
    }
    // The error is taken before the text is freed, which may change it.
    let error = description.withCString { text in
      uninterrupted { call(text) } < 0 ? ZeroMQError.last(operation, self) : nil
    }
    if let error { throw error }
  }
}
