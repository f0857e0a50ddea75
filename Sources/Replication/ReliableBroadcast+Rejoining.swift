import DequeModule

extension ReliableBroadcast {
  /// The latest time that any other replica is known to have given out.
  var latestClockHeard: LogicalTime {
    others.map { max(peers[$0].heard, peers[$0].promised.clock) }.max() ?? 0
  }

  /// For each replica a time up to which everything of it was received; for this one its clock.
  func heardTimes(clock: LogicalTime) -> [LogicalTime] {
    peers.indices.map { $0 == id.number ? clock : peers[$0].heard }
  }

  /// For each replica the number of its updates that are kept no longer.
  var forgotten: [UInt64] { zip(received, kept).map { $0 - UInt64($1.count) } }

  /// Takes on what the members of the cluster know, having forgotten everything.
  ///
  /// What it sent itself is taken up where it stopped: the members know how far that is, and hold between them all that
  /// some of them lack, so it can answer them as it could before.
  ///
  /// - Parameters:
  ///   - accounts: those of all members.
  ///   - donor: the one whose store is taken over.
  ///   - updates: for each replica its updates behind those that the donor has forgotten, up to the last that any member
  ///     has received.
  mutating func adopt(_ accounts: [Account], donor: Account, updates: [[Update]]) {
    applied = donor.applied
    for stream in peers.indices {
      received[stream] = donor.forgotten[stream] + UInt64(updates[stream].count)
      kept[stream] = Deque(updates[stream])
      keptBytes[stream] = updates[stream].reduce(0) { $0 + $1.command.byteCount }
      peers[stream].announced = received[stream]
      peers[stream].lastTime = updates[stream].last?.time ?? 0
      peers[stream].heard = max(donor.heard[stream], peers[stream].lastTime)
    }
    publishedClock = peers[id.number].lastTime
    for account in accounts { note(reports: account.received, of: account.sender.number) }
    note(reports: received, of: id.number)
    probe()
  }
}
