import KeyValue
public import Replication

/// What replicas send one another, as bytes. `protocol.md` shows the layout with an example.
///
/// Every message begins with a byte for its kind, the version and the number of the run. Whatever arrives is checked to
/// the last byte: a malformed message is an error, never a trap, and never half a message.
public enum PeerMessage: Hashable, Sendable {
  /// News of a replica, broadcast or in answer to a fetch.
  case packet(Packet)
  /// News of a replica for one other, published so that it stays in order with what is broadcast.
  case word(Packet, to: ServerID)
  /// A request for updates that were lost.
  case fetch(Fetch)
  /// Who is who, and what one tells another that has lost its memory.
  case membership(MembershipMessage)

  /// The version of the layout.
  public static let version: UInt8 = 5
  /// Sequence numbers, times and incarnations are smaller.
  static let numbersMax: UInt64 = 1 << 62

  /// The first byte of a packet, and the topic under which it is published.
  public static let packetTopic = UInt8(ascii: "B")
  /// The first byte of a status, and the topic under which it is published.
  public static let statusTopic = UInt8(ascii: "S")
  private static let wordTag = UInt8(ascii: "W")
  private static let fetchTag = UInt8(ascii: "F")
  private static let joinTag = UInt8(ascii: "J")
  private static let accountTag = UInt8(ascii: "A")
  private static let pieceTag = UInt8(ascii: "P")

  /// The topic under which a ``word(_:to:)`` is published: what all such messages begin with.
  public static func wordTopic(to server: ServerID, run: UInt64) -> [UInt8] {
    var topic: [UInt8] = []
    topic.append(tag: wordTag, run: run)
    topic.append(varint: server.number)
    return topic
  }

  /// The topic to which a replica subscribes besides the others, only so that the publisher sees whose
  /// subscription has arrived.
  public static func subscriptionTopic(of server: ServerID) -> [UInt8] {
    Array("@\(server)".utf8)
  }

  /// The replica whose ``subscriptionTopic(of:)`` this is.
  public static func subscriber(topic: some Sequence<UInt8>) -> ServerID? {
    // Strangers can subscribe too, to anything: only what a replica itself would say counts.
    let topic = Array(topic)
    guard topic.first == UInt8(ascii: "@"),
      let number = UInt16(String(decoding: topic.dropFirst(), as: UTF8.self))
    else { return nil }
    let server = ServerID(Int(number))
    return topic == subscriptionTopic(of: server) ? server : nil
  }

  // MARK: Writing

  /// Appends the bytes of the message.
  ///
  /// - Parameter run: the number of the run, which keeps clusters that meet on a port apart.
  public func encode(run: UInt64, to bytes: inout [UInt8]) {
    bytes.append(tag: tag, run: run)
    switch self {
    case .packet(let packet):
      bytes.append(packet: packet)
    case .word(let packet, let recipient):
      bytes.append(varint: recipient.number)
      bytes.append(packet: packet)
    case .fetch(let fetch):
      bytes.append(varint: fetch.asker.number)
      bytes.append(varint: fetch.range.lowerBound)
      bytes.append(varint: fetch.range.upperBound)
    case .membership(let message):
      message.encode(to: &bytes)
    }
  }

  private var tag: UInt8 {
    switch self {
    case .packet: Self.packetTopic
    case .word: Self.wordTag
    case .fetch: Self.fetchTag
    case .membership(.status): Self.statusTopic
    case .membership(.join): Self.joinTag
    case .membership(.account): Self.accountTag
    case .membership(.piece): Self.pieceTag
    }
  }

  // MARK: Reading

  /// Why bytes are not a message of this run.
  public enum Malformed: Error, Hashable, Sendable {
    /// The message ends before it says it does.
    case short
    /// Something follows the message.
    case long
    /// It is not a peer message, or of another version.
    case unknown
    /// It belongs to another run.
    case otherRun
    /// A number or text in it cannot be.
    case impossible
  }

  /// Reads a message.
  public init(decoding bytes: Span<UInt8>, run: UInt64) throws(Malformed) {
    var reader = WireReader()
    let tag = try reader.byte(bytes)
    guard try reader.byte(bytes) == Self.version else { throw .unknown }
    guard try reader.fixed(bytes) == run else { throw .otherRun }
    switch tag {
    case Self.packetTopic: self = .packet(try reader.packet(bytes))
    case Self.wordTag:
      let recipient = try reader.number(bytes)
      self = .word(try reader.packet(bytes), to: ServerID(recipient))
    case Self.fetchTag:
      let asker = try reader.number(bytes)
      let lower = try reader.varint(bytes)
      let upper = try reader.varint(bytes)
      guard lower >= 1, lower <= upper else { throw .impossible }
      self = .fetch(Fetch(asker: ServerID(asker), range: lower...upper))
    case Self.statusTopic: self = .membership(.status(try reader.status(bytes)))
    case Self.joinTag: self = .membership(.join(try reader.join(bytes)))
    case Self.accountTag: self = .membership(.account(try reader.account(bytes)))
    case Self.pieceTag: self = .membership(.piece(try reader.piece(bytes)))
    default: throw .unknown
    }
    guard reader.offset == bytes.count else { throw .long }
  }
}

extension [UInt8] {
  /// What every message begins with.
  fileprivate mutating func append(tag: UInt8, run: UInt64) {
    append(tag)
    append(PeerMessage.version)
    append(fixed: run)
  }

  fileprivate mutating func append(packet: Packet) {
    append(varint: packet.sender.number)
    append(varint: packet.received.count)
    append(packet.isProbe ? 1 : 0)
    append(varint: packet.incarnation)
    append(varint: packet.clock)
    append(varint: packet.sequence)
    append(varint: packet.delivered.time)
    append(varint: packet.delivered.server.number)
    append(varints: packet.received)
    append(updates: packet.updates)
  }
}

extension WireReader {
  fileprivate mutating func packet(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> Packet {
    let sender = try number(bytes)
    let servers = try number(bytes)
    let isProbe = try flag(bytes)
    let incarnation = try varint(bytes)
    let clock = try varint(bytes)
    let sequence = try varint(bytes)
    let delivered = Stamp(time: try varint(bytes), server: ServerID(try number(bytes)))
    guard sender < servers, clock < PeerMessage.numbersMax, sequence < PeerMessage.numbersMax,
      incarnation < PeerMessage.numbersMax, delivered.time <= clock, delivered.server.number < servers
    else { throw .impossible }
    let received = try varints(servers, bytes)
    let updates = try updates(bytes)
    guard updates.allSatisfy({ $0.sequence <= sequence && $0.time <= clock }) else { throw .impossible }
    return Packet(
      sender: ServerID(sender), clock: clock, sequence: sequence, delivered: delivered, received: received,
      isProbe: isProbe, updates: updates, incarnation: incarnation)
  }
}
