import Foundation

/// A round trip over a plain TCP connection: what the system itself takes.
enum TCPEcho {
  /// Answers one connection until it ends.
  static func serve() throws {
    let listener = socket(AF_INET, streamSocket, 0)
    var (address, size) = loopback(port: 0)
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, size) | listen(listener, 1) | getsockname(listener, address, &size)
      }
    }
    guard listener >= 0, result == 0 else { throw failure("listen") }
    Echo.tell(port: Int(UInt16(bigEndian: address.sin_port)))
    let connection = accept(listener, nil, nil)
    guard connection >= 0 else { throw failure("accept") }
    try sendAtOnce(connection)
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(connection, &bytes, bytes.count)
      guard count > 0 else { break }
      guard write(connection, bytes, count) == count else { throw failure("write") }
    }
    close(connection)
    close(listener)
  }

  /// The durations of so many round trips, in nanoseconds.
  static func measure(port: Int, message: [UInt8], warmUp: Int, count: Int) throws -> [Int64] {
    let connection = socket(AF_INET, streamSocket, 0)
    defer { close(connection) }
    var (address, size) = loopback(port: port)
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(connection, $0, size) }
    }
    guard connection >= 0, result == 0 else { throw failure("connect") }
    try sendAtOnce(connection)
    var bytes = [UInt8](repeating: 0, count: 4096)
    var durations: [Int64] = []
    for number in 0..<count + warmUp {
      let start = ContinuousClock.now
      guard write(connection, message, message.count) == message.count else { throw failure("write") }
      var received = 0
      while received < message.count {
        let count = read(connection, &bytes, bytes.count)
        guard count > 0 else { throw failure("read") }
        received += count
      }
      if number >= warmUp { durations.append(Int64((ContinuousClock.now - start) / .nanoseconds(1))) }
    }
    return durations
  }

  private static func loopback(port: Int) -> (sockaddr_in, socklen_t) {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return (address, socklen_t(MemoryLayout<sockaddr_in>.size))
  }

  private static func sendAtOnce(_ connection: Int32) throws {
    var yes: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    guard setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, size) == 0 else {
      throw failure("set TCP_NODELAY")
    }
  }

  private static func failure(_ operation: String) -> BenchFailure {
    BenchFailure("TCP echo: \(operation): \(String(cString: strerror(errno)))")
  }

  #if canImport(Glibc)
    private static let streamSocket = Int32(SOCK_STREAM.rawValue)
  #else
    private static let streamSocket = SOCK_STREAM
  #endif
}
