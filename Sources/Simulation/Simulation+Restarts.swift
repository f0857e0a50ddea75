import Configuration
import History
import Replication

/// Servers that are killed lose their memory and are started anew.
extension Simulation {
  /// The stream of draws of restarts.
  private static let restartStream: UInt64 = 1 << 41

  /// Kills a server, unless nobody else has kept what the cluster knows: such a kill is spared.
  mutating func kill(_ server: Int) {
    let isLast = !servers.indices.contains { $0 != server && isKeeping($0) }
    if servers[server].kills.begin(isSpared: isLast) {
      fall(server)
    } else if !servers[server].isDown {
      statistics.killsSpared += 1
    }
  }

  /// Ends a kill. The server is started anew when it was the last.
  mutating func endKill(_ server: Int) {
    guard servers[server].kills.end() else { return }
    servers[server].incarnation += 1
    servers[server].replica = makeReplica(start(of: server))
    servers[server].isJoining = true
    servers[server].copies = []
    if isTraced { trace.append(TraceEvent(time: time, kind: .forgot(server: server))) }
    statistics.restarts += 1
    if mayForget {
      // What it showed and wrote before may be gone with it, and with that the times that it gave.
      servers[server].lastWritten = nil
      servers[server].shown = []
    }
    openTurn(server)
  }

  /// What a start of a server is to know.
  func start(of server: Int) -> ReplicaStart {
    let incarnation = servers[server].incarnation
    let isTold = draw(Self.restartStream + UInt64(server), incarnation) & 1 == 1
    return ReplicaStart(
      id: ServerID(server), servers: servers.count, initial: configuration.initial,
      incarnation: losesMemory ? incarnation : 0, wasHere: incarnation > 1 && isTold,
      bounds: configuration.bounds)
  }

  private func isKeeping(_ server: Int) -> Bool {
    !servers[server].isDown && servers[server].replica.standing == .member
  }

  /// A server ends: what is on the way to it is lost, with all that it was about to take. What it sent still arrives.
  private mutating func fall(_ server: Int) {
    for other in servers.indices where other != server { resetLink(other, server) }
    let held = servers[server].held + servers[server].waiting
    servers[server].held = []
    servers[server].waiting = []
    // Nothing is held any more, so each is lost where it would have been taken.
    for event in held {
      agenda.plan(event.kind, at: time, subject: Int(event.subject), place: Int(event.place))
    }
  }

  /// Remembers which of its server's updates a write is, and so who has it.
  mutating func noteWrite(_ request: RequestID, by server: Int) {
    guard mayForget, let operation = operations[request] else { return }
    answeredWrites[server].append(
      AnsweredWrite(sequence: servers[server].replica.position, operation: operation))
  }

  /// Sees whether a server that was started anew has joined the others. Then it takes the requests that waited for it, and
  /// those of its answered writes are lost that none of the others had received: it goes on counting where they stopped.
  mutating func noteJoining(_ server: Int) {
    guard servers[server].isJoining, servers[server].replica.standing == .member else { return }
    servers[server].isJoining = false
    while let last = answeredWrites[server].last, last.sequence > servers[server].replica.position {
      lostWrites.insert(last.operation)
      answeredWrites[server].removeLast()
      statistics.writesLost += 1
    }
    let waiting = servers[server].waiting
    servers[server].waiting = []
    for event in waiting {
      agenda.plan(event.kind, at: time, subject: Int(event.subject), place: Int(event.place))
    }
  }
}

/// A write that a server has answered, where such a write may be lost with its server.
struct AnsweredWrite {
  /// The number of its server's updates when it was answered; its own, or a later one.
  let sequence: UInt64
  let operation: OperationID
}

extension FaultSchedule {
  /// Whether a server may be killed.
  var killsServers: Bool {
    entries.contains { entry in
      switch entry {
      case .fault(let fault): fault.kind.name == .kill
      case .random(let faults): faults.kinds.contains(.kill)
      }
    }
  }
}
