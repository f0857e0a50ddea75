public import Configuration
import Foundation

/// A fixed port of a configuration that somebody else has.
public struct BusyPort: Sendable, Hashable, CustomStringConvertible {
  /// Where the configuration names it, as a JSON path.
  public let path: String
  /// The port.
  public let port: UInt16
  /// Why it cannot be had, in the system's words.
  public let reason: String

  /// One line for people.
  public var description: String {
    "\(path): port \(port) cannot be opened: \(reason); end what uses it, choose another, or run with --dynamic-ports"
  }
}

extension ConfigurationReading {
  /// The fixed ports that cannot be opened now, all of them, so that nothing is started in vain.
  ///
  /// A port can still be lost between this look and the server's own attempt; the server then reports it.
  public func busyPorts() -> [BusyPort] {
    fixedPorts.compactMap { fixed in
      Self.obstacle(to: fixed.port).map { BusyPort(path: fixed.path, port: fixed.port, reason: $0) }
    }
  }

  /// Why a port of the loopback address cannot be opened; nil when it can.
  private static func obstacle(to port: UInt16) -> String? {
    #if canImport(Glibc)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    let descriptor = socket(AF_INET, stream, 0)
    guard descriptor >= 0 else { return String(cString: strerror(errno)) }
    defer { close(descriptor) }
    // As libzmq does: connections of an earlier run that are still closing are no obstacle.
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    return result == 0 ? nil : String(cString: strerror(errno))
  }
}
