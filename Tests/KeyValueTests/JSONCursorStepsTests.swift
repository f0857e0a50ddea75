import KeyValue
import TestSupport
import Testing

@Suite("JSONCursor's steps")
struct JSONCursorStepsTests {
  @Test("what is passed over is accepted, refused and measured as if it were read")
  func agreement() {
    let pieces = [
      "{", "}", "[", "]", ",", ":", "\"a\"", "\"\\u00e9\"", "\"\\ud83d\\ude00\"", "\"\\ud83d\"", "\"é\"",
      "\"\u{1}\"",
      "1", "0", "-0", "01", "-", "1.5", "1e5", "1e999", "9223372036854775807", "9223372036854775808",
      "-9223372036854775808", "99999999999999999999", "true", "false", "null", "nul", " ", "\n", "\"", "\\",
      "x",
    ]
    for seed in UInt64(0)..<40_000 {
      var random = SplitMix64(seed: seed)
      var text = ""
      for _ in 0..<Int.random(in: 1...8, using: &random) { text += pieces.randomElement(using: &random)! }
      let bytes = Array(text.utf8)
      var reader = JSONCursor()
      var skipper = JSONCursor()
      let read = Result { () throws(JSONError) in _ = try reader.json(bytes.span) }
      let skipped = Result { () throws(JSONError) in try skipper.skipValue(bytes.span) }
      switch (read, skipped) {
      case (.success, .success): #expect(reader.offset == skipper.offset, "\(text), seed \(seed)")
      case (.failure, .failure): break
      default: Issue.record("\(text) is read but not passed over, or the reverse, seed \(seed)")
      }
    }
  }

  @Test("integers are exact up to both ends, and what does not fit is refused")
  func integers() throws {
    for text in [
      "0", "7", "-1", "123456789012345678", "1795341600007000000", "9223372036854775807",
      "-9223372036854775808",
    ] {
      for end in ["", ",", " ", "}"] {
        let bytes = Array((text + end).utf8)
        var cursor = JSONCursor()
        #expect(try cursor.integer(bytes.span) == Int64(text))
        #expect(cursor.offset == text.utf8.count)
      }
    }
    for text in ["9223372036854775808", "99999999999999999999", "1.0", "1e3", "01", "", "\"1\"", "-", "null"]
    {
      let bytes = Array(text.utf8)
      var cursor = JSONCursor()
      #expect(throws: JSONError.self) { try cursor.integer(bytes.span) }
    }
  }

  @Test("a string's token is its bytes between the quotes")
  func strings() throws {
    let bytes = Array(#" "é\n" "plain""#.utf8)
    var cursor = JSONCursor()
    let escaped = try cursor.stringToken(bytes.span)
    #expect(!escaped.isPlain && String(decoding: bytes[escaped.range], as: UTF8.self) == #"é\n"#)
    let plain = try cursor.stringToken(bytes.span)
    #expect(plain.isPlain && String(decoding: bytes[plain.range], as: UTF8.self) == "plain")
  }
}
