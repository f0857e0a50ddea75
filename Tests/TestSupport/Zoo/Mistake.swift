/// A realistic mistake of a replica.
public enum Mistake: String, Sendable, CaseIterable {
  case readsLocally, ignoresClocks, servesStaleReads, comparesOnReceipt, acknowledgesWhenSent, dropsFetches
  case repeatsUnderNewNumbers, countsOneForAll
  case forgetsTheQueue, readsWhileCatchingUp, rejoinsWithAnOldClock, rejoinsAsNew, forgetsAnEntry
  case appliesOnArrival, latestArrivalWins, forgetsTheTieBreak, dropsTheEqualStamp, comparesValuesFirst
  case neverAdvancesItsClock, ignoresGaps
  case breaksTiesByArrival, deliversDuplicates

  /// What the replica does wrong, for a table.
  public var sentence: String {
    switch self {
    case .readsLocally: "reads its own copy where an ordered read is promised"
    case .ignoresClocks: "delivers without waiting for all clocks"
    case .servesStaleReads: "answers a read from a cache that is one answer old"
    case .comparesOnReceipt: "decides compare-and-set on receipt rather than on delivery"
    case .acknowledgesWhenSent: "acknowledges a write when it is sent rather than when it is applied"
    case .dropsFetches: "never sends again what was lost"
    case .repeatsUnderNewNumbers: "sends again under a new number, so that an update is delivered twice"
    case .countsOneForAll: "takes one peer's acknowledgement for everyone's"
    case .forgetsTheQueue: "takes over the store on rejoining, without the queue"
    case .readsWhileCatchingUp: "serves reads while it catches up"
    case .rejoinsWithAnOldClock: "rejoins with a clock that starts again"
    case .rejoinsAsNew: "starts anew as if it had never been here"
    case .forgetsAnEntry: "forgets a key's last write on rejoining"
    case .appliesOnArrival: "applies writes in order of arrival where one order is promised"
    case .latestArrivalWins: "last writer wins by arrival, not by stamp"
    case .forgetsTheTieBreak: "compares stamps without the server: of equal times the later arrival stays"
    case .dropsTheEqualStamp: "drops a write whose time equals that of the one it has"
    case .comparesValuesFirst: "compares values first, then stamps"
    case .neverAdvancesItsClock: "does not advance its clock on receipt"
    case .ignoresGaps: "passes over a gap and drops what fills it later"
    case .breaksTiesByArrival:
      "forgets the tie-break inside the total order: of equal times the first to arrive is first"
    case .deliversDuplicates: "applies a packet that arrives twice again"
    }
  }
}
