import KeyValue
import TestSupport
import Testing

@Suite("JSON, whatever the bytes", .timeLimit(.minutes(5)))
struct JSONFuzzTests {
  private static let alphabet =
    Array("{}[]\":,0123456789-+.eE\\/bfnrtuaslx \n\t".utf8) + [0, 0x1F, 0x7F, 0x80, 0xC3, 0xA9, 0xED, 0xFF]

  /// Parses in every way there is, and asks that all agree, that an error points into the text, and that what was read
  /// can be written and read again.
  private func judge(_ bytes: [UInt8], seed: UInt64) {
    var skipping = JSONCursor()
    var isSkipped = true
    do {
      try skipping.skipValue(bytes.span)
      skipping.skipSpace(bytes.span)
      isSkipped = skipping.isAtEnd(bytes.span)
    } catch {
      isSkipped = false
    }
    switch parse(bytes) {
    case .success(let json):
      #expect(isSkipped, "seed \(seed): read but not passed over: \(bytes)")
      for text in [json.description, json.indented] {
        guard case .success(let again) = parse(Array(text.utf8)), again.isIdentical(to: json) else {
          Issue.record("seed \(seed): \(bytes) was written as \(text)")
          return
        }
      }
    case .failure(let error):
      #expect(!isSkipped, "seed \(seed): passed over but not read: \(bytes)")
      let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      guard lines.indices.contains(error.line - 1),
        (1...lines[error.line - 1].count + 1).contains(error.column)
      else {
        Issue.record("seed \(seed): the error is beside the text: \(error), \(bytes)")
        return
      }
    }
  }

  @Test("a random document is written, on one line or over several, and read back the same")
  func roundTrip() {
    for seed in 0..<seedCount(default: 5000) {
      var random = SplitMix64(seed: seed)
      let json = random.json()
      let line = json.description
      #expect(!line.utf8.contains(UInt8(ascii: "\n")), "seed \(seed)")
      for text in [line, json.indented] {
        guard case .success(let again) = parse(Array(text.utf8)), again.isIdentical(to: json) else {
          Issue.record("seed \(seed): \(text)")
          return
        }
      }
    }
  }

  @Test("no mutation of a document traps the parser, and its errors point into the text")
  func mutations() {
    for seed in 0..<seedCount(default: 20_000) {
      var random = SplitMix64(seed: seed)
      let text = Array(random.json(depth: 3).description.utf8)
      judge(random.mutation(of: text, alphabet: Self.alphabet), seed: seed)
    }
  }

  @Test("no bytes trap the parser, be they random, JSON's own characters, or a document cut anywhere")
  func noise() {
    for seed in 0..<seedCount(default: 20_000) {
      var random = SplitMix64(seed: seed)
      judge(random.bytes(upTo: 24), seed: seed)
      judge((0..<random.below(16)).map { _ in random.pick(Self.alphabet) }, seed: seed)
    }
    let whole = Array(#"{"a":[1,-2.5e3,"x\"\u00e9\ud83d\ude00é",null],"b":{"c":true,"d":false}}"#.utf8)
    for count in 0...whole.count { judge(Array(whole.prefix(count)), seed: UInt64(count)) }
  }
}
