import KeyValue
import TestSupport
import Testing

/// Checks that `<`, `==` and hashes of all elements fit together, as a strict total order asks.
private func checkOrder<Element: Comparable & Hashable>(_ elements: [Element], seed: UInt64) {
  for a in elements {
    for b in elements {
      guard [a < b, b < a, a == b].filter(\.self).count == 1 else {
        Issue.record("seed \(seed): \(a) and \(b) are not ordered in exactly one way")
        return
      }
      guard a != b || a.hashValue == b.hashValue else {
        Issue.record("seed \(seed): \(a) and \(b) are equal but hash differently")
        return
      }
    }
  }
  // In a sorted list, transitivity means that every element is before, or equal to, all that follow it.
  let sorted = elements.sorted()
  for (index, a) in sorted.enumerated() {
    for b in sorted[index...] where b < a {
      Issue.record("seed \(seed): sorting put \(a) before \(b)")
      return
    }
  }
}

@Suite("Values")
struct ValueTests {
  private static let distinct: [Value] = [
    .null, false, true, .integer(.min), -1, 0, 1, 10, .number(0.5), .number(10.5), .number(-1e19),
    .number(1e19),
    .number(0x1p63), .integer(.max), .integer(1 << 53), .integer(1 << 53 + 1), "", "null", "0", "10", "true",
    "\u{E9}", "e\u{301}", "\u{0}", "a", "a\u{0}",
  ]

  @Test(
    "null, the empty text and the text null, numbers and their spellings, accents in two forms all differ")
  func differences() {
    #expect(Set(Self.distinct).count == Self.distinct.count)
    checkOrder(Self.distinct, seed: 0)
  }

  @Test(
    "a number without a fraction is the integer, where that fits",
    arguments: [
      (Value.integer(10), Value.number(10)), (0, .number(-0.0)), (.integer(.min), .number(-0x1p63)),
      (.integer(1_000_000_000_000_000_000), .number(1e18)), (.integer(1 << 53), .number(0x1p53)),
    ])
  func integralNumbers(integer: Value, number: Value) {
    #expect(integer == number)
    #expect(integer.hashValue == number.hashValue)
    #expect(!(integer < number) && !(number < integer))
  }

  @Test("an integer is not confused with the number that it would round to")
  func nearIntegers() {
    #expect(Value.integer(1 << 53 + 1) != .number(0x1p53))
    #expect(Value.number(0x1p53) < .integer(1 << 53 + 1))
    #expect(Value.integer(.max) != .number(0x1p63))
    #expect(Value.integer(.max) < .number(0x1p63))
    #expect(Value.number(-0x1.0000000000001p63) < .integer(.min))
    #expect(Value.integer(0) < .number(.leastNonzeroMagnitude))
    #expect(Value.number(-.leastNonzeroMagnitude) < .integer(0))
  }

  @Test("kinds are ordered null, truth values, numbers, texts")
  func kinds() {
    let sorted: [Value] = [
      .null, false, true, .number(-1e300), .integer(.min), .number(-0.5), 0, .number(0.5), 1, .integer(.max),
      .number(1e300), "", "10", "9", "Z", "a", "\u{E9}",
    ]
    #expect(sorted.reversed().sorted() == sorted)
  }

  @Test("the order of random values is strict, total and in keeping with equality and hashes")
  func order() {
    for seed in 0..<seedCount(default: 60) {
      var random = SplitMix64(seed: seed)
      checkOrder((0..<40).map { _ in random.value() }, seed: seed)
    }
  }

  @Test("a value is described by its JSON text")
  func descriptions() {
    #expect(
      ["\(Value.null)", "\(Value.string("a\"b"))", "\(Value.number(10))"] == ["null", #""a\"b""#, "10.0"])
  }
}

@Suite("Keys")
struct KeyTests {
  @Test("keys are compared by bytes, not by what they look like")
  func bytes() {
    let (composed, decomposed): (Key, Key) = ("\u{E9}", "e\u{301}")
    #expect(composed.text == decomposed.text)
    #expect(composed != decomposed)
    #expect(decomposed < composed)
    #expect(Set([composed, decomposed, Key("\u{E9}")]).count == 2)
    #expect([composed: 1, decomposed: 2][Key("e\u{301}")] == 2)
  }

  @Test("the order of random keys is strict, total and in keeping with equality and hashes")
  func order() {
    for seed in 0..<seedCount(default: 60) {
      var random = SplitMix64(seed: seed)
      checkOrder((0..<40).map { _ in Key(random.text()) }, seed: seed)
    }
  }
}
