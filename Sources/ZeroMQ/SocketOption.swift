import CZeroMQ

/// A setting of a socket, with the type of its values: `try socket.set(.linger, to: .zero)`.
///
/// A setting applies to connections made afterwards. libzmq lets the options marked "set only" be written but not
/// read: reading one throws `invalidArgument`.
public struct SocketOption<Value>: Sendable {
  let name: String
  let code: Int32
  /// How many bytes a value has at most; libzmq wants it exact for numbers.
  let size: Int
  let encode: @Sendable (Value) -> [UInt8]?
  let decode: @Sendable ([UInt8]) -> Value
}

extension Socket {
  /// Changes a setting.
  ///
  /// - Throws: `invalidArgument` if the value is out of range or the kind of socket has no such option.
  public borrowing func set<Value>(_ option: SocketOption<Value>, to value: Value) throws(ZeroMQError) {
    guard let bytes = option.encode(value) else {
      throw ZeroMQError(operation: "set \(option.name)", code: .invalidArgument)
    }
    try set(option.code, "set \(option.name)", bytes)
  }

  /// Reads a setting.
  ///
  /// - Throws: `invalidArgument` if the option can only be set.
  public borrowing func get<Value>(_ option: SocketOption<Value>) throws(ZeroMQError) -> Value {
    option.decode(try get(option.code, option.name, room: option.size))
  }

  /// Asks for the messages that begin with a prefix; the empty one is all. Counted: twice needs two unsubscriptions.
  ///
  /// - Throws: `invalidArgument` if this is not a `sub` socket.
  public borrowing func subscribe(to prefix: [UInt8] = []) throws(ZeroMQError) {
    try set(ZMQ_SUBSCRIBE, "subscribe", prefix)
  }

  /// Takes a subscription back.
  ///
  /// - Throws: `invalidArgument` if this is not a `sub` socket.
  public borrowing func unsubscribe(from prefix: [UInt8] = []) throws(ZeroMQError) {
    try set(ZMQ_UNSUBSCRIBE, "unsubscribe", prefix)
  }

  private borrowing func set(_ code: Int32, _ operation: String, _ bytes: [UInt8]) throws(ZeroMQError) {
    let raw = handle.raw
    handle.use()
    let result = bytes.withUnsafeBytes { bytes in
      uninterrupted { zmq_setsockopt(raw, code, bytes.baseAddress, bytes.count) }
    }
    guard result == 0 else { throw .last(operation) }
  }

  borrowing func get(_ code: Int32, _ name: String, room: Int) throws(ZeroMQError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: room)
    var size = room
    let raw = handle.raw
    handle.use()
    let result = uninterrupted { zmq_getsockopt(raw, code, &bytes, &size) }
    guard result == 0 else { throw .last("get \(name)") }
    return Array(bytes.prefix(size))
  }
}

extension SocketOption where Value == Bool {
  init(_ name: String, flag code: Int32) {
    self.init(name: name, code: code, size: 4, encode: { integer($0 ? 1 : 0) }, decode: { number($0) == 1 })
  }
}

extension SocketOption where Value == Int {
  init(_ name: String, count code: Int32) {
    self.init(
      name: name, code: code, size: 4, encode: { Int32(exactly: $0).map { integer($0) } },
      decode: { Int(number($0)) })
  }
}

extension SocketOption where Value == Int? {
  init(_ name: String, limit code: Int32) {
    self.init(
      name: name, code: code, size: 8,
      encode: { limit in
        // -1 is libzmq's way to say "none", and nobody else's.
        guard limit ?? 0 >= 0 else { return nil }
        return withUnsafeBytes(of: Int64(limit ?? -1)) { Array($0) }
      },
      decode: { bytes in
        let limit = bytes.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) }
        return limit < 0 ? nil : Int(limit)
      })
  }
}

extension SocketOption where Value == Duration? {
  init(_ name: String, milliseconds code: Int32) {
    self.init(
      name: name, code: code, size: 4,
      encode: { integer($0.map { max(0, $0.milliseconds) } ?? -1) },
      decode: { number($0) < 0 ? nil : .milliseconds(number($0)) })
  }
}

extension SocketOption where Value == Duration {
  init(_ name: String, milliseconds code: Int32) {
    self.init(
      name: name, code: code, size: 4,
      encode: { integer(max(0, $0.milliseconds)) }, decode: { .milliseconds(number($0)) })
  }
}

extension SocketOption where Value == [UInt8] {
  init(_ name: String, bytes code: Int32) {
    self.init(name: name, code: code, size: 255, encode: { $0 }, decode: { $0 })
  }
}

extension Duration {
  /// Whole milliseconds, rounded up so that a wait never ends too soon, and kept within what libzmq can hold.
  var milliseconds: Int32 {
    let (seconds, attoseconds) = components
    guard seconds < 2_000_000 else { return .max }
    guard seconds > -2_000_000 else { return .min }
    let perMillisecond: Int64 = 1_000_000_000_000_000
    return Int32(seconds * 1000 + (attoseconds + (attoseconds > 0 ? perMillisecond - 1 : 0)) / perMillisecond)
  }
}

private func integer(_ value: Int32) -> [UInt8] {
  withUnsafeBytes(of: value) { Array($0) }
}

private func number(_ bytes: [UInt8]) -> Int32 {
  bytes.withUnsafeBytes { $0.loadUnaligned(as: Int32.self) }
}
