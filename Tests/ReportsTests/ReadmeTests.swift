import Consistency
import Foundation
import Reports
import Testing

@Suite("README.md")
struct ReadmeTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

  @Test(
    "quotes what kvcheck says of the recorded histories at the sequential level",
    arguments: ["histories/t3.jsonl", "histories/failing-crossed-reads-both-0.jsonl"])
  func quotations(file: String) throws {
    let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
    let parts = readme.components(separatedBy: "<!-- kvcheck \(file) --model sequential -->\n```\n")
    try #require(parts.count == 2)
    let quoted = try #require(parts[1].components(separatedBy: "\n```").first)

    let command = CheckCommand(.init(files: [], models: [.sequential]), print: { _ in }, complain: { _ in })
    let path = Self.root.appending(path: file).path(percentEncoded: false)
    guard case .judged(let history, let judgements) = command.checkFile(path).outcome else {
      Issue.record("\(file) cannot be judged")
      return
    }
    let checked = CheckedFile(file: file, outcome: .judged(history, judgements))
    let text = TextReport().text(checked)
      // How long it took and how many configurations were explored is no part of what is quoted.
      .replacing(#/  \([0-9.]+ \w+, \d+ configurations?\)/#, with: "")
    #expect(text.split(separator: "\n", omittingEmptySubsequences: true) == quoted.split(separator: "\n"))
  }
}
