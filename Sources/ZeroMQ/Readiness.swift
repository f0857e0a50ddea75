import CZeroMQ

/// What a socket or descriptor can do without waiting.
public struct Readiness: OptionSet, Hashable, Sendable {
  /// One bit for each thing.
  public let rawValue: UInt8

  /// Makes a set of its bits.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// There is something to receive.
  public static let readable = Readiness(rawValue: 1)
  /// There is room to send.
  public static let writable = Readiness(rawValue: 2)
  /// The other end of a descriptor was closed or failed. Sockets never show it; it need not be asked for.
  public static let failed = Readiness(rawValue: 4)

  init(events: Int16) {
    let events = Int32(events)
    self = []
    if events & ZMQ_POLLIN != 0 { insert(.readable) }
    if events & ZMQ_POLLOUT != 0 { insert(.writable) }
    if events & ZMQ_POLLERR != 0 { insert(.failed) }
  }
}
