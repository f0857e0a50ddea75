public import KeyValue

extension SplitMix64 {
  /// A text of up to eight pieces that give readers and writers trouble: quotes, escapes, control characters, composed
  /// and decomposed accents, characters outside the basic plane.
  public mutating func text() -> String {
    let pieces = [
      "a", "b", "null", "0", "\"", "\\", "/", "\u{0}", "\n", "\r", "\t", "\u{1F}", "\u{7F}", "\u{E9}",
      "e\u{301}",
      "\u{2028}", "\u{FEFF}", "\u{FFFF}", "\u{1F600}", "\u{10FFFF}",
    ]
    return (0..<below(9)).map { _ in pick(pieces) }.joined()
  }

  /// A scalar of any kind, often one at the edge of its kind.
  public mutating func value() -> Value {
    let integers: [Int64] = [.min, .min + 1, -1, 0, 1, 10, 1 << 53, 1 << 53 + 1, .max - 1, .max]
    let numbers = [
      0.0, -0.0, 0.5, -0.5, 10.0, 10.5, 1e18, -1e18, 0x1p53, 0x1p63, -0x1p63, 0x1.fffffffffffffp62, 1e19,
      1e300,
      -1e300, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1,
    ]
    switch below(8) {
    case 0: return .null
    case 1: return .bool(percent(50))
    case 2: return .integer(pick(integers))
    case 3: return .integer(Int64(truncatingIfNeeded: next()))
    case 4: return .number(pick(numbers))
    case 5:
      let number = Double(bitPattern: next())
      return .number(number.isFinite ? number : 0.25)
    default: return .string(text())
    }
  }

  /// A document with lists and objects nested up to a depth.
  public mutating func json(depth: Int = 4) -> JSON {
    switch depth > 0 ? below(4) : 0 {
    case 2: return .array((0..<below(5)).map { _ in json(depth: depth - 1) })
    case 3:
      var object = JSONObject()
      for _ in 0..<below(5) { object.append(.init(name: text(), json: json(depth: depth - 1))) }
      return .object(object)
    default: return .value(value())
    }
  }

  /// Up to so many bytes, each equally likely.
  public mutating func bytes(upTo count: Int) -> [UInt8] {
    (0..<below(count + 1)).map { _ in UInt8(truncatingIfNeeded: next()) }
  }

  /// The bytes with one to four changes: a bit turned, a byte replaced, added or taken out, a piece taken out or copied
  /// to another place, the end cut off.
  ///
  /// - Parameter alphabet: what to replace bytes with, for texts that would rarely be near valid otherwise.
  public mutating func mutation(of bytes: [UInt8], alphabet: [UInt8] = Array(0...255)) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<among(1...4) where !bytes.isEmpty {
      let place = below(bytes.count)
      switch below(7) {
      case 0: bytes[place] ^= 1 << UInt8(below(8))
      case 1: bytes[place] = pick(alphabet)
      case 2: bytes.insert(pick(alphabet), at: place)
      case 3: bytes.remove(at: place)
      case 4: bytes.removeSubrange(place..<min(bytes.count, place + among(1...20)))
      case 5:
        let other = below(bytes.count)
        bytes.insert(contentsOf: Array(bytes[other..<min(bytes.count, other + among(1...20))]), at: place)
      default: bytes.removeSubrange(place...)
      }
    }
    return bytes
  }
}

extension Value {
  /// Whether both are the same value written in the same way: unlike under `==`, 10 is not 10.0 and 0.0 is not -0.0.
  public func isIdentical(to other: Value) -> Bool {
    switch (self, other) {
    case (.integer, .number), (.number, .integer): false
    case (.number(let own), .number(let others)): own.bitPattern == others.bitPattern
    default: self == other
    }
  }
}

extension JSON {
  /// Whether both are the same document with every scalar written in the same way.
  public func isIdentical(to other: JSON) -> Bool {
    switch (self, other) {
    case (.value(let own), .value(let others)):
      return own.isIdentical(to: others)
    case (.array(let own), .array(let others)):
      return own.count == others.count && zip(own, others).allSatisfy { $0.isIdentical(to: $1) }
    case (.object(let own), .object(let others)):
      return own.members.count == others.members.count
        && zip(own.members, others.members).allSatisfy {
          Key($0.name) == Key($1.name) && $0.json.isIdentical(to: $1.json)
        }
    default:
      return false
    }
  }
}
