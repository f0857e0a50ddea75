import Configuration
import History
import KeyValue
import Replication

/// Servers take their turns.
extension Simulation {
  /// The request of a barrier. Those of clients have lower numbers.
  static let harnessRequest = RequestID(.max)

  /// What a server's wall clock shows, in microseconds since 1970.
  private func wallClock(_ server: Int) -> LogicalTime {
    let step = pace.clockStep
    let shown = (Self.epoch + time + servers[server].skew) / step * step
    return LogicalTime(max(0, shown) / 1000)
  }

  /// Hands an input to a server, whose turn it then is.
  mutating func enter(_ input: Input, _ server: Int) {
    handle(input, server)
    openTurn(server)
  }

  /// Has a server's turn end a little later.
  mutating func openTurn(_ server: Int) {
    guard !servers[server].isTurnOpen else { return }
    servers[server].isTurnOpen = true
    agenda.plan(
      .turnEnd, at: time + pace.turn + servers[server].slowness, subject: server)
  }

  mutating func endTurn(_ server: Int) {
    guard !servers[server].isStill else {
      servers[server].owesTurnEnd = true
      return
    }
    servers[server].isTurnOpen = false
    handle(.turnEnded, server)
  }

  private mutating func handle(_ input: Input, _ server: Int) {
    var outputs: [Output] = []
    swap(&outputs, &self.outputs)
    servers[server].replica.handle(input, now: wallClock(server), &outputs)
    if showsStores { traceStore(server) }
    for output in outputs {
      switch output {
      case .reply(let request, let reply): answer(request, reply, from: server)
      case .broadcast(let packet):
        guard servers.count > 1 else { continue }
        let message = inputs.insert(.packet(packet), uses: servers.count - 1)
        for peer in servers.indices where peer != server { send(message, from: server, to: peer, lane: 0) }
      case .tell(let packet, let peer):
        send(inputs.insert(.packet(packet)), from: server, to: peer.number, lane: 0)
      case .send(let packet, let peer):
        send(inputs.insert(.packet(packet)), from: server, to: peer.number, lane: 1)
      case .fetch(let fetch, let peer):
        send(inputs.insert(.fetch(fetch)), from: server, to: peer.number, lane: 1)
      case .membership(let message, let peer):
        let peers = peer.map { [$0.number] } ?? servers.indices.filter { $0 != server }
        guard !peers.isEmpty else { continue }
        let input = inputs.insert(.membership(message), uses: peers.count)
        for peer in peers { send(input, from: server, to: peer, lane: 1) }
      }
    }
    outputs.removeAll(keepingCapacity: true)
    swap(&outputs, &self.outputs)
    if servers[server].isJoining { noteJoining(server) }
  }
}
