import KeyValue
public import Replication

/// What replicas send one another, as bytes. `protocol.md` shows the layout with an example.
///
/// Numbers are little-endian. Whatever arrives is checked to the last byte: a malformed message is an error, never a
/// trap, and never half a message.
public enum PeerMessage: Hashable, Sendable {
  /// News of a replica, broadcast or in answer to a fetch.
  case packet(Packet)
  /// A request for updates that were lost.
  case fetch(Fetch)

  /// The version of the layout.
  public static let version: UInt8 = 1

  /// The first byte of a packet, and the topic under which it is published.
  public static let packetTopic = UInt8(ascii: "B")
  private static let fetchTag = UInt8(ascii: "F")

  /// The topic to which a replica subscribes besides ``packetTopic``, only so that the publisher sees whose
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
    switch self {
    case .packet(let packet):
      bytes += [Self.packetTopic, Self.version]
      bytes.append(number: UInt16(packet.sender.number))
      bytes.append(number: UInt16(packet.received.count))
      bytes.append(number: UInt16(packet.isProbe ? 1 : 0))
      bytes.append(number: run)
      bytes.append(number: packet.clock)
      bytes.append(number: packet.sequence)
      for count in packet.received { bytes.append(number: count) }
      bytes.append(number: UInt32(packet.updates.count))
      for update in packet.updates {
        bytes.append(number: update.sequence)
        bytes.append(number: update.time)
        switch update.command {
        case .read(let key):
          bytes.append(0)
          bytes.append(text: key.text)
        case .write(let key, let value):
          bytes.append(1)
          bytes.append(text: key.text)
          bytes.append(value: value)
        case .compareAndSet(let key, let expected, let new):
          bytes.append(2)
          bytes.append(text: key.text)
          bytes.append(value: expected)
          bytes.append(value: new)
        }
      }
    case .fetch(let fetch):
      bytes += [Self.fetchTag, Self.version]
      bytes.append(number: UInt16(fetch.asker.number))
      bytes.append(number: UInt32(0))
      bytes.append(number: run)
      bytes.append(number: fetch.range.lowerBound)
      bytes.append(number: fetch.range.upperBound)
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
    var reader = Reader()
    let tag: UInt8 = try reader.number(bytes)
    guard try reader.number(bytes) as UInt8 == Self.version else { throw .unknown }
    switch tag {
    case Self.packetTopic:
      let sender: UInt16 = try reader.number(bytes)
      let servers: UInt16 = try reader.number(bytes)
      let flags: UInt16 = try reader.number(bytes)
      guard try reader.number(bytes) as UInt64 == run else { throw .otherRun }
      let clock: UInt64 = try reader.number(bytes)
      let sequence: UInt64 = try reader.number(bytes)
      guard sender < servers, flags <= 1, clock < 1 << 62, sequence < 1 << 62 else { throw .impossible }
      var received: [UInt64] = []
      for _ in 0..<servers { received.append(try reader.number(bytes)) }
      let count: UInt32 = try reader.number(bytes)
      var updates: [Update] = []
      for _ in 0..<count {
        let update = try reader.update(bytes)
        guard update.sequence >= 1, update.sequence <= sequence, update.time <= clock else {
          throw .impossible
        }
        updates.append(update)
      }
      self = .packet(
        Packet(
          sender: ServerID(Int(sender)), clock: clock, sequence: sequence, received: received,
          isProbe: flags == 1, updates: updates))
    case Self.fetchTag:
      let asker: UInt16 = try reader.number(bytes)
      let padding: UInt32 = try reader.number(bytes)
      guard try reader.number(bytes) as UInt64 == run else { throw .otherRun }
      let lower: UInt64 = try reader.number(bytes)
      let upper: UInt64 = try reader.number(bytes)
      guard padding == 0, lower >= 1, lower <= upper else { throw .impossible }
      self = .fetch(Fetch(asker: ServerID(Int(asker)), range: lower...upper))
    default:
      throw .unknown
    }
    guard reader.offset == bytes.count else { throw .long }
  }

  private struct Reader {
    var offset = 0

    mutating func number<Number: FixedWidthInteger>(
      _ bytes: borrowing Span<UInt8>
    ) throws(Malformed) -> Number {
      let size = MemoryLayout<Number>.size
      guard bytes.count - offset >= size else { throw .short }
      var number: Number = 0
      for index in 0..<size {
        number |= Number(truncatingIfNeeded: bytes[offset + index]) << Number(8 * index)
      }
      offset += size
      return number
    }

    mutating func text(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> String {
      let count = Int(try number(bytes) as UInt32)
      guard bytes.count - offset >= count else { throw .short }
      let text = bytes.extracting(offset..<offset + count).withUnsafeBufferPointer {
        String(validating: $0, as: UTF8.self)
      }
      guard let text else { throw .impossible }
      offset += count
      return text
    }

    mutating func update(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> Update {
      let sequence: UInt64 = try number(bytes)
      let time: UInt64 = try number(bytes)
      let kind: UInt8 = try number(bytes)
      let key = Key(try text(bytes))
      switch kind {
      case 0: return Update(sequence: sequence, time: time, command: .read(key))
      case 1: return Update(sequence: sequence, time: time, command: .write(key, try value(bytes)))
      case 2:
        let expected = try value(bytes)
        return Update(
          sequence: sequence, time: time,
          command: .compareAndSet(key, expected: expected, new: try value(bytes)))
      default: throw .impossible
      }
    }

    mutating func value(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> Value {
      switch try number(bytes) as UInt8 {
      case 0: return .null
      case 1: return .bool(false)
      case 2: return .bool(true)
      case 3: return .integer(Int64(bitPattern: try number(bytes)))
      case 4:
        let double = Double(bitPattern: try number(bytes))
        guard double.isFinite else { throw .impossible }
        return .number(double)
      case 5: return .string(try text(bytes))
      default: throw .impossible
      }
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }

  fileprivate mutating func append(text: String) {
    append(number: UInt32(text.utf8.count))
    append(contentsOf: text.utf8)
  }

  fileprivate mutating func append(value: Value) {
    switch value {
    case .null: append(0)
    case .bool(false): append(1)
    case .bool(true): append(2)
    case .integer(let integer):
      append(3)
      append(number: integer)
    case .number(let double):
      append(4)
      append(number: double.bitPattern)
    case .string(let string):
      append(5)
      append(text: string)
    }
  }
}
