public import Configuration
import Foundation
public import KeyValue
public import Logging
public import Replication
public import ZeroMQ

/// A replica with sockets: one loop on one thread owns them all, and all of the replica's state.
///
/// - the *publish* port (XPUB) broadcasts the replica's packets to the peers' SUB sockets;
/// - the *peer* port (ROUTER) answers peers that missed something;
/// - the *client* port (ROUTER) serves clients, which may be plain REQ sockets.
///
/// Each turn of the loop takes in everything that has arrived, hands it to the replica, and sends one packet for all of
/// it, or for all of some milliseconds where no answer waits for that packet. Clients are not listened to before every peer's
/// subscription has been seen and every peer has been heard: what was published earlier would be lost on those who had
/// not subscribed.
public struct Server: ~Copyable {
  /// What a server is to be.
  public struct Settings: Sendable {
    /// Which of the servers it is.
    public var id: ServerID
    /// How many there are.
    public var servers: Int
    /// The protocol it follows.
    public var replicationProtocol: ReplicationProtocol
    /// What keys hold at first.
    public var initial: [Key: Value]
    /// The ports to open; 0 where the system may choose.
    public var ports: ServerPorts
    /// A number that all servers of a run share and no other run has.
    public var run: UInt64
    /// Which start of the server this is: greater than for every earlier one, and not 0.
    public var incarnation: UInt64
    /// Whether it is known to have been here before. Where it is not, the others will tell.
    public var wasHere: Bool
    /// How much its replica keeps at most.
    public var bounds: Bounds

    /// Makes settings.
    ///
    /// - Parameter incarnation: the microseconds since 1970 where none is given.
    public init(
      id: ServerID, servers: Int, replicationProtocol: ReplicationProtocol, initial: [Key: Value] = [:],
      ports: ServerPorts = .free, run: UInt64 = 0, incarnation: UInt64? = nil, wasHere: Bool = false,
      bounds: Bounds = Bounds()
    ) {
      self.id = id
      self.servers = servers
      self.replicationProtocol = replicationProtocol
      self.initial = initial
      self.ports = ports
      self.run = run
      self.incarnation = incarnation ?? Server.microseconds()
      self.wasHere = wasHere
      self.bounds = bounds
    }
  }

  /// The address that servers listen on. Loopback: nothing here authenticates anyone.
  public static let host = "127.0.0.1"

  /// The most messages taken from one socket in one turn, so that no socket starves the others. Of clients' requests that
  /// share frames, the frame with so many of them in all is the last.
  private static let turnMessagesMax = 256
  /// How long the replica may wait for something before it is given a tick: longer in a large cluster, where a probe
  /// that everyone answers to everyone is many messages.
  private var tickInterval: Duration { .milliseconds(50) * max(1, settings.servers / 8) }
  /// For how long nothing must have arrived before the replica tells what nobody waits for.
  private static let lull = Duration.milliseconds(2)
  /// How long a turn may go on before it ends with a broadcast. Nobody's answer waits for that of last writer wins: what
  /// is written within so long goes out together, where else each write would have every server do a turn.
  private var patience: Duration {
    isReady && settings.replicationProtocol == .lastWriterWins ? .milliseconds(4) : .zero
  }
  /// A connection that sends a larger message is closed by libzmq.
  static let messageBytesMax = 16 << 20
  /// How many messages libzmq keeps for a peer that is slow; further ones are lost and fetched later. Their bytes are
  /// bounded too: what a peer has not received is kept, and of what is kept there is only so much.
  private static let queuedMessagesMax = 20_000
  /// How many answers to a peer that lacks something libzmq keeps, each of the size of a large packet; further ones are
  /// lost, and asked for again.
  private static let queuedAnswersMax = 16
  private let settings: Settings
  private let log: Logger
  private let context: Context
  private let publisher: Socket
  private let subscriber: Socket
  private let catchUp: Socket
  private var clients: ClientPort
  /// One for each peer, to ask it for what was missed; nil for this server.
  private var askers: [SocketBox?] = []

  private var replica: any Replica
  private var outputs: [Output] = []
  private var subscribed: Set<ServerID> = []
  /// Under which identity each peer last asked for what it missed.
  private var peerIdentities: [ServerID: [UInt8]] = [:]
  private var isReady = false
  /// Whether there may be something to say when the turn ends.
  private var hasNews = false
  private var malformedCount = 0
  /// When it is to be told again how far the store has come that is taken over.
  private var nextProgress: ContinuousClock.Instant?
  private var received = Message()
  private var packetBytes: [UInt8] = []

  /// The ports in use.
  public let ports: ServerPorts

  /// Opens the ports.
  ///
  /// - Throws: ``ZeroMQError`` with the endpoint of a port that cannot be opened.
  public init(_ settings: Settings, log: Logger) throws(ZeroMQError) {
    let context = try Context()
    let publisher = try Socket(.xpub, in: context)
    let subscriber = try Socket(.sub, in: context)
    let catchUp = try Socket(.router, in: context)
    let clients = try ClientPort(in: context)
    try publisher.set(.xpubVerbose, to: true)
    try publisher.set(.sendHighWaterMark, to: Self.queuedMessagesMax)
    try subscriber.set(.receiveHighWaterMark, to: Self.queuedMessagesMax)
    try catchUp.set(.maxMessageSize, to: Self.messageBytesMax)
    try catchUp.set(.sendHighWaterMark, to: Self.queuedAnswersMax)
    ports = ServerPorts(
      peer: try Self.bind(catchUp, settings.ports.peer),
      publish: try Self.bind(publisher, settings.ports.publish),
      client: try Self.bind(clients.socket, settings.ports.client))
    replica = settings.replicationProtocol.makeRejoiningReplica(
      id: settings.id, servers: settings.servers, initial: settings.initial,
      incarnation: settings.incarnation, wasHere: settings.wasHere, bounds: settings.bounds)
    self.settings = settings
    self.log = log
    self.context = context
    self.publisher = publisher
    self.subscriber = subscriber
    self.catchUp = catchUp
    self.clients = clients
  }

  private static func bind(_ socket: borrowing Socket, _ port: UInt16) throws(ZeroMQError) -> UInt16 {
    let bound = try socket.bind(.tcp(host, port: port == 0 ? nil : Int(port)))
    return bound.port.map { UInt16($0) } ?? port
  }

  private static func endpoint(_ port: UInt16) -> Endpoint { .tcp(host, port: Int(port)) }

  /// Connects to the peers.
  ///
  /// - Parameter servers: the ports of all servers, by number.
  public mutating func connect(to servers: [ServerPorts]) throws(ZeroMQError) {
    // In this order: a publisher that has seen the last subscription has seen the others, too.
    try subscriber.subscribe(to: [PeerMessage.packetTopic])
    try subscriber.subscribe(to: [PeerMessage.statusTopic])
    try subscriber.subscribe(to: PeerMessage.wordTopic(to: settings.id, run: settings.run))
    try subscriber.subscribe(to: PeerMessage.subscriptionTopic(of: settings.id))
    for (number, ports) in servers.enumerated() {
      guard number != settings.id.number else {
        askers.append(nil)
        continue
      }
      try subscriber.connect(Self.endpoint(ports.publish))
      let asker = SocketBox(try Socket(.dealer, in: context))
      try asker.socket.set(.receiveHighWaterMark, to: Self.queuedAnswersMax)
      try asker.socket.connect(Self.endpoint(ports.peer))
      askers.append(asker)
    }
  }

  /// Why a server ceased to serve.
  public enum Ending: Sendable, Hashable {
    /// The control input ended.
    case asked
    /// This server was here before, and neither it nor any other has kept what it knew.
    case stateIsLost
  }

  /// Serves until the control input ends.
  ///
  /// - Parameters:
  ///   - control: a descriptor whose end of input ends the server; nil to serve until the process is ended.
  ///   - onReady: called once, when clients begin to be served.
  public mutating func run(control: CInt?, onReady: () -> Void) throws(ZeroMQError) -> Ending {
    var poller = Poller()
    let publisherToken = poller.add(publisher)
    let subscriberToken = poller.add(subscriber)
    let catchUpToken = poller.add(catchUp)
    let clientsToken = poller.add(clients.socket, for: [])
    let askerTokens = askers.compactMap { asker in asker.map { poller.add($0.socket) } }
    var controlInput = control.map { ControlInput(descriptor: $0) }
    let controlToken = control.map { poller.add(descriptor: $0) }
    var nextTick: ContinuousClock.Instant?
    var turnEnd: ContinuousClock.Instant?

    while true {
      if replica.standing == .lost { return .stateIsLost }
      if !isReady, subscribed.count == settings.servers - 1, replica.standing == .member {
        isReady = true
        log.info("ready")
        poller.watch(clientsToken, for: .readable)
        onReady()
      }
      // Both are seldom there, and a turn is short.
      let wake = if let nextTick, let turnEnd { min(nextTick, turnEnd) } else { nextTick ?? turnEnd }
      var wait = wake.map { max(.zero, $0 - .now) }
      if replica.isOwing { wait = min(wait ?? Self.lull, Self.lull) }
      if try poller.poll(for: wait) == 0, replica.isOwing { try handle(.lull) }

      if let controlToken, !poller.readiness(of: controlToken).isEmpty {
        _ = controlInput?.lines()
        if controlInput?.isClosed == true { return .asked }
      }
      if poller.isReadable(publisherToken) { try takeSubscriptions() }
      if poller.isReadable(subscriberToken) { try takeMessages(from: .broadcasts) }
      if poller.isReadable(catchUpToken) { try takeMessages(from: .catchUp) }
      for (token, asker) in zip(askerTokens, askers.compactMap(\.self)) where poller.isReadable(token) {
        try takeMessages(from: .asker(asker))
      }
      if isReady, poller.isReadable(clientsToken) { try takeRequests() }

      if let due = nextTick, due <= .now {
        nextTick = nil
        try handle(.tick)
      }
      if patience > .zero, let due = turnEnd ?? (hasNews ? .now + patience : nil), due > .now {
        turnEnd = due
      } else {
        turnEnd = nil
        hasNews = false
        // Clients need not wait until the broadcast has been made.
        try clients.sendLists()
        try handle(.turnEnded)
      }
      try clients.sendLists()
      if replica.isWaiting {
        nextTick = nextTick ?? .now + tickInterval
      } else {
        nextTick = nil
      }
    }
  }

  // MARK: What arrives

  private mutating func takeSubscriptions() throws(ZeroMQError) {
    while try publisher.tryReceive(into: &received) {
      hasNews = true
      guard let subscription = Subscription(received),
        let peer = PeerMessage.subscriber(topic: subscription.topic), peer != settings.id,
        peer.number < settings.servers
      else { continue }
      if subscription.isAdded {
        log.debug("peer subscribed", metadata: ["peer": "\(peer)"])
        subscribed.insert(peer)
        try handle(.peerJoined)
      } else {
        log.warning("peer gone", metadata: ["peer": "\(peer)"])
      }
    }
  }

  private enum PeerSource {
    case broadcasts
    case catchUp
    case asker(SocketBox)
  }

  private mutating func receive(from source: PeerSource) throws(ZeroMQError) -> Bool {
    switch source {
    case .broadcasts: try subscriber.tryReceive(into: &received)
    case .catchUp: try catchUp.tryReceive(into: &received)
    case .asker(let asker): try asker.socket.tryReceive(into: &received)
    }
  }

  private mutating func takeMessages(from source: PeerSource) throws(ZeroMQError) {
    // Before the message on the router's socket stands who sent it.
    let part = if case .catchUp = source { 1 } else { 0 }
    for _ in 0..<Self.turnMessagesMax {
      guard try receive(from: source) else { return }
      guard received.count == part + 1 else {
        noteMalformed("it has \(received.count) parts")
        continue
      }
      let message: PeerMessage
      do throws(PeerMessage.Malformed) {
        let run = settings.run
        message = try received.withBytes(of: part) { bytes throws(PeerMessage.Malformed) in
          try PeerMessage(decoding: bytes, run: run)
        }
      } catch {
        noteMalformed("\(error)")
        continue
      }
      hasNews = true
      switch message {
      case .word(_, let recipient) where recipient != settings.id: noteMalformed("it is for another server")
      case .packet(let packet), .word(let packet, _):
        guard packet.sender != settings.id, packet.received.count == settings.servers else {
          noteMalformed("it is of another cluster")
          continue
        }
        try handle(.packet(packet))
      case .membership(let message):
        if case .join(let request) = message {
          guard part == 1, request.asker.number < settings.servers else {
            noteMalformed("a request to join does not belong here")
            continue
          }
          peerIdentities[request.asker] = received.bytes(of: 0)
        }
        if case .status = message { log.debug("heard", metadata: ["message": "\(message)"]) }
        try handle(.membership(message))
      case .fetch(let fetch):
        guard part == 1, fetch.asker.number < settings.servers else {
          noteMalformed("a request for missed updates does not belong here")
          continue
        }
        peerIdentities[fetch.asker] = received.bytes(of: 0)
        try handle(.fetch(fetch))
      }
    }
  }

  private mutating func noteMalformed(_ reason: String) {
    malformedCount += 1
    // The first, and then ever more rarely: a stranger who floods a port must not flood the log.
    if malformedCount.nonzeroBitCount == 1 {
      log.warning(
        "dropped a malformed peer message", metadata: ["count": "\(malformedCount)", "reason": "\(reason)"])
    }
  }

  private mutating func takeRequests() throws(ZeroMQError) {
    var count = 0
    while count < Self.turnMessagesMax {
      guard try clients.take() else { return }
      count += max(1, clients.taken.count)
      for index in clients.taken.indices {
        let request = clients.taken[index]
        switch request.body {
        case .position:
          try clients.answer(request.id, .position(replica.position))
        case .barrier(let target):
          try handle(.barrier(request.id, target))
        case .command(let command):
          if case .read = command {} else { hasNews = true }
          try handle(.request(request.id, command))
        }
      }
    }
  }

  // MARK: What goes out

  private mutating func handle(_ input: Input) throws(ZeroMQError) {
    // Taken out rather than copied: appending to a second reference would copy the buffer each time.
    var outputs: [Output] = []
    swap(&outputs, &self.outputs)
    outputs.removeAll(keepingCapacity: true)
    replica.handle(input, now: Self.microseconds(), &outputs)
    for output in outputs {
      switch output {
      case .reply(let request, let reply):
        try clients.answer(request, ClientAnswer(reply))
      case .broadcast(let packet):
        encode(.packet(packet))
        try publisher.send(packetBytes)
      case .tell(let packet, let peer):
        encode(.word(packet, to: peer))
        try publisher.send(packetBytes)
      case .send(let packet, let peer):
        try answer(.packet(packet), to: peer)
      case .membership(let message, nil):
        encode(.membership(message))
        try publisher.send(packetBytes)
      case .membership(.account(let account), let peer?):
        log.info("telling a server what it forgot", metadata: ["peer": "\(peer)"])
        try answer(.membership(.account(account)), to: peer)
      case .membership(.piece(let piece), let peer?):
        try answer(.membership(.piece(piece)), to: peer)
      case .membership(let message, let peer?):
        guard let asker = askers[peer.number] else { continue }
        if case .join(let request) = message { logProgress(request) }
        encode(.membership(message))
        _ = try asker.socket.trySend(packetBytes)
      case .fetch(let fetch, let peer):
        guard let asker = askers[peer.number] else { continue }
        log.info("asking for missed updates", metadata: ["peer": "\(peer)", "range": "\(fetch.range)"])
        encode(.fetch(fetch))
        // Dropped when the peer is away and the queue full; it will be asked again.
        _ = try asker.socket.trySend(packetBytes)
      }
    }
    swap(&outputs, &self.outputs)
  }

  /// Answers a peer that asked for something.
  private mutating func answer(_ message: PeerMessage, to peer: ServerID) throws(ZeroMQError) {
    guard let identity = peerIdentities[peer] else { return }
    encode(message)
    // A router drops what it cannot deliver; the peer asks again.
    try catchUp.send(identity, more: true)
    try catchUp.send(packetBytes)
  }

  /// Tells once a second how far the store has come that is taken over.
  private mutating func logProgress(_ request: JoinRequest) {
    guard case .entries(let place) = request.wish, nextProgress.map({ $0 <= .now }) ?? true else { return }
    nextProgress = .now + .seconds(1)
    log.info("taking over a store", metadata: ["keys": "\(place)"])
  }

  private mutating func encode(_ message: PeerMessage) {
    packetBytes.removeAll(keepingCapacity: true)
    message.encode(run: settings.run, to: &packetBytes)
  }

  fileprivate static func microseconds() -> LogicalTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return LogicalTime(time.tv_sec) * 1_000_000 + LogicalTime(time.tv_nsec) / 1000
  }
}

/// A socket in a list: lists hold what can be copied, which a reference can.
private final class SocketBox {
  let socket: Socket
  init(_ socket: consuming Socket) { self.socket = socket }
}
