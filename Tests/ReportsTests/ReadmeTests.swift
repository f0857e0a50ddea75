import Consistency
import Foundation
import Reports
import Testing

@Suite("README.md", .serialized)
struct ReadmeTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

  /// What kvcheck says of a recorded history, without how long it took and how many configurations it explored.
  private func text(_ file: String) -> String? {
    let command = CheckCommand(.init(files: [], models: [.sequential]), print: { _ in }, complain: { _ in })
    let outcome = command.checkFile(Self.root.appending(path: file).path(percentEncoded: false)).outcome
    guard case .judged = outcome else { return nil }
    return TextReport().text(CheckedFile(file: file, outcome: outcome))
      .replacing(#/  \([0-9.]+ \w+, (\d+ configurations?, )?by [^\n]+\)/#, with: "")
  }

  @Test(
    "quotes what kvcheck says of the recorded histories at the sequential level (UPDATE_DOCS=1 quotes anew)",
    arguments: ["histories/t3.jsonl", "histories/failing-crossed-reads-both-0.jsonl"])
  func quotations(file: String) throws {
    let readme = Self.root.appending(path: "README.md")
    let parts = try String(contentsOf: readme, encoding: .utf8)
      .components(separatedBy: "<!-- kvcheck \(file) --model sequential -->\n```\n")
    try #require(parts.count == 2)
    let quoted = try #require(parts[1].components(separatedBy: "```").first)
    let text = try #require(self.text(file))
    if ProcessInfo.processInfo.environment["UPDATE_DOCS"] != nil {
      let rest = parts[1].dropFirst(quoted.count)
      try (parts[0] + "<!-- kvcheck \(file) --model sequential -->\n```\n" + text + rest)
        .write(to: readme, atomically: true, encoding: .utf8)
    } else {
      #expect(text == quoted)
    }
  }
}
