public import KeyValue

/// How keys and values become ids: equal ones get one id, found by their bytes without being decoded again.
extension HistoryBuilder {
  /// The id of a key, which becomes one of the history's.
  public mutating func id(of key: Key) -> KeyID {
    var text = key.text
    return text.withUTF8 { keyID(ofText: 0..<$0.count, in: $0.span) }
  }

  /// The id of the key whose text stands in UTF-8 in a range of bytes.
  mutating func keyID(ofText range: Range<Int>, in bytes: borrowing Span<UInt8>) -> KeyID {
    let hash = keyIDs.hash(of: range, in: bytes)
    if let known = keyIDs.id(hash: hash, where: { history.keys[Int($0)].text.isText(range, of: bytes) }) {
      return KeyID(index: known)
    }
    let key = Key(String(text: range, of: bytes))
    let id = KeyID(index: UInt32(history.keys.count))
    keyIDs.insert(id.index, hash: hash)
    history.keys.append(key)
    let initial = history.run?.initial[key] ?? .null
    history.initialValues.append(self.id(of: initial))
    return id
  }

  /// The id of a value, which becomes one of the history's.
  public mutating func id(of value: Value) -> ValueID {
    switch value {
    case .null: return .null
    case .integer(let integer): return id(ofInteger: integer, as: value)
    case .string(var text): return text.withUTF8 { valueID(ofText: 0..<$0.count, in: $0.span) }
    case .number(let double):
      // A number without a fraction is an integer where it fits.
      if let integer = Int64(exactly: double) { return id(ofInteger: integer, as: value) }
      return id(of: value, hash: valueIDs.hash(of: ~double.bitPattern))
    case .bool(let flag): return id(of: value, hash: flag ? 1 : 0)
    }
  }

  /// The id of an integer.
  mutating func id(ofInteger integer: Int64) -> ValueID {
    id(ofInteger: integer, as: .integer(integer))
  }

  /// The id of a value that equals an integer, and is written as it is when it is new.
  private mutating func id(ofInteger integer: Int64, as value: Value) -> ValueID {
    let hash = valueIDs.hash(of: UInt64(bitPattern: integer))
    let known = valueIDs.id(hash: hash) { id in
      if case .integer(let other) = history.values[Int(id)] { return other == integer }
      return history.values[Int(id)] == value
    }
    return known.map { ValueID(index: $0) } ?? insert(value, hash: hash)
  }

  /// The id of the string whose text stands in UTF-8 in a range of bytes.
  mutating func valueID(ofText range: Range<Int>, in bytes: borrowing Span<UInt8>) -> ValueID {
    let hash = valueIDs.hash(of: range, in: bytes)
    let known = valueIDs.id(hash: hash) { id in
      if case .string(let text) = history.values[Int(id)] { return text.isText(range, of: bytes) }
      return false
    }
    if let known { return ValueID(index: known) }
    return insert(.string(String(text: range, of: bytes)), hash: hash)
  }

  private mutating func id(of value: Value, hash: UInt32) -> ValueID {
    let known = valueIDs.id(hash: hash) { history.values[Int($0)] == value }
    return known.map { ValueID(index: $0) } ?? insert(value, hash: hash)
  }

  private mutating func insert(_ value: Value, hash: UInt32) -> ValueID {
    let id = ValueID(index: UInt32(history.values.count))
    valueIDs.insert(id.index, hash: hash)
    history.values.append(value)
    return id
  }
}

extension String {
  /// The string of a range of bytes that are known to be UTF-8.
  init(text range: Range<Int>, of bytes: borrowing Span<UInt8>) {
    self = bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether its UTF-8 is a range of bytes.
  fileprivate func isText(_ range: Range<Int>, of bytes: borrowing Span<UInt8>) -> Bool {
    let isEqual = utf8.withContiguousStorageIfAvailable { own in
      guard own.count == range.count else { return false }
      var index = 0
      while index < own.count {
        if own[index] != bytes[range.lowerBound &+ index] { return false }
        index &+= 1
      }
      return true
    }
    return isEqual ?? false
  }
}
