public import KeyValue

/// Where a replica stands in its cluster.
public enum Standing: UInt8, Hashable, Sendable, CaseIterable {
  /// It has not heard everyone yet and does not know whether it was here before.
  case undecided
  /// It was here before, has lost its memory, and collects what the others know.
  case rejoining
  /// It knows everything that it ever acknowledged, and serves clients.
  case member
  /// It was here before and nobody has kept what it and the others knew.
  case lost
}

/// What a replica tells all others about who is who.
///
/// Each start of a server has a number of its own, its *incarnation*, greater than those of its earlier starts. Who knows
/// of a later incarnation of a server listens to the earlier ones no more.
public struct Status: Hashable, Sendable {
  /// Who sends it.
  public let sender: ServerID
  /// The sender's incarnation.
  public let incarnation: UInt64
  /// Where it stands.
  public let standing: Standing
  /// For each server the latest incarnation that the sender knows of, 0 for none; its own for itself.
  public let known: [UInt64]
  /// For each server the first incarnation that the sender knew of, 0 for none.
  public let first: [UInt64]
  /// Whether it wants everyone's status.
  public let asks: Bool

  /// Makes a status.
  public init(
    sender: ServerID, incarnation: UInt64, standing: Standing, known: [UInt64], first: [UInt64], asks: Bool
  ) {
    self.sender = sender
    self.incarnation = incarnation
    self.standing = standing
    self.known = known
    self.first = first
    self.asks = asks
  }
}

/// A request of a replica that has lost its memory for what another knows.
public struct JoinRequest: Hashable, Sendable {
  /// What a replica can ask for.
  public enum Wish: Hashable, Sendable {
    /// How far the other has come.
    case account
    /// What its store holds, from a place on.
    case entries(from: Int)
    /// Updates of a server that the other keeps.
    case updates(of: ServerID, ClosedRange<UInt64>)
  }

  /// Who asks.
  public let asker: ServerID
  /// Its incarnation.
  public let incarnation: UInt64
  /// For each server the incarnation that the asker knows, and that everyone has told it to know, too.
  public let known: [UInt64]
  /// What is wanted.
  public let wish: Wish

  /// Makes a request.
  public init(asker: ServerID, incarnation: UInt64, known: [UInt64], wish: Wish) {
    self.asker = asker
    self.incarnation = incarnation
    self.known = known
    self.wish = wish
  }
}

/// How far a member has come, told to a replica that has lost its memory. What it has, it tells in pieces.
public struct Account: Hashable, Sendable {
  /// A key, what it holds, and the stamp of the write that put it there, nil for what it held at first.
  public struct Entry: Hashable, Sendable {
    /// The key.
    public let key: Key
    /// Its value.
    public internal(set) var value: Value
    /// The stamp of the value.
    public internal(set) var stamp: Stamp?

    /// Makes an entry.
    public init(key: Key, value: Value, stamp: Stamp?) {
      self.key = key
      self.value = value
      self.stamp = stamp
    }

    /// About how many bytes of memory it takes.
    var byteCount: Int { Command.write(key, value).byteCount }
  }

  /// Who sends it.
  public let sender: ServerID
  /// The sender's incarnation.
  public let incarnation: UInt64
  /// For each server the incarnation that the sender knows: the account counts where all know the same.
  public let known: [UInt64]
  /// The latest time that the sender has given out or knows any server to have given out.
  public var clock: LogicalTime
  /// For each server the number up to which the sender has received its updates.
  public let received: [UInt64]
  /// For each server a time up to which the sender has received everything; for itself its clock.
  public let heard: [LogicalTime]
  /// For each server the number of its updates that the sender keeps no longer: those behind, up to ``received``, are all
  /// that some server may lack or that wait for delivery at the sender.
  public var forgotten: [UInt64]
  /// For each server the number of its updates that are in the sender's store.
  public var applied: [UInt64]
  /// How many keys the sender's store has.
  public let entries: Int

  /// Makes an account.
  public init(
    sender: ServerID, incarnation: UInt64, known: [UInt64], clock: LogicalTime, received: [UInt64],
    heard: [LogicalTime], forgotten: [UInt64], applied: [UInt64], entries: Int
  ) {
    self.sender = sender
    self.incarnation = incarnation
    self.known = known
    self.clock = clock
    self.received = received
    self.heard = heard
    self.forgotten = forgotten
    self.applied = applied
    self.entries = entries
  }

  /// Whether the sender has received what it has applied, and applied what it has forgotten.
  public var isPossible: Bool {
    zip(forgotten, applied).allSatisfy { $0 <= $1 } && zip(applied, received).allSatisfy { $0 <= $1 }
  }

  /// This account with what a later one of the same server says that it has received since. What it kept and what its store
  /// had stay as they are here.
  func extended(by later: Account) -> Account {
    Account(
      sender: sender, incarnation: incarnation, known: known, clock: max(clock, later.clock),
      received: zip(received, later.received).map(max), heard: zip(heard, later.heard).map(max),
      forgotten: forgotten, applied: applied, entries: entries)
  }
}

/// Some of what a member has, told to a replica that has lost its memory and asked for it.
public struct Piece: Hashable, Sendable {
  /// What it holds.
  public enum Content: Hashable, Sendable {
    /// What the store holds, from a place on.
    case entries(from: Int, [Account.Entry])
    /// Updates of a server, one after the other.
    case updates(of: ServerID, [Update])
  }

  /// Who sends it.
  public let sender: ServerID
  /// The sender's incarnation.
  public let incarnation: UInt64
  /// For each server the incarnation that the sender knows: the piece counts where all know the same.
  public let known: [UInt64]
  /// What it holds.
  public let content: Content

  /// Makes a piece.
  public init(sender: ServerID, incarnation: UInt64, known: [UInt64], content: Content) {
    self.sender = sender
    self.incarnation = incarnation
    self.known = known
    self.content = content
  }
}

/// What replicas tell one another about who is who and who lacks what.
public enum MembershipMessage: Hashable, Sendable {
  /// To all.
  case status(Status)
  /// To a member.
  case join(JoinRequest)
  /// To a replica that asked.
  case account(Account)
  /// To a replica that asked.
  case piece(Piece)
}
