import History
import KeyValue
import TestSupport
import Testing

@Suite("HistoryReader on hostile input")
struct HistoryReaderFuzzTests {
  private static let valid = Array(
    ([HistoryReaderTests.run] + HistoryReaderTests.events + [
      #"{"index":4,"time":1000000400,"mono":400,"process":0,"type":"invoke","f":"cas","key":"é","value":["x\"\u00e9",-1.5e3]}"#,
      #"{"index":5,"time":1000000500,"mono":500,"process":0,"type":"ok","f":"cas","applied":false,"value":true}"#,
      #"{"index":6,"time":1000000600,"mono":600,"process":"nemesis","type":"info","f":"kill","value":{"server":[1,{}]}}"#,
      HistoryReaderTests.end,
    ]).joined(separator: "\n").utf8)

  /// Reads with options that the seed chooses.
  private func read(_ bytes: [UInt8], seed: UInt64) {
    let options = HistoryReader.Options(
      allowsTruncated: seed % 2 == 0, clockErrorNanoseconds: seed % 3 == 0 ? .max : 5)
    expectSoundReading(bytes, options, seed: seed)
  }

  @Test("no mutation of a valid file traps the reader")
  func mutations() {
    let alphabet = Array("{}[]\":,0123456789-.eE\\untfalsrovkwcx \n\r\0".utf8) + [0x80, 0xC3, 0xFF]
    for seed in UInt64(0)..<30_000 {
      var random = SplitMix64(seed: seed)
      var bytes = Self.valid
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = alphabet.randomElement(using: &random)!
        case 2: bytes.insert(alphabet.randomElement(using: &random)!, at: place)
        case 3: bytes.remove(at: place)
        case 4: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...40, using: &random)))
        default:
          let other = Int.random(in: 0..<bytes.count, using: &random)
          let piece = bytes[other..<min(bytes.count, other + Int.random(in: 1...60, using: &random))]
          bytes.insert(contentsOf: Array(piece), at: place)
        }
        if bytes.isEmpty { break }
      }
      read(bytes, seed: seed)
    }
  }

  @Test("no truncation and no random bytes trap the reader")
  func truncationsAndNoise() {
    for length in 0...Self.valid.count { read(Array(Self.valid.prefix(length)), seed: UInt64(length)) }
    for seed in UInt64(0)..<20_000 {
      var random = SplitMix64(seed: seed)
      read(
        (0..<Int.random(in: 0...64, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) },
        seed: seed)
    }
  }

  @Test("deep nesting is refused, not recursed into")
  func nesting() {
    let bytes = Array((#"{"a":"# + String(repeating: "[", count: 1_000_000)).utf8)
    #expect(throws: HistoryError.self) { try HistoryReader().read(bytes, file: "deep") }
  }
}
