import KeyValue
import TestSupport
import Testing

/// Parses bytes, handing the error over as a value.
func parse(_ bytes: [UInt8]) -> Result<JSON, JSONError> {
  Result { () throws(JSONError) in try JSON(parsing: bytes.span) }
}

@Suite("The JSON parser")
struct JSONParserTests {
  @Test(
    "reads a scalar exactly as it is written",
    arguments: [
      ("null", Value.null), ("true", true), ("false", false), (" \t\r\n null \n", .null),
      ("0", 0), ("-0", 0), ("10", 10), ("-7", -7),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("0.0", .number(0)), ("-0.0", .number(-0.0)), ("10.0", .number(10)), ("10.5", .number(10.5)),
      ("1e2", .number(100)), ("1E+2", .number(100)), ("25e-1", .number(2.5)), ("0e0", .number(0)),
      ("9223372036854775808.0", .number(0x1p63)), ("5e-324", .number(.leastNonzeroMagnitude)),
      ("1e-400", .number(0)),
      ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
      (#""""#, ""), (#""null""#, "null"), (#""é""#, "\u{E9}"),
      (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
      (#""\u0000\u0041\u00e9\u00E9\uffff""#, "\u{0}A\u{E9}\u{E9}\u{FFFF}"),
      (#""x\ud83d\ude00y""#, "x\u{1F600}y"), (#""\uD800\uDC00""#, "\u{10000}"),
      (#""\udbff\udfff""#, "\u{10FFFF}"), (#""\u0065\u0301""#, "e\u{301}"), ("\"\u{7F}\"", "\u{7F}"),
    ])
  func scalars(text: String, expected: Value) throws {
    let value = try #require(try JSON(parsing: text).scalar)
    #expect(value.isIdentical(to: expected), "\(value)")
  }

  @Test("reads lists and objects in order, the last of equal names counting")
  func containers() throws {
    #expect(try JSON(parsing: " [ ] ") == [])
    #expect(try JSON(parsing: "{ }") == [:])
    #expect(try JSON(parsing: "[1,[2,{}],\"x\"]") == [1, [2, [:]], "x"])
    let object = try #require(try JSON(parsing: #"{ "b" : 1 , "a" : [ ] , "b" : 2 }"#).object)
    #expect(object.members.map(\.name) == ["b", "a", "b"])
    #expect(object["b"] == 2)
    #expect(object["c"] == nil)
  }

  @Test(
    "refuses what is not JSON, and says where",
    arguments: [
      ("", 1, 1), ("   ", 1, 4), ("\n\n", 3, 1), ("nul", 1, 1), ("nulL", 1, 1), ("True", 1, 1), ("nan", 1, 1),
      ("null x", 1, 6), ("1 2", 1, 3), ("[] []", 1, 4), ("truefalse", 1, 5),
      ("00", 1, 1), ("01", 1, 1), ("-01", 1, 1), ("-", 1, 2), ("+1", 1, 1), (".5", 1, 1), ("1.", 1, 3),
      ("1.e5", 1, 3), ("1e", 1, 3), ("1e+", 1, 4), ("0x10", 1, 2), ("--1", 1, 2), ("1_000", 1, 2),
      ("9223372036854775808", 1, 1), ("-9223372036854775809", 1, 1), ("[1, 18446744073709551616]", 1, 5),
      ("1e400", 1, 1), ("-1e400", 1, 1), ("Infinity", 1, 1),
      (#"""#, 1, 1), (#""abc"#, 1, 1), (#""\"#, 1, 3), (#""\x""#, 1, 3), (#""\u12"#, 1, 6),
      (#""\u12g4""#, 1, 6),
      (#""\ud800""#, 1, 2), (#""\udc00""#, 1, 2), (#""\ud800\ud800""#, 1, 2), (#""\ud800x""#, 1, 2),
      (#""\ud800\n""#, 1, 2), ("\"a\nb\"", 1, 3), ("\"\u{0}\"", 1, 2), ("\"\\n\t\"", 1, 4), ("'a'", 1, 1),
      ("[", 1, 2), ("[1", 1, 3), ("[1,]", 1, 4), ("[,1]", 1, 2), ("[1 2]", 1, 4), ("]", 1, 1), ("[1}", 1, 3),
      ("{", 1, 2), ("{\"a\"}", 1, 5), ("{\"a\":}", 1, 6), ("{\"a\":1,}", 1, 8), ("{a:1}", 1, 2),
      ("{1:1}", 1, 2), ("{\"a\" 1}", 1, 6), ("{\"a\":1 \"b\":2}", 1, 8), ("{,}", 1, 2),
      ("{\n  \"a\": x\n}", 2, 8), ("[1,\n2,\n\n  ?]", 4, 3), ("\u{FEFF}1", 1, 1), ("// no\n1", 1, 1),
      ("\u{0}", 1, 1),
      ("1\u{0}", 1, 2), ("[\u{0}]", 1, 2), ("{\u{0}}", 1, 2), ("{\"a\":1\u{0}", 1, 7),
    ])
  func refusals(text: String, line: Int, column: Int) {
    guard case .failure(let error) = parse(Array(text.utf8)) else {
      Issue.record("\(text.debugDescription) was accepted")
      return
    }
    #expect((error.line, error.column) == (line, column), "\(error)")
    #expect(!error.reason.isEmpty)
  }

  @Test(
    "refuses strings that are not UTF-8, in values and in names",
    arguments: [
      [0x80], [0xC3], [0xC3, 0x28], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
      [0xF0, 0x9F, 0x98],
      [0xFE], [0xE2, 0x28, 0xA1],
    ] as [[UInt8]])
  func invalidUTF8(bytes: [UInt8]) {
    for text in [
      Array("\"".utf8) + bytes + Array("\"".utf8), Array("\"\\n".utf8) + bytes + Array("\"".utf8),
      Array("\"".utf8) + bytes + Array("\\n\"".utf8), Array("{\"".utf8) + bytes + Array("\":1}".utf8),
    ] {
      guard case .failure(let error) = parse(text) else {
        Issue.record("\(text) was accepted")
        continue
      }
      #expect(error.reason == "the string is not UTF-8")
    }
    guard case .failure = parse(bytes) else {
      Issue.record("\(bytes) was accepted outside of a string")
      return
    }
  }

  @Test("reads 128 levels and refuses one more, or a million, of each kind of nesting")
  func depth() {
    for (open, inner, close) in [("[", "1", "]"), (#"{"a":"#, "1", "}"), (#"[{"a":"#, "1", "}]")] {
      let levels = open.hasPrefix("[{") ? 2 : 1
      func nested(_ count: Int) -> [UInt8] {
        Array((String(repeating: open, count: count) + inner + String(repeating: close, count: count)).utf8)
      }
      // The scalar within is a level of its own.
      guard case .success = parse(nested(127 / levels)) else {
        Issue.record("\(open) was refused")
        return
      }
      for count in [128 / levels, 1_000_000] {
        guard case .failure(let error) = parse(nested(count)) else {
          Issue.record("\(count) times \(open) was accepted")
          return
        }
        #expect(error.reason.contains("nested deeper than 128 levels"))
      }
    }
    guard case .failure = parse(Array(repeating: UInt8(ascii: "["), count: 1_000_000)) else {
      Issue.record("a million brackets were accepted")
      return
    }
  }

  @Test("a number of a thousand digits is quoted only in part")
  func longNumbers() {
    for text in [String(repeating: "9", count: 100_000), String(repeating: "9", count: 100_000) + ".5"] {
      guard case .failure(let error) = parse(Array(text.utf8)) else {
        Issue.record("accepted")
        return
      }
      #expect(error.reason.contains("does not fit in 64 bits"))
      #expect(error.reason.utf8.count < 200)
    }
  }
}
