import KeyValue
import TestSupport
import Testing

@testable import History

/// The fast way of reading a line against the exact one: what it understands it must understand the same way.
@Suite("Plain lines")
struct PlainReadingTests {
  /// Lines in which a recorder could write an event, and such as no recorder should.
  private static func line(_ random: inout SplitMix64) -> String {
    let blank = random.percent(20) ? " " : ""
    var members: [String] = []
    func add(_ name: String, _ values: [String], _ random: inout SplitMix64, percent: Int = 80) {
      guard random.percent(percent) else { return }
      members.append("\"\(name)\":\(blank)\(random.pick(values))")
    }
    let numbers = [
      "0", "7", "12345678", "123456789012", "4611686018427387903", "4611686018427387904", "00", "1.0", "-3",
      "2e3", "9223372036854775807", "9223372036854775808", "12345678901234567890", "99999999999999999999999",
    ]
    let texts = [#""""#, #""a""#, #""null""#, #""tenletters""#, #""é""#, #""a\"b""#, #""\u0061""#, "\"\t\""]
    let scalars = numbers + texts + ["null", "true", "false", "nul", "truely"]
    add("index", numbers, &random)
    add("time", numbers, &random)
    add("mono", numbers, &random)
    add("process", ["0", "1", "25", "2147483647", "2147483648", #""3""#, "null"], &random, percent: 95)
    let types = [#""invoke""#, #""ok""#, #""fail""#, #""info""#]
    add("type", types + types + [#""run""#, #""end""#, #""okay""#, "1"], &random, percent: 95)
    add(
      "f",
      [#""read""#, #""write""#, #""cas""#, #""get""#, #""set""#, #""put""#, #""other""#, #""r\u0065ad""#],
      &random)
    add("key", texts + ["7", "-7", "1.5", "null", "[]"], &random)
    add("value", scalars + ["[1,2]", "[ 1 , \"b\" ]", "[1]", "[]", "[[1],2]", "{\"a\":1}"], &random)
    add("client", ["3", #""4""#, "null", "5000000000"], &random, percent: 40)
    add("server", ["3", "0", "null"], &random, percent: 40)
    add("host", [#""h""#, "null", "3"], &random, percent: 20)
    add("final", ["true", "false", "null", "1"], &random, percent: 20)
    add("applied", ["true", "false", "null"], &random, percent: 20)
    add("stamp", ["[1,2]", "[1,[2]]", "{}"], &random, percent: 20)
    add("a-longer-name", scalars, &random, percent: 10)
    add("type", types, &random, percent: 3)
    members.shuffle(using: &random)
    let close = random.percent(95) ? "}" : random.pick(["", "]", "} ", "}\r", "}}", ",}"])
    return "{" + blank + members.joined(separator: blank + "," + blank) + close
  }

  @Test("a plain line is taken apart as the exact way takes it apart, whatever stands in it and behind it")
  func lines() throws {
    var plain = 0
    for seed in 0..<seedCount(default: 20_000) {
      var random = SplitMix64(seed: seed)
      let line = Self.line(&random)
      let before = random.percent(50) ? "" : "{}\n"
      // The line break must be there, and eight bytes can hardly ever be loaded behind it.
      let bytes = Array((before + line + "\n" + String(repeating: "x", count: random.below(12))).utf8)
      var event = EventLine()
      guard let end = event.readPlain(bytes.span, at: before.utf8.count) else { continue }
      plain += 1
      let lineEnd = before.utf8.count + line.utf8.count
      let exact = try EventLine(bytes.span.extracting(..<lineEnd), at: before.utf8.count)
      #expect(end == lineEnd, "seed \(seed): \(line)")
      #expect(event == exact, "seed \(seed): \(line)")
    }
    #expect(plain > 100)
  }

  @Test("what recorders write is plain, in any order of the members")
  func recorded() {
    for seed in UInt64(0)..<200 {
      var random = SplitMix64(seed: seed)
      var members = [
        #""index":12"#, #""time":1767225600000003299"#, #""mono":3299"#, #""process":20"#,
        #""type":"invoke""#,
        #""f":"write""#, #""key":"k4""#, #""value":\#(random.pick(["1", "null", "\"text\"", "[1,null]"]))"#,
        #""client":20"#, #""server":1"#, #""stamp":[1,2]"#, #""final":true"#,
        #""error":"the server is gone""#,
      ]
      members.shuffle(using: &random)
      let separator = random.pick([",", ", "])
      let bytes = Array("{\(members.joined(separator: separator))}\n{\"type\":".utf8)
      var event = EventLine()
      #expect(event.readPlain(bytes.span, at: 0) == bytes.firstIndex(of: 0x0A), "seed \(seed)")
    }
  }

  @Test("numbers of up to 19 digits are read eight digits at a time, and longer ones not at all")
  func integers() {
    for seed in 0..<seedCount(default: 5_000) {
      var random = SplitMix64(seed: seed)
      let digits = (0..<random.among(0...26)).map { _ in "\(random.below(10))" }.joined()
      let text = digits + random.pick([",       ", "}aaaaaaaaa", "/........", ":12345678", "\u{0}1234567"])
      var offset = 0
      let number = PlainInteger.read(Array(text.utf8).span, &offset)
      let isReadable = !digits.isEmpty && digits.count <= 19
      #expect(number == (isReadable ? UInt64(digits) : nil), "\(text)")
      if isReadable { #expect(offset == digits.count, "\(text)") }
    }
  }

  /// Either what was read or why not, in a form that can be compared.
  private func outcome(_ bytes: [UInt8], pieces: Int?, isExactOnly: Bool, _ options: HistoryReader.Options)
    -> String
  {
    var reader = JSONLinesReader(options, file: "h", isExactOnly: isExactOnly)
    do throws(HistoryError) {
      try Pieces.read(bytes, &reader, length: pieces)
      return Pieces.text(try reader.finish())
    } catch {
      return error.description
    }
  }

  @Test("files are read the same by both ways and in pieces of any length, mistakes included")
  func files() {
    for seed in 0..<seedCount(default: 4_000) {
      var random = SplitMix64(seed: seed)
      var bytes: [UInt8] = []
      HistoryGenerator(Self.options(&random)).write { bytes += $0 }
      for _ in 0..<random.below(3) { Pieces.damage(&bytes, &random) }
      let options = HistoryReader.Options(
        allowsTruncated: seed % 2 == 0, failedCompareAndSet: seed % 3 == 0 ? .mismatch : nil,
        nilRead: seed % 5 == 0 ? .unknown : nil)
      let exact = outcome(bytes, pieces: nil, isExactOnly: true, options)
      #expect(outcome(bytes, pieces: nil, isExactOnly: false, options) == exact, "seed \(seed)")
      let length = random.among(1...400)
      #expect(outcome(bytes, pieces: length, isExactOnly: false, options) == exact, "seed \(seed)")
    }
  }

  private static func options(_ random: inout SplitMix64) -> HistoryGenerator.Options {
    var options = HistoryGenerator.Options()
    options.operations = random.among(1...12)
    options.processes = random.among(1...4)
    options.keys = random.among(1...3)
    options.compareAndSetsPerMillion = random.below(400_000)
    options.unknownPerMillion = random.below(200_000)
    options.failedPerMillion = random.below(200_000)
    options.values = random.percent(50) ? .unique : .repeated(3)
    options.seed = random.next()
    return options
  }
}
