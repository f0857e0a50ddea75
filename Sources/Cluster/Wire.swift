import KeyValue
import Replication

// How numbers, texts and lists stand in messages between servers.
//
// A number is a variable-length integer (LEB128): seven bits a byte, the lowest first, the top bit set where more
// follow. There is one form of each number, the shortest, so a message has one form, too.

extension [UInt8] {
  mutating func append(varint number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func append(varint number: Int) {
    append(varint: UInt64(number))
  }

  /// Eight bytes, little-endian.
  mutating func append(fixed number: UInt64) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }

  mutating func append(varints numbers: [UInt64]) {
    for number in numbers { append(varint: number) }
  }

  mutating func append(text: String) {
    append(varint: text.utf8.count)
    append(contentsOf: text.utf8)
  }

  mutating func append(value: Value) {
    switch value {
    case .null: append(0)
    case .bool(false): append(1)
    case .bool(true): append(2)
    case .integer(let integer):
      append(3)
      append(fixed: UInt64(bitPattern: integer))
    case .number(let double):
      append(4)
      append(fixed: double.bitPattern)
    case .string(let string):
      append(5)
      append(text: string)
    }
  }

  mutating func append(updates: [Update]) {
    append(varint: updates.count)
    for update in updates {
      append(varint: update.sequence)
      append(varint: update.time)
      switch update.command {
      case .read(let key):
        append(0)
        append(text: key.text)
      case .write(let key, let value):
        append(1)
        append(text: key.text)
        append(value: value)
      case .compareAndSet(let key, let expected, let new):
        append(2)
        append(text: key.text)
        append(value: expected)
        append(value: new)
      }
    }
  }
}

/// Reads a message from its beginning to its end.
struct WireReader {
  typealias Malformed = PeerMessage.Malformed

  private(set) var offset = 0

  mutating func byte(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> UInt8 {
    guard offset < bytes.count else { throw .short }
    defer { offset += 1 }
    return bytes[offset]
  }

  mutating func skip(_ count: Int) { offset += count }

  mutating func fixed(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> UInt64 {
    guard bytes.count - offset >= 8 else { throw .short }
    var number: UInt64 = 0
    for index in 0..<8 { number |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
    offset += 8
    return number
  }

  mutating func varint(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> UInt64 {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try byte(bytes)
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 {
        // A last byte of 0 could be left out, and the tenth byte holds one bit.
        guard byte > 0 || shift == 0, shift < 63 || byte <= 1 else { throw .impossible }
        return number
      }
      shift += 7
      guard shift <= 63 else { throw .impossible }
    }
  }

  /// A number up to a limit.
  mutating func number(
    _ bytes: borrowing Span<UInt8>, max: UInt64 = UInt64(UInt16.max)
  ) throws(Malformed) -> Int {
    let number = try varint(bytes)
    guard number <= max else { throw .impossible }
    return Int(number)
  }

  mutating func flag(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> Bool {
    let byte = try byte(bytes)
    guard byte <= 1 else { throw .impossible }
    return byte == 1
  }

  mutating func varints(_ count: Int, _ bytes: borrowing Span<UInt8>) throws(Malformed) -> [UInt64] {
    // Each takes a byte at least: a count beyond that is not believed, and nothing is reserved for it.
    guard bytes.count - offset >= count else { throw .short }
    var numbers: [UInt64] = []
    numbers.reserveCapacity(count)
    for _ in 0..<count { numbers.append(try varint(bytes)) }
    return numbers
  }

  mutating func text(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> String {
    let count = try varint(bytes)
    guard UInt64(bytes.count - offset) >= count else { throw .short }
    guard let text = try? UTF8Span(validating: bytes.extracting(offset..<offset + Int(count))) else {
      throw .impossible
    }
    offset += Int(count)
    return String(copying: text)
  }

  mutating func value(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> Value {
    switch try byte(bytes) {
    case 0: return .null
    case 1: return .bool(false)
    case 2: return .bool(true)
    case 3: return .integer(Int64(bitPattern: try fixed(bytes)))
    case 4:
      let double = Double(bitPattern: try fixed(bytes))
      guard double.isFinite else { throw .impossible }
      return .number(double)
    case 5: return .string(try text(bytes))
    default: throw .impossible
    }
  }

  mutating func updates(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> [Update] {
    let count = try varint(bytes)
    var updates: [Update] = []
    for _ in 0..<count { updates.append(try update(bytes)) }
    return updates
  }

  private mutating func update(_ bytes: borrowing Span<UInt8>) throws(Malformed) -> Update {
    let sequence = try varint(bytes)
    let time = try varint(bytes)
    let kind = try byte(bytes)
    let key = Key(try text(bytes))
    let command: Command
    switch kind {
    case 0: command = .read(key)
    case 1: command = .write(key, try value(bytes))
    case 2: command = .compareAndSet(key, expected: try value(bytes), new: try value(bytes))
    default: throw .impossible
    }
    guard sequence >= 1, sequence < PeerMessage.numbersMax, time < PeerMessage.numbersMax else {
      throw .impossible
    }
    return Update(sequence: sequence, time: time, command: command)
  }
}
