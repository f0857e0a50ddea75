import Configuration
import Replication

/// A replica and the machine that it runs on.
struct SimulatedServer {
  var replica: any Replica
  /// The faults that keep it down, or would, had anyone else kept what the cluster knows.
  var kills = KillCount()
  /// How often it was started.
  var incarnation: UInt64 = 1
  /// How many faults keep it still.
  var pauses = 0
  /// How much longer it takes over a turn.
  var slowness: Int64 = 0
  /// How far its wall clock is off.
  var skew: Int64 = 0
  /// Whether it gathers what arrives.
  var isTurnOpen = false
  /// Whether the end of its turn came while it stood still.
  var owesTurnEnd = false
  /// What arrived while it stood still.
  var held: [Agenda.Event] = []
  /// Whether it was started and has not joined the others yet.
  var isJoining = false
  /// Requests that wait until it has joined the others.
  var waiting: [Agenda.Event] = []
  /// The stamp of the last write that it answered.
  var lastWritten: Stamp?
  /// For each key the greatest stamp that it has shown.
  var shown: [Stamp?] = []
  /// For each key what its copy held when that was told last; empty where nobody asked.
  var copies: [Account.Entry?] = []

  init(replica: any Replica) {
    self.replica = replica
  }

  var isDown: Bool { kills.isDown }
  var isStill: Bool { pauses > 0 || isDown }
}
