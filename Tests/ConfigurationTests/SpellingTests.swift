import Testing

@testable import Configuration

@Suite("Suggestions for misspelt names")
struct SpellingTests {
  @Test(
    "a near miss is recognised, and nothing else",
    arguments: [
      ("num_server", "num_servers"), ("NUM_SERVERS", "num_servers"), ("cleints", "clients"),
      ("servers", "num_servers"), ("client", "clients"), ("level", nil), ("x", nil), ("", nil),
      ("num", nil), (String(repeating: "clients", count: 10_000), nil),
    ])
  func suggestion(name: String, meant: String?) {
    #expect(Spelling.suggestion(for: name, among: ["num_servers", "port_number", "clients"]) == meant)
  }

  @Test(
    "insertions, deletions, substitutions and swaps count one each",
    arguments: [
      ("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "ac", 1), ("abc", "axbc", 1),
      ("abc", "acb", 1), ("kitten", "sitting", 3), ("abcd", "badc", 2),
    ])
  func distance(a: String, b: String, distance: Int) {
    #expect(Spelling.distance(Array(a.utf8), Array(b.utf8)) == distance)
    #expect(Spelling.distance(Array(b.utf8), Array(a.utf8)) == distance)
  }
}
