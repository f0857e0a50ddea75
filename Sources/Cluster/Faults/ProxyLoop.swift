import CProcess
import Foundation
import History
import KeyValue
import ZeroMQ

/// The loop of a ``LinkProxy``: accepts connections, makes one onward for each, and copies bytes both ways as the state of
/// their paths allows.
struct ProxyLoop: ~Copyable {
  private struct Listener {
    let socket: CInt
    let from: LinkEnd
    let to: LinkProxy.Target
  }

  /// A connection and the one that continues it.
  private struct Relay {
    let near: CInt
    let far: CInt
    let forth: LinkPath
    let back: LinkPath
    var isConnected = false
    var forward = RelayPipe()
    var backward = RelayPipe()

    var isOver: Bool { forward.isDone && backward.isDone }
  }

  private let orders: Mailbox<LinkProxy.Order>
  private var listeners: [Listener] = []
  private var relays: [Relay] = []
  private var places: [LinkProxy.Target: UInt16] = [:]
  private var conditions: [LinkPath: LinkCondition] = [:]
  private var meters: [LinkPath: LinkMeter] = [:]
  private var random: SplitMix64
  private var polled: [pollfd] = []
  private var timer = LoopTimer()
  private var isStopped = false
  /// How many turns there were: each serves another relay first, as those of one path share its bandwidth.
  private var turn = 0
  /// Before this time nothing is accepted, as there was no descriptor left for it.
  private var acceptsFrom: Int64 = 0

  init(orders: Mailbox<LinkProxy.Order>, seed: UInt64) {
    self.orders = orders
    random = SplitMix64(seed: seed, stream: 0x11A7 << 32)
  }

  deinit {
    for listener in listeners { close(listener.socket) }
    for relay in relays {
      close(relay.near)
      close(relay.far)
    }
  }

  /// Works until it is told to stop.
  mutating func run() {
    while !isStopped {
      wait()
      // Before anything that was sent after them, and changing what was polled.
      if polled[0].revents != 0 {
        for order in orders.drain() { take(order) }
        continue
      }
      let accepting = listeners.indices.filter { polled[Self.firstListener + $0].revents != 0 }
      let firstRelay = Self.firstListener + listeners.count
      turn &+= 1
      for offset in relays.indices {
        let index = (offset + turn) % relays.count
        let near = polled[firstRelay + 2 * index].revents
        let far = polled[firstRelay + 2 * index + 1].revents
        advance(index, near: near, far: far)
      }
      for index in relays.indices.reversed() where relays[index].isOver { end(index, isReset: false) }
      for index in accepting { accept(listeners[index]) }
    }
  }

  // MARK: Waiting

  private static let firstListener = 2

  /// Waits until something can be done. What is polled: the orders, the timer, the listeners, two sockets a relay.
  private mutating func wait() {
    let now = Self.now
    var wake = Int64.max
    polled.removeAll(keepingCapacity: true)
    polled.append(Self.polled(orders.descriptor, reads: true))
    polled.append(Self.polled(-1))
    let accepts = now >= acceptsFrom
    if !accepts { wake = acceptsFrom }
    for listener in listeners { polled.append(Self.polled(listener.socket, reads: accepts)) }
    for relay in relays {
      let forth = conditions[relay.forth] ?? LinkCondition()
      let back = conditions[relay.back] ?? LinkCondition()
      guard relay.isConnected else {
        polled.append(Self.polled(-1))
        polled.append(Self.polled(relay.far, writes: true))
        continue
      }
      polled.append(
        Self.polled(
          relay.near, reads: relay.forward.wantsRead(forth), writes: relay.backward.wantsWrite(back)))
      polled.append(
        Self.polled(relay.far, reads: relay.backward.wantsRead(back), writes: relay.forward.wantsWrite(forth))
      )
      wake = min(
        wake, relay.forward.wake(forth, now: now) ?? .max, relay.backward.wake(back, now: now) ?? .max)
    }
    var timeout: CInt = -1
    if wake <= now {
      timeout = 0
    } else if wake < .max {
      if let descriptor = timer.descriptor {
        timer.set(wake)
        polled[1] = Self.polled(descriptor, reads: true)
      }
      timeout = CInt(clamping: (wake - now) / 1_000_000 + 1)
    }
    // An interruption shows nothing ready, and the next turn waits again.
    if poll(&polled, nfds_t(polled.count), timeout) < 0 {
      for index in polled.indices { polled[index].revents = 0 }
    }
  }

  /// What to poll of a socket: nothing at all where nothing is wanted, as its end would be told again and again.
  private static func polled(_ socket: CInt, reads: Bool = false, writes: Bool = false) -> pollfd {
    let events = (reads ? POLLIN : 0) | (writes ? POLLOUT : 0)
    return pollfd(fd: events == 0 ? -1 : socket, events: Int16(events), revents: 0)
  }

  private static var now: Int64 { Recorder.Time.now().monotonic }

  // MARK: Connections

  private mutating func accept(_ listener: Listener) {
    while true {
      let near = cprocess_tcp_accept(listener.socket)
      guard near >= 0 else {
        if errno == EMFILE || errno == ENFILE { acceptsFrom = Self.now + 10_000_000 }
        return
      }
      // Nobody there: the connection ends, as one to a closed port does.
      guard let port = places[listener.to] else {
        cprocess_tcp_reset(near)
        continue
      }
      let far = cprocess_tcp_connect(port)
      guard far >= 0 else {
        cprocess_tcp_reset(near)
        continue
      }
      let server = LinkEnd.server(listener.to.server)
      relays.append(
        Relay(
          near: near, far: far, forth: LinkPath(from: listener.from, to: server),
          back: LinkPath(from: server, to: listener.from)))
    }
  }

  private mutating func advance(_ index: Int, near: Int16, far: Int16) {
    if !relays[index].isConnected {
      guard far != 0 else { return }
      guard cprocess_tcp_error(relays[index].far) == 0 else { return refuse(index) }
      relays[index].isConnected = true
    }
    let relay = relays[index]
    let now = Self.now
    let forth = conditions[relay.forth] ?? LinkCondition()
    let back = conditions[relay.back] ?? LinkCondition()
    if near & ~Int16(POLLOUT) != 0 { relays[index].forward.read(from: relay.near, forth, now: now, &random) }
    if far & ~Int16(POLLOUT) != 0 { relays[index].backward.read(from: relay.far, back, now: now, &random) }
    relays[index].forward.write(to: relay.far, forth, &meters[relay.forth, default: LinkMeter()], now: now)
    relays[index].backward.write(to: relay.near, back, &meters[relay.back, default: LinkMeter()], now: now)
  }

  /// The connection onward cannot be made.
  private mutating func refuse(_ index: Int) {
    relays[index].forward.abandon()
    relays[index].backward.abandon()
  }

  private mutating func end(_ index: Int, isReset: Bool) {
    let relay = relays[index]
    relays.swapAt(index, relays.count - 1)
    relays.removeLast()
    for socket in [relay.near, relay.far] {
      if isReset { cprocess_tcp_reset(socket) } else { close(socket) }
    }
  }

  // MARK: Orders

  private mutating func take(_ order: LinkProxy.Order) {
    switch order {
    case .listen(let socket, let from, let to): listeners.append(Listener(socket: socket, from: from, to: to))
    case .place(let target, let port): places[target] = port
    case .displace(let server): places = places.filter { $0.key.server != server }
    case .conditions(let conditions): self.conditions = conditions
    case .reset(let paths):
      for index in relays.indices.reversed()
      where paths.contains(relays[index].forth) || paths.contains(relays[index].back) {
        end(index, isReset: true)
      }
    case .stop: isStopped = true
    }
  }
}
