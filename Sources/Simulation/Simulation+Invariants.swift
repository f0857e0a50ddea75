import History
import KeyValue
import Replication

/// What must hold in every run besides the model, seen from the stamps that replicas answer with.
extension Simulation {
  /// A replica gives its writes growing stamps of its own, and does not show a key older than it has shown it.
  mutating func checkStamps(_ reply: Reply, server: Int, session: Int, isCurrent: Bool) {
    switch reply {
    case .written(let stamp):
      let last = servers[server].lastWritten
      if stamp.server.number != server || last.map({ stamp <= $0 }) ?? false {
        fail(.stampOutOfOrder(server: server))
      }
      servers[server].lastWritten = stamp
    case .value(_, let stamp), .mismatch(_, let stamp):
      guard isCurrent else { return }
      let key = Int(sessions[session].key.index)
      while servers[server].shown.count <= key { servers[server].shown.append(nil) }
      if let shown = servers[server].shown[key], stamp.map({ $0 < shown }) ?? true {
        fail(.wentBack(server: server, key: builder.key(sessions[session].key).text))
      }
      servers[server].shown[key] = stamp
    case .refused, .busy, .reached: break
    }
  }

  /// A client learned that a write took effect.
  mutating func acknowledge(_ stamp: Stamp, _ key: KeyID) {
    let key = Int(key.index)
    while acknowledged.count <= key { acknowledged.append(nil) }
    if acknowledged[key].map({ $0 < stamp }) ?? true { acknowledged[key] = stamp }
  }

  /// All servers end with the same value and stamp of a key, no older than any write of it that was acknowledged.
  mutating func checkEnding(_ value: Value, _ stamp: Stamp?, _ session: Session) {
    let key = Int(session.key.index)
    let name = builder.key(session.key).text
    if let least = acknowledged[key], stamp.map({ $0 < least }) ?? true {
      fail(.lostWrite(server: session.server, key: name))
    }
    if let first = ending[key] {
      if first.value != value || first.stamp != stamp { fail(.diverged(key: name)) }
    } else {
      ending[key] = (value, stamp)
    }
  }

  /// Remembers what went wrong first.
  mutating func fail(_ failure: SimulationFailure) {
    self.failure = self.failure ?? failure
  }
}
