import Consistency
import Foundation
import KeyValue
import Reports
import Testing

@Suite("checker-reports/")
struct ExampleReportsTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
  private static let names =
    ["t1-1", "t1-2", "t1-3", "t2", "t3", "t4"]
    + ["failing-crossed-reads-both-0", "failing-replicas-never-agree", "failing-stale-read"]

  @Test(
    "the committed reports are what is said of the committed histories (`make examples` writes both)",
    arguments: names)
  func upToDate(name: String) throws {
    let command = CheckCommand(.init(files: []), print: { _ in }, complain: { _ in })
    let checked = command.checkFile(
      Self.root.appending(path: "histories/\(name).jsonl").path(percentEncoded: false))
    let named = CheckedFile(
      file: "histories/\(name).jsonl", outcome: checked.outcome, staleness: checked.staleness)
    let now = JSONReport(allowance: .init(memoryBytes: 4_000_000_000)).json(named)
    let file = Self.root.appending(path: "checker-reports/\(name).json")
    let committed = try JSON(parsing: String(contentsOf: file, encoding: .utf8))
    #expect(now.timeless == committed.timeless)
  }
}
