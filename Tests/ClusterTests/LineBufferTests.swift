import KeyValue
import Testing

@testable import Cluster

@Suite("line buffer")
struct LineBufferTests {
  @Test("lines come out whole, however their bytes are cut into pieces", arguments: 0..<200 as Range<UInt64>)
  func pieces(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let alphabet: [Character] = ["a", "é", "\u{1F408}", "\r", " ", "\n"]
    let text = String(
      (0..<Int.random(in: 0..<60, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
    let bytes = Array(text.utf8)
    var buffer = LineBuffer()
    var lines: [String] = []
    var start = 0
    while start < bytes.count {
      let end = Int.random(in: start...min(bytes.count, start + 9), using: &random)
      bytes[start..<end].withUnsafeBytes { buffer.take($0) { lines.append($0) } }
      start = end
    }
    // Scalars rather than characters, of which a carriage return and a line feed are one.
    let expected = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map {
      String($0)
    }
    #expect(lines.map { Array($0.utf8) } == expected.dropLast().map { Array($0.utf8) })
    #expect(buffer.rest == Array(expected[expected.count - 1].utf8))
  }
}
