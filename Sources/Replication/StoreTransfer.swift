/// What has come of the store that a replica without memory takes over from another.
struct StoreTransfer: Hashable {
  /// The one whose store is taken over.
  let donor: Int
  /// How many entries of its store have come.
  private(set) var entries = 0
  /// For each server the time of the last of its writes that was found among them.
  private var found: [LogicalTime]
  /// For each server its updates that have come, of those that the donor has not forgotten.
  var updates: [[Update]]

  /// Begins with nothing of the store of one of so many servers.
  init(from donor: ServerID, servers: Int) {
    self.donor = donor.number
    found = Array(repeating: 0, count: servers)
    updates = Array(repeating: [], count: servers)
  }

  /// Takes note of entries that have come.
  mutating func take(_ entries: [Account.Entry]) {
    self.entries += entries.count
    for case let stamp? in entries.map(\.stamp) where found.indices.contains(stamp.server.number) {
      found[stamp.server.number] = max(found[stamp.server.number], stamp.time)
    }
  }

  /// Whether the giver of the store had received, when it gave this account, all that was found in the store.
  func isExplained(by account: Account) -> Bool {
    zip(found, account.heard).allSatisfy { $0 <= $1 }
  }
}
