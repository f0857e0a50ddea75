import KeyValue
import Replication

// Nearly all requests and answers have one of a few forms. They are read here without a tree of JSON; whatever is in
// any way unusual, wrong or rare is left to the reader that takes all forms and has the sentences for what is none.

extension ClientRequest {
  /// The request, if it is a get or set with nothing unusual about it.
  static func commonForm(_ bytes: borrowing Span<UInt8>) -> ClientRequest? {
    var cursor = JSONCursor()
    var isRead: Bool?
    var key: Key?
    var value: Value?
    var wantsJSON = false
    do throws(JSONError) {
      guard cursor.next(bytes) == UInt8(ascii: "{") else { return nil }
      try cursor.expect("{", bytes)
      var seen = MemberSet()
      var isFirst = true
      while let name = try cursor.nextMemberToken(isFirst: isFirst, bytes) {
        isFirst = false
        if name.range.matches("type", bytes), seen.insert(0) {
          let type = try cursor.stringToken(bytes)
          if type.range.matches("get", bytes) {
            isRead = true
          } else if type.range.matches("set", bytes) {
            isRead = false
          } else {
            return nil
          }
        } else if name.range.matches("key", bytes), seen.insert(1) {
          guard let text = try cursor.plainString(bytes) else { return nil }
          key = Key(text)
        } else if name.range.matches("value", bytes), seen.insert(2) {
          guard let scalar = try cursor.plainScalar(bytes) else { return nil }
          value = scalar
        } else if name.range.matches("v", bytes), seen.insert(3) {
          guard try cursor.integer(bytes) == 1 else { return nil }
          wantsJSON = true
        } else {
          return nil
        }
      }
      guard cursor.next(bytes) == 0, cursor.isAtEnd(bytes) else { return nil }
    } catch {
      return nil
    }
    guard let isRead, let key else { return nil }
    if isRead { return ClientRequest(.command(.read(key)), wantsJSON: wantsJSON) }
    return value.map { ClientRequest(.command(.write(key, $0)), wantsJSON: wantsJSON) }
  }
}

extension ClientAnswer {
  /// The answer to a read or write, if there is nothing unusual about it.
  static func commonForm(_ bytes: borrowing Span<UInt8>, to request: ClientRequest.Body) -> ClientAnswer? {
    var cursor = JSONCursor()
    var isOK = false
    var value: Value?
    var stamp: Stamp?
    do throws(JSONError) {
      guard cursor.next(bytes) == UInt8(ascii: "{") else { return nil }
      try cursor.expect("{", bytes)
      var seen = MemberSet()
      var isFirst = true
      while let name = try cursor.nextMemberToken(isFirst: isFirst, bytes) {
        isFirst = false
        if name.range.matches("ok", bytes), seen.insert(0) {
          guard case .bool(true)? = try cursor.plainScalar(bytes) else { return nil }
          isOK = true
        } else if name.range.matches("value", bytes), seen.insert(1) {
          guard let scalar = try cursor.plainScalar(bytes) else { return nil }
          value = scalar
        } else if name.range.matches("stamp", bytes), seen.insert(2) {
          try cursor.expect("[", bytes)
          let time = try cursor.integer(bytes)
          try cursor.expect(",", bytes)
          let server = try cursor.integer(bytes)
          try cursor.expect("]", bytes)
          guard time >= 0, (0...Int64(UInt16.max)).contains(server) else { return nil }
          stamp = Stamp(time: UInt64(time), server: ServerID(Int(server)))
        } else {
          return nil
        }
      }
      guard cursor.next(bytes) == 0, cursor.isAtEnd(bytes), isOK else { return nil }
    } catch {
      return nil
    }
    switch request {
    case .command(.read): return value.map { .value($0, stamp) }
    case .command(.write): return value == nil ? stamp.map { .written($0) } : nil
    case .command(.compareAndSet), .position, .barrier: return nil
    }
  }
}

/// Which members were seen: one that is repeated is left to the other reader.
private struct MemberSet {
  private var bits = 0

  mutating func insert(_ member: Int) -> Bool {
    defer { bits |= 1 << member }
    return bits & 1 << member == 0
  }
}

extension JSONCursor {
  /// Reads a string without escapes; nil when it has some.
  fileprivate mutating func plainString(_ bytes: borrowing Span<UInt8>) throws(JSONError) -> String? {
    let token = try stringToken(bytes)
    guard token.isPlain else { return nil }
    return bytes.extracting(token.range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
  }

  /// Reads a scalar; nil when it is a string with escapes, a list or an object.
  fileprivate mutating func plainScalar(_ bytes: borrowing Span<UInt8>) throws(JSONError) -> Value? {
    switch next(bytes) {
    case UInt8(ascii: "\""): try plainString(bytes).map { .string($0) }
    case UInt8(ascii: "{"), UInt8(ascii: "["): nil
    default: try scalar(bytes)
    }
  }
}

extension Range<Int> {
  /// Whether these are the bytes of a text.
  fileprivate func matches(_ text: StaticString, _ bytes: borrowing Span<UInt8>) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for index in 0..<count where bytes[lowerBound + index] != text.utf8Start[index] { return false }
    return true
  }
}

extension [UInt8] {
  /// Appends the bytes of a text that is known when the program is built.
  mutating func append(literal text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
