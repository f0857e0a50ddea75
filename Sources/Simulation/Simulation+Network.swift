import Configuration
import KeyValue
import Replication

/// Where messages go and what becomes of them.
extension Simulation {
  /// The bits of an event's `place` that name the link; the epoch is above them.
  private static let linkBits = 12

  /// For how long, in nanoseconds, a link of limited bandwidth may have messages to carry.
  private static let backlogMax: Int64 = 100_000_000

  /// Draws a number that depends on the seed, a stream and a place in it, on nothing else.
  func draw(_ stream: UInt64, _ place: UInt64) -> UInt64 {
    var bits = seed &+ stream &* 0x9E37_79B9_7F4A_7C15 &+ place &* 0xD1B5_4A32_D192_ED03
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// How long something takes: the least, and up to so much more.
  func duration(_ least: Int64, upTo more: Int64, drawn bits: UInt64) -> Int64 {
    least + Int64(bits.multipliedFullWidth(by: UInt64(more) + 1).high)
  }

  /// How long a message takes on a link on which nothing is wrong.
  private func latency(_ bits: UInt64) -> Int64 {
    duration(pace.latency, upTo: pace.jitter, drawn: bits)
  }

  /// Sends a message from server to server.
  mutating func send(_ message: Int, from: Int, to: Int, lane: Int) {
    let index = from * servers.count + to
    statistics.sent += 1
    links[index].lanes[lane].count += 1
    let place = links[index].lanes[lane].count
    let stream = UInt64(from << 16 | to << 8 | lane << 1)
    var arrival = time + latency(draw(stream, place))
    let trouble = links[index].trouble
    var isHeldBack = false
    if trouble != Link.Trouble() {
      var random = SplitMix64(seed: draw(stream | 1, place))
      if trouble.isCut { return drop(message, \.cut, from, to) }
      if random.happens(trouble.loss) { return drop(message, \.lost, from, to) }
      if let most = trouble.queueMax, links[index].onTheWay >= most {
        return drop(message, \.overflowed, from, to)
      }
      arrival += duration(trouble.delay, upTo: trouble.jitter, drawn: random.next())
      if let rate = trouble.bytesPerSecond {
        // Like a socket's buffer, a slow link holds so much and no more.
        guard links[index].busyUntil - time <= Self.backlogMax else {
          return drop(message, \.overflowed, from, to)
        }
        let length = Int64(size(message)) * 1_000_000_000 / Int64(rate)
        links[index].busyUntil = max(links[index].busyUntil, time) + length
        arrival += links[index].busyUntil - time
      }
      isHeldBack = random.happens(trouble.reorder)
      if isHeldBack { arrival += trouble.reorderBy }
      if random.happens(trouble.duplicate) {
        statistics.duplicated += 1
        inputs.retain(message)
        plan(message, on: index, at: arrival + latency(random.next()))
      }
    }
    if isHeldBack {
      statistics.reordered += 1
    } else {
      arrival = max(arrival, links[index].lanes[lane].lastArrival)
      links[index].lanes[lane].lastArrival = arrival
    }
    plan(message, on: index, at: arrival)
    if isTraced { traceSending(message, from: from, to: to, arrival: arrival) }
  }

  private mutating func plan(_ message: Int, on link: Int, at arrival: Int64) {
    links[link].onTheWay += 1
    let place = (links[link].epoch & 0x7FFFF) << Self.linkBits | link
    agenda.plan(.delivery, at: arrival, subject: message, place: place)
  }

  /// Gives up a message.
  private mutating func drop(
    _ message: Int, _ reason: WritableKeyPath<SimulationStatistics, Int>, _ from: Int, _ to: Int
  ) {
    statistics[keyPath: reason] += 1
    let input = inputs.take(message)
    if isTraced, let input { traceDrop(input, from: from, to: to) }
  }

  /// About how many bytes a message has.
  private func size(_ message: Int) -> Int {
    guard case .packet(let packet) = inputs[message] else { return 64 }
    return 64 + 8 * packet.received.count + packet.updates.reduce(0) { $0 + $1.command.byteCount }
  }

  /// A message arrives, unless its connection was reset or its server is down.
  mutating func deliver(_ event: Agenda.Event) {
    let link = Int(event.place) & (1 << Self.linkBits - 1)
    let server = link % servers.count
    guard !hold(event, server) else { return }
    links[link].onTheWay -= 1
    let input = inputs.take(Int(event.subject))
    let isCurrent = Int(event.place) >> Self.linkBits == links[link].epoch & 0x7FFFF
    guard let input, isCurrent, !servers[server].isDown else {
      statistics.reset += 1
      return
    }
    statistics.delivered += 1
    if isTraced { traceArrival(input, from: link / servers.count, to: server) }
    enter(input, server)
  }

  /// Keeps what arrives at a server that stands still until it goes on.
  mutating func hold(_ event: Agenda.Event, _ server: Int) -> Bool {
    guard servers[server].pauses > 0, !servers[server].isDown else { return false }
    servers[server].held.append(event)
    return true
  }
}
