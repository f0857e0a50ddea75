public import KeyValue

/// A replica that finds its way back into its cluster after its server was started anew and has lost its memory.
///
/// It serves nobody before everyone has told it who they are. If all know of no earlier start of it, it begins as the
/// others do. If one does, it has forgotten what it acknowledged, and rejoins in two steps:
///
/// 1. It waits until everyone knows the same latest start of every server. From then on nobody listens to what an earlier
///    start of a server sent, and nobody counts on what an earlier start acknowledged.
/// 2. It asks every member how far it has come. From the one that has come furthest it takes the store, piece by piece, and
///    from that and the others the updates that some may lack. So it takes up its own updates where it stopped, with a
///    clock that nobody has seen exceeded, and is a member again.
///
/// Should a server be started anew meanwhile, it begins with the first step again. `protocol.md` has the argument why
/// nothing that was answered is lost or answered differently as long as one member has lived through it all.
public struct RejoiningReplica<Core: RecoverableReplica>: Replica {
  private let id: ServerID
  private var incarnation: UInt64
  /// Whether whoever started the server knows that it was here before.
  private let wasHere: Bool
  private var core: Core
  /// Where it stands in its cluster.
  public private(set) var standing = Standing.undecided
  private var known: [UInt64]
  private var first: [UInt64]
  /// What each other server said last.
  private var statuses: [Status?]
  /// How far each member has come, told since all know the same starts.
  private var accounts: [Account?]
  /// What has come of the pieces; nil before everyone has told how far it has come.
  private var transfer: StoreTransfer?
  private var owesStatus = true
  /// What members were asked for since the last tick.
  private var asked: Set<Question> = []

  private struct Question: Hashable {
    let member: ServerID
    let wish: JoinRequest.Wish
  }

  /// Makes the replica of one of so many servers.
  ///
  /// - Parameters:
  ///   - core: the replica proper, fresh.
  ///   - incarnation: which start of the server it is: not 0, and greater than for every earlier start.
  ///   - wasHere: whether the server is known to have been here before. Where it is not, the others will tell.
  public init(_ core: Core, id: ServerID, servers: Int, incarnation: UInt64, wasHere: Bool) {
    self.core = core
    self.id = id
    self.incarnation = incarnation
    self.wasHere = wasHere
    known = Array(repeating: 0, count: servers)
    known[id.number] = incarnation
    first = known
    statuses = Array(repeating: nil, count: servers)
    accounts = Array(repeating: nil, count: servers)
    if servers == 1 { standing = wasHere ? .lost : .member }
  }

  /// The number of updates that this replica has broadcast.
  public var position: UInt64 { core.position }

  /// What its own copy of a key holds.
  public func copy(of key: Key) -> Account.Entry? { core.copy(of: key) }

  /// Whether something is outstanding that a tick would push on if a message was lost.
  public var isWaiting: Bool {
    switch standing {
    case .undecided, .rejoining: true
    case .member: core.isWaiting
    case .lost: false
    }
  }

  /// Whether it has something to tell that nobody waits for.
  public var isOwing: Bool { standing == .member && core.isOwing }

  /// Takes an input.
  public mutating func handle(_ input: Input, now: LogicalTime, _ outputs: inout [Output]) {
    switch input {
    case .request(let request, _) where standing != .member,
      .barrier(let request, _) where standing != .member:
      outputs.append(
        .reply(request, .busy("server busy: it has not joined the others yet; retry later")))
    case .request, .barrier:
      core.handle(input, now: now, &outputs)
    case .packet(let packet):
      // Before it is a member it has nothing to lay an update beside; what it lets pass it will fetch.
      guard standing == .member, known.indices.contains(packet.sender.number),
        packet.incarnation >= known[packet.sender.number]
      else { return }
      learn(packet.sender.number, packet.incarnation)
      core.handle(input, now: now, &outputs)
    case .fetch:
      if standing == .member { core.handle(input, now: now, &outputs) }
    case .membership(let message):
      take(message, &outputs)
    case .peerJoined:
      owesStatus = true
      core.handle(input, now: now, &outputs)
    case .tick:
      if standing == .member { return core.handle(input, now: now, &outputs) }
      owesStatus = true
      asked = []
      proceed(&outputs)
    case .lull:
      if standing == .member { core.handle(input, now: now, &outputs) }
    case .turnEnded:
      if standing == .member { core.handle(input, now: now, &outputs) }
      sendStatus(&outputs)
    }
  }

  private mutating func sendStatus(_ outputs: inout [Output]) {
    guard owesStatus, known.count > 1 else { return }
    owesStatus = false
    outputs.append(
      .membership(
        .status(
          Status(
            sender: id, incarnation: incarnation, standing: standing, known: known, first: first,
            asks: standing == .undecided || standing == .rejoining)), to: nil))
  }

  // MARK: Who is who

  private mutating func take(_ message: MembershipMessage, _ outputs: inout [Output]) {
    switch message {
    case .status(let status):
      guard isSound(status.sender, status.incarnation, status.known), status.first.count == known.count else {
        // One that was here before and whose clock was set back is to learn so, as often as it asks.
        if status.asks { owesStatus = true }
        return
      }
      learn(status.known, of: status.sender, status.incarnation)
      statuses[status.sender.number] = status
      if status.asks { owesStatus = true }
      let latest = status.known[id.number]
      if standing == .undecided, latest > incarnation { begin(as: latest + 1) }
    case .join(let request):
      guard isSound(request.asker, request.incarnation, request.known) else { return }
      learn(request.known, of: request.asker, request.incarnation)
      guard standing == .member, request.known == known else {
        owesStatus = true
        return
      }
      answer(request, &outputs)
    case .account(let account):
      guard standing == .rejoining, isSound(account.sender, account.incarnation, account.known),
        isSound(account)
      else { return }
      learn(account.known, of: account.sender, account.incarnation)
      guard account.known == known else { return }
      take(account)
    case .piece(let piece):
      guard standing == .rejoining, isSound(piece.sender, piece.incarnation, piece.known) else { return }
      learn(piece.known, of: piece.sender, piece.incarnation)
      guard piece.known == known else { return }
      take(piece)
    }
    proceed(&outputs)
  }

  /// Whether it comes from another server of this cluster, and not from an earlier start of it.
  private func isSound(_ sender: ServerID, _ incarnation: UInt64, _ known: [UInt64]) -> Bool {
    sender != id && known.count == self.known.count && known.indices.contains(sender.number)
      && known[sender.number] == incarnation && incarnation >= self.known[sender.number]
  }

  /// Whether it tells of all servers, and what can be.
  private func isSound(_ account: Account) -> Bool {
    let counts = [
      account.received.count, account.heard.count, account.forgotten.count, account.applied.count,
    ]
    return counts.allSatisfy { $0 == known.count } && account.isPossible
  }

  private func answer(_ request: JoinRequest, _ outputs: inout [Output]) {
    let content: Piece.Content
    switch request.wish {
    case .account:
      let account = core.account(incarnation: incarnation, known: known)
      return outputs.append(.membership(.account(account), to: request.asker))
    case .entries(let place): content = .entries(from: place, core.entries(from: place))
    case .updates(let server, let range): content = .updates(of: server, core.updates(of: server, range))
    }
    let piece = Piece(sender: id, incarnation: incarnation, known: known, content: content)
    outputs.append(.membership(.piece(piece), to: request.asker))
  }

  private mutating func learn(_ known: [UInt64], of sender: ServerID, _ incarnation: UInt64) {
    for (server, incarnation) in known.enumerated() where server != id.number { learn(server, incarnation) }
  }

  private mutating func learn(_ server: Int, _ incarnation: UInt64) {
    guard incarnation > known[server] else { return }
    if known[server] == 0 { first[server] = incarnation } else { core.restart(of: ServerID(server)) }
    known[server] = incarnation
    // What was told before not everyone knew of this start has to be told again.
    statuses[server] = nil
    accounts = Array(repeating: nil, count: known.count)
    transfer = nil
    asked = []
    if standing != .member { owesStatus = true }
  }

  // MARK: The way back

  private var others: [Int] { known.indices.filter { $0 != id.number } }

  private mutating func proceed(_ outputs: inout [Output]) {
    if standing == .undecided { decide() }
    guard standing == .rejoining else { return }
    let others = others
    let agreeing = others.compactMap { server in
      statuses[server].flatMap { $0.known == known && $0.standing != .undecided ? $0 : nil }
    }
    guard agreeing.count == others.count else { return }
    let members = agreeing.filter { $0.standing == .member }.map(\.sender)
    guard !members.isEmpty else {
      become(.lost)
      return
    }
    let told = members.compactMap { accounts[$0.number] }
    guard told.count == members.count else {
      for member in members where accounts[member.number] == nil { ask(member, for: .account, &outputs) }
      return
    }
    guard let transfer = transfer ?? begin(told), let donor = accounts[transfer.donor] else { return }
    var isComplete = true
    if transfer.entries < donor.entries {
      isComplete = false
      ask(donor.sender, for: .entries(from: transfer.entries), &outputs)
    } else if !transfer.isExplained(by: donor) {
      // A store that goes on changing shows writes that came later than the account. Whoever has them must be able to
      // tell the others of them, so their updates have to come, too.
      isComplete = false
      ask(donor.sender, for: .account, &outputs)
    }
    for server in known.indices {
      let next = next(of: server, transfer, donor)
      guard let furthest = told.max(by: { $0.received[server] < $1.received[server] }),
        next <= furthest.received[server]
      else { continue }
      isComplete = false
      let giver = next <= donor.received[server] ? donor : furthest
      ask(giver.sender, for: .updates(of: ServerID(server), next...giver.received[server]), &outputs)
    }
    guard isComplete else { return }
    core.adopt(told, donor: donor, updates: transfer.updates)
    become(.member)
  }

  /// Chooses whose store is taken over. All stores are states of one history; the one that has come furthest holds what
  /// anyone has answered.
  private mutating func begin(_ accounts: [Account]) -> StoreTransfer? {
    let furthest = accounts.max { $0.applied.reduce(0, &+) < $1.applied.reduce(0, &+) }
    core.clear()
    transfer = furthest.map { StoreTransfer(from: $0.sender, servers: known.count) }
    return transfer
  }

  /// The number of a server's update that is to come next.
  private func next(of server: Int, _ transfer: StoreTransfer, _ donor: Account) -> UInt64 {
    donor.forgotten[server] + UInt64(transfer.updates[server].count) + 1
  }

  /// Takes an account. What is being taken over belongs to the one that came first; a later one of the giver of the store
  /// says what that has received since, if that has to be known.
  private mutating func take(_ account: Account) {
    let sender = account.sender.number
    guard let first = accounts[sender] else {
      accounts[sender] = account
      return
    }
    guard let transfer, transfer.donor == sender, !transfer.isExplained(by: first) else { return }
    accounts[sender] = first.extended(by: account)
  }

  /// Takes a piece, if it is the one that is to come next.
  private mutating func take(_ piece: Piece) {
    guard var transfer, let donor = accounts[transfer.donor] else { return }
    switch piece.content {
    case .entries(let place, let entries):
      guard piece.sender == donor.sender, place == transfer.entries, place < donor.entries, !entries.isEmpty
      else { return }
      transfer.take(entries)
      core.take(entries)
      // What it said of how far it has come may be too old by now, and has to be asked for once more.
      asked.remove(Question(member: donor.sender, wish: .account))
    case .updates(let server, let updates):
      guard known.indices.contains(server.number), !updates.isEmpty else { return }
      let next = next(of: server.number, transfer, donor)
      guard zip(updates, next...).allSatisfy({ $0.sequence == $1 }) else { return }
      transfer.updates[server.number] += updates
    }
    self.transfer = transfer
  }

  /// Takes a greater number than an earlier start of its server had: the clock that numbers were read from was set back
  /// meanwhile. Nobody listens to the one that it had.
  private mutating func begin(as incarnation: UInt64) {
    self.incarnation = incarnation
    known[id.number] = incarnation
    first[id.number] = incarnation
    core.begin(as: incarnation)
    owesStatus = true
  }

  /// Decides whether it was here before, once everyone has said which starts of it they know.
  private mutating func decide() {
    var firsts: [UInt64] = []
    for server in others {
      guard let status = statuses[server], status.known[id.number] == incarnation else { return }
      firsts.append(status.first[id.number])
    }
    become(wasHere || firsts.contains { $0 != incarnation } ? .rejoining : .member)
  }

  private mutating func become(_ standing: Standing) {
    self.standing = standing
    owesStatus = true
    guard standing == .member || standing == .lost else { return }
    accounts = Array(repeating: nil, count: known.count)
    transfer = nil
  }

  private mutating func ask(_ member: ServerID, for wish: JoinRequest.Wish, _ outputs: inout [Output]) {
    guard asked.insert(Question(member: member, wish: wish)).inserted else { return }
    let request = JoinRequest(asker: id, incarnation: incarnation, known: known, wish: wish)
    outputs.append(.membership(.join(request), to: member))
  }
}

/// Equal states behave alike: they answer the same inputs with the same outputs, now and ever after.
extension RejoiningReplica: Equatable where Core: Equatable {}

extension RejoiningReplica: Hashable where Core: Hashable {}
