import KeyValue
import Replication

// Nearly all requests and answers have one of a few forms. They are read here without a tree of JSON; whatever is in
// any way unusual, wrong or rare is left to the reader that takes all forms and has the sentences for what is none.

extension ClientRequest {
  /// The request, if it is a get or set with nothing unusual about it.
  static func commonForm(_ bytes: borrowing Span<UInt8>) -> ClientRequest? {
    var cursor = JSONCursor()
    guard let (request, id) = try? commonForm(&cursor, bytes), id == nil, cursor.next(bytes) == 0,
      cursor.isAtEnd(bytes)
    else { return nil }
    return request
  }

  /// The request that begins here, and the id that it has in a list, if it is a get or set with nothing unusual about
  /// it. Otherwise the cursor may stand anywhere.
  static func commonForm(
    _ cursor: inout JSONCursor, _ bytes: borrowing Span<UInt8>
  ) throws(JSONError) -> (request: ClientRequest, id: UInt64?)? {
    var isRead: Bool?
    var key: Key?
    var value: Value?
    var id: UInt64?
    var wantsJSON = false
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
      } else if name.range.matches("id", bytes), seen.insert(4) {
        guard let number = UInt64(exactly: try cursor.integer(bytes)) else { return nil }
        id = number
      } else {
        return nil
      }
    }
    guard let isRead, let key else { return nil }
    if isRead { return (ClientRequest(.command(.read(key)), wantsJSON: wantsJSON), id) }
    return value.map { (ClientRequest(.command(.write(key, $0)), wantsJSON: wantsJSON), id) }
  }
}

extension ClientAnswer {
  /// What there is in an answer with nothing unusual about it.
  struct CommonForm {
    var id: UInt64?
    var value: Value?
    var stamp: Stamp?
    var isApplied: Bool?

    /// Reads what begins here, if there is nothing unusual about it. Otherwise the cursor may stand anywhere.
    init?(_ cursor: inout JSONCursor, _ bytes: borrowing Span<UInt8>) throws(JSONError) {
      var isOK = false
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
        } else if name.range.matches("applied", bytes), seen.insert(3) {
          guard case .bool(let bool)? = try cursor.plainScalar(bytes) else { return nil }
          isApplied = bool
        } else if name.range.matches("id", bytes), seen.insert(4) {
          guard let number = UInt64(exactly: try cursor.integer(bytes)) else { return nil }
          id = number
        } else {
          return nil
        }
      }
      guard isOK else { return nil }
    }
  }

  /// The answer, if there is nothing unusual about it.
  static func commonForm(_ bytes: borrowing Span<UInt8>, to request: ClientRequest.Body) -> ClientAnswer? {
    var cursor = JSONCursor()
    guard let form = try? CommonForm(&cursor, bytes), cursor.next(bytes) == 0, cursor.isAtEnd(bytes) else {
      return nil
    }
    return ClientAnswer(form, to: request)
  }

  /// The answer; nil when it is none to this request.
  init?(_ form: CommonForm, to request: ClientRequest.Body) {
    switch request {
    case .command(.read):
      guard let value = form.value else { return nil }
      self = .value(value, form.stamp)
    case .command(.write):
      guard let stamp = form.stamp else { return nil }
      self = .written(stamp)
    case .command(.compareAndSet):
      switch (form.isApplied, form.value, form.stamp) {
      case (true, _, let stamp?): self = .written(stamp)
      case (false, let value?, let stamp): self = .mismatch(value, stamp)
      default: return nil
      }
    case .barrier:
      self = .reached
    case .position:
      return nil
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
  /// Appends the member with an id, which others follow.
  mutating func append(id: UInt64) {
    append(literal: #""id":"#)
    append(decimal: id)
    append(UInt8(ascii: ","))
  }

  /// Appends a number as people write it.
  mutating func append(decimal number: UInt64) {
    // The digits come from the last to the first.
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var first = digits.count
    var rest = number
    repeat {
      first -= 1
      digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    digits.span.extracting(first..<digits.count).withUnsafeBufferPointer { append(contentsOf: $0) }
  }

  /// Appends the bytes of a text that is known when the program is built.
  mutating func append(literal text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
