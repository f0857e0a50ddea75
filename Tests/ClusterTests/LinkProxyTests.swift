import CProcess
import Foundation
import KeyValue
import Testing

@testable import Cluster

/// A proxy between two blocking sockets of this test.
private final class Link {
  let proxy: LinkProxy
  private let listener: CInt
  let near: CInt
  let far: CInt
  private let entrance: UInt16

  init(seed: UInt64 = 1, conditions: [LinkPath: LinkCondition] = [:]) throws {
    proxy = try LinkProxy(seed: seed)
    var port: UInt16 = 0
    listener = cprocess_tcp_listen(&port)
    let target = LinkProxy.Target(server: 1, role: .peer)
    entrance = try proxy.open(from: .server(0), to: target)
    proxy.place(target, at: port)
    proxy.set(conditions)
    near = cprocess_tcp_connect(entrance)
    Self.wait(listener, POLLIN)
    far = cprocess_tcp_accept(listener)
    try #require(near >= 0 && far >= 0)
  }

  /// What the proxy makes of the next connection.
  func accept() -> CInt {
    Self.wait(listener, POLLIN)
    return cprocess_tcp_accept(listener)
  }

  /// Another connection, which the proxy takes and may have to end.
  func another() -> CInt { cprocess_tcp_connect(entrance) }

  deinit {
    for socket in [listener, near, far] { close(socket) }
  }

  static let forth = LinkPath(from: .server(0), to: .server(1))
  static let back = LinkPath(from: .server(1), to: .server(0))

  /// Whether something can be done with a socket before a test gives up.
  @discardableResult
  static func wait(_ socket: CInt, _ event: Int32, milliseconds: CInt = 30_000) -> Bool {
    var polled = pollfd(fd: socket, events: Int16(event), revents: 0)
    return poll(&polled, 1, milliseconds) > 0
  }

  static func send(_ bytes: [UInt8], to socket: CInt) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map { cprocess_tcp_write(socket, $0 + sent, Int64(bytes.count - sent)) } ?? -1
      }
      if count > 0 { sent += Int(count) } else if !wait(socket, POLLOUT) { return }
    }
  }

  /// So many bytes, or fewer if the connection ends; nil where it is reset.
  static func receive(_ count: Int, from socket: CInt) -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < count {
      guard wait(socket, POLLIN) else { return bytes }
      let got = read(socket, &buffer, min(buffer.count, count - bytes.count))
      if got < 0 { return nil }
      if got == 0 { return bytes }
      bytes += buffer.prefix(got)
    }
    return bytes
  }
}

@Suite("A proxy on a link")
struct LinkProxyTests {
  @Test("passes bytes unchanged both ways, however they are cut into pieces, and then their end")
  func bytes() throws {
    var random = SplitMix64(seed: 7, stream: 0)
    for (delay, jitter, limit) in [(Int64(0), Int64(0), Int?.none), (2_000_000, 2_000_000, 20_000_000)] {
      var condition = LinkCondition()
      condition.delay = delay
      condition.jitter = jitter
      condition.bytesPerSecond = limit
      let link = try Link(conditions: [Link.forth: condition, Link.back: condition])
      for (from, to) in [(link.near, link.far), (link.far, link.near)] {
        for _ in 0..<30 {
          let piece = (0..<random.below(20_000) + 1).map { _ in UInt8(truncatingIfNeeded: random.next()) }
          Link.send(piece, to: from)
          #expect(Link.receive(piece.count, from: to) == piece)
        }
      }
      Link.send([1, 2, 3], to: link.near)
      shutdown(link.near, CInt(SHUT_WR))
      #expect(Link.receive(4, from: link.far) == [1, 2, 3])
      Link.send([4], to: link.far)
      #expect(Link.receive(1, from: link.near) == [4], "the other direction goes on")
    }
  }

  @Test("holds what a cut path carries until it is well again, and lets the other direction pass")
  func cut() throws {
    var cut = LinkCondition()
    cut.isCut = true
    let link = try Link()
    Link.send([1], to: link.near)
    #expect(Link.receive(1, from: link.far) == [1])
    link.proxy.set([Link.forth: cut])
    // The answer comes after the order, and the question, if it is passed at all, before the answer.
    Link.send([9], to: link.far)
    #expect(Link.receive(1, from: link.near) == [9])
    Link.send([2], to: link.near)
    Link.send([8], to: link.far)
    #expect(Link.receive(1, from: link.near) == [8])
    #expect(!Link.wait(link.far, POLLIN, milliseconds: 0))
    link.proxy.set([:])
    #expect(Link.receive(1, from: link.far) == [2])
  }

  @Test("resets the connections of a path and no others, and takes new ones")
  func reset() throws {
    let link = try Link()
    Link.send([1], to: link.near)
    #expect(Link.receive(1, from: link.far) == [1])
    link.proxy.reset([LinkPath(from: .server(0), to: .server(2))])
    Link.send([2], to: link.near)
    #expect(Link.receive(1, from: link.far) == [2])
    link.proxy.reset([Link.back])
    #expect(Link.receive(1, from: link.far) == nil)
    #expect(Link.receive(1, from: link.near) == nil)
    let next = link.another()
    defer { close(next) }
    Link.send([3], to: next)
    let far = link.accept()
    defer { close(far) }
    #expect(Link.receive(1, from: far) == [3])
    // Whoever has the ports of a server that ended gets nothing of what was meant for it.
    link.proxy.displace(1)
    link.proxy.reset([Link.forth])
    let last = link.another()
    defer { close(last) }
    #expect(Link.receive(1, from: last) == nil)
  }

  @Test("what travels takes no less than the delay, and no more of it passes than there may")
  func times() throws {
    var condition = LinkCondition()
    condition.delay = 20_000_000
    let late = try Link(conditions: [Link.forth: condition])
    let clock = ContinuousClock()
    let delayed = clock.measure {
      Link.send([1], to: late.near)
      #expect(Link.receive(1, from: late.far) == [1])
    }
    #expect(delayed >= .milliseconds(20))
    var narrow = LinkCondition()
    narrow.bytesPerSecond = 1_000_000
    let link = try Link(conditions: [Link.forth: narrow])
    let bytes = [UInt8](repeating: 7, count: 50_000)
    let metered = clock.measure {
      Link.send(bytes, to: link.near)
      #expect(Link.receive(bytes.count, from: link.far) == bytes)
    }
    // As much as is reckoned at once passes in no time.
    #expect(metered >= .milliseconds(40))
  }

  @Test("delivers in order what takes longer by different times")
  func order() throws {
    var condition = LinkCondition()
    condition.delay = 3_000_000
    condition.jitter = 3_000_000
    let link = try Link(conditions: [Link.forth: condition])
    let bytes = (0..<100).map { UInt8($0) }
    for byte in bytes {
      Link.send([byte], to: link.near)
      // So that they travel as pieces of their own.
      Link.send([byte], to: link.far)
      #expect(Link.receive(1, from: link.near) == [byte])
    }
    #expect(Link.receive(bytes.count, from: link.far) == bytes)
  }

  @Test("refuses a connection to a server that is not there")
  func nobody() throws {
    let proxy = try LinkProxy(seed: 1)
    let port = try proxy.open(from: .clients, to: .init(server: 0, role: .client))
    let socket = cprocess_tcp_connect(port)
    defer { close(socket) }
    #expect(Link.receive(1, from: socket) == nil)
  }
}
