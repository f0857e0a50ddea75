import CProcess
import Foundation
import KeyValue
import Synchronization
import ZeroMQ

/// Stands on every link of a cluster: servers and clients are told its ports in place of the real ones, so that what
/// travels between them can be held, delayed and lost although they know nothing of it.
///
/// It copies bytes and understands none of them. One thread does all of it; see ``ProxyLoop``.
final class LinkProxy: Sendable {
  /// What a server's port is for.
  enum Role: Hashable, Sendable {
    case peer
    case publish
    case client
  }

  /// A port of a server.
  struct Target: Hashable, Sendable {
    let server: Int
    let role: Role
  }

  /// What the loop is told.
  enum Order: Sendable {
    /// Connections to this listening socket are made by one and go on to the other.
    case listen(CInt, from: LinkEnd, to: Target)
    /// A port is to be found there from now on.
    case place(Target, UInt16)
    /// A server has no ports any more: somebody else may get them.
    case displace(Int)
    /// From now on these paths, and no others, are in trouble.
    case conditions([LinkPath: LinkCondition])
    /// Connections that carry one of these paths are reset.
    case reset(Set<LinkPath>)
    case stop
  }

  private let orders: Mailbox<Order>

  /// Starts the thread.
  ///
  /// - Parameter seed: where jitter comes from.
  init(seed: UInt64) throws(ZeroMQError) {
    let orders = try Mailbox<Order>()
    self.orders = orders
    let thread = try LoopThread(name: "link-proxy") {
      var loop = ProxyLoop(orders: orders, seed: seed)
      loop.run()
    }
    _ = consume thread
  }

  deinit { orders.post(.stop) }

  /// Opens a port at which one end finds a port of a server.
  func open(from: LinkEnd, to target: Target) throws(ZeroMQError) -> UInt16 {
    var port: UInt16 = 0
    let listener = cprocess_tcp_listen(&port)
    guard listener >= 0 else {
      throw ZeroMQError(operation: "open a port for a link", code: .init(rawValue: errno))
    }
    orders.post(.listen(listener, from: from, to: target))
    return port
  }

  /// Says where a port of a server is.
  func place(_ target: Target, at port: UInt16) { orders.post(.place(target, port)) }

  /// Says that a server is not at its ports any more.
  func displace(_ server: Int) { orders.post(.displace(server)) }

  /// Says what is wrong with which paths; all others are well.
  func set(_ conditions: [LinkPath: LinkCondition]) { orders.post(.conditions(conditions)) }

  /// Resets the connections that carry one of the paths.
  func reset(_ paths: Set<LinkPath>) { orders.post(.reset(paths)) }
}
