import DequeModule

extension ReliableBroadcast {
  /// The latest time that any other replica is known to have given out.
  var latestClockHeard: LogicalTime {
    others.map { max(peers[$0].heard, peers[$0].promised.clock) }.max() ?? 0
  }

  /// For each replica a time up to which everything of it was received.
  var heardTimes: [LogicalTime] { peers.map(\.heard) }

  /// Takes on what the members of the cluster know, having forgotten everything.
  ///
  /// What it sent itself is taken up where it stopped: the members know how far that is, and hold between them all that
  /// some of them lack, so it can answer them as it could before.
  ///
  /// - Parameters:
  ///   - accounts: those of all members.
  ///   - donor: the one whose store is taken over.
  /// - Returns: updates that the donor has not received and another member has, with their senders.
  mutating func adopt(
    _ accounts: [Account], donor: Account
  ) -> [(sender: ServerID, update: Update)] {
    var missing: [(sender: ServerID, update: Update)] = []
    received = donor.received
    keptBytes = 0
    for stream in peers.indices {
      kept[stream] = Deque(donor.unstable[stream])
      let furthest = accounts.max { $0.received[stream] < $1.received[stream] } ?? donor
      for update in furthest.unstable[stream] where update.sequence == received[stream] + 1 {
        received[stream] += 1
        kept[stream].append(update)
        missing.append((ServerID(stream), update))
      }
      peers[stream].heard = donor.heard[stream]
      peers[stream].announced = received[stream]
    }
    for update in kept[id.number] { keptBytes += update.command.byteCount }
    for account in accounts { note(reports: account.received, of: account.sender.number) }
    note(reports: received, of: id.number)
    probe()
    return missing
  }
}
