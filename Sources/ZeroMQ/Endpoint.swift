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
    guard description.hasPrefix("tcp://"), let colon = description.lastIndex(of: ":") else { return nil }
    return UInt16(description[description.index(after: colon)...]).map(Int.init)
  }

  /// Hands the text to C. Text with a zero byte in it would be cut there and mean another address, so it is refused.
  func withCString<Result>(
    for operation: String, _ body: (UnsafePointer<CChar>) -> Result
  ) throws(ZeroMQError) -> Result {
    guard !description.utf8.contains(0) else {
      throw ZeroMQError(operation: operation, endpoint: self, code: .invalidArgument)
    }
    return description.withCString(body)
  }
}
