import Foundation
import History
import KeyValue
import TestSupport
import Testing

@Suite("Histories from elsewhere, hostile input")
struct ForeignFormatFuzzTests {
  /// Reads with options that the seed chooses.
  private func read(_ bytes: [UInt8], seed: UInt64) {
    let formats = HistoryFormat.allCases + [HistoryFormat?.none, nil, nil]
    let options = HistoryReader.Options(
      allowsTruncated: seed % 2 == 0, format: formats[Int(seed / 2 % UInt64(formats.count))],
      failedCompareAndSet: seed % 3 == 0 ? .mismatch : nil, nilRead: seed % 5 == 0 ? .absent : nil,
      initial: seed % 7 == 0 ? "held" : nil)
    expectSoundReading(bytes, options, seed: seed)
  }

  @Test("no mutation of any fixture traps any reader")
  func mutations() throws {
    let files = try (Fixture.readable + ["multi-register.edn", "append.txt"]).map {
      [UInt8](try Data(contentsOf: URL(filePath: Fixture.path($0))))
    }.filter { !$0.isEmpty }
    let alphabet =
      Array("{}[]()\":,;#_0123456789-+.eEMN/\\untfalskrowvcgp \n\r\t\0".utf8) + [0x80, 0xC3, 0xFF]
    for seed in 0..<seedCount(default: 40_000) {
      var random = SplitMix64(seed: seed)
      var bytes = random.pick(files)
      for _ in 0..<random.among(1...5) {
        if bytes.isEmpty { break }
        let place = random.below(bytes.count)
        switch random.below(7) {
        case 0: bytes[place] ^= 1 << UInt8(random.below(8))
        case 1: bytes[place] = random.pick(alphabet)
        case 2: bytes.insert(random.pick(alphabet), at: place)
        case 3: bytes.remove(at: place)
        case 4: bytes.removeSubrange(place..<min(bytes.count, place + random.among(1...40)))
        case 5: bytes.removeSubrange(place...)
        default:
          let other = random.below(bytes.count)
          let piece = Array(bytes[other..<min(bytes.count, other + random.among(1...60))])
          bytes.insert(contentsOf: piece, at: place)
        }
      }
      read(bytes, seed: seed)
    }
  }

  @Test("no truncation of any fixture and no soup of EDN's punctuation traps any reader")
  func truncationsAndSoup() throws {
    for name in Fixture.readable {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: Fixture.path(name))))
      for length in 0...bytes.count { read(Array(bytes.prefix(length)), seed: UInt64(length)) }
    }
    let words = [
      "{", "}", "[", "]", "(", ")", "#{", "#_", "#:a{", "#a ", "##", ";", "\n", "\"", "\\", ":", ":a", "-",
      "+1",
      "1N", "1.", "1/2", "nil", "true", ":process ", ":type ", ":invoke ", ":f ", ":txn ", ":value ", "0 ",
      " ",
    ]
    for seed in 0..<seedCount(default: 20_000) {
      var random = SplitMix64(seed: seed)
      let text = (0..<random.among(0...24)).map { _ in random.pick(words) }.joined()
      read(Array(text.utf8), seed: seed)
    }
  }
}
