import Configuration
import Foundation
import Replication
import Testing

@Suite("docs/configuration.md")
struct ConfigurationDocumentTests {
  private func document() throws -> String {
    try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
  }

  /// The fenced blocks of the document with their language.
  private func blocks() throws -> [(language: String, text: String)] {
    let parts = try document().components(separatedBy: "```")
    return stride(from: 1, to: parts.count, by: 2).map { index in
      let lines = parts[index].split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(lines[0]), String(lines[1]))
    }
  }

  @Test("shows configurations that are valid, or what is reported about them")
  func examples() throws {
    let blocks = try blocks()
    var outputs = 0
    for (index, block) in blocks.enumerated() where block.language == "json" {
      let next = index + 1 < blocks.count ? blocks[index + 1] : nil
      let expected = next.flatMap { $0.language == "text" ? $0.text : nil } ?? ""
      outputs += expected.isEmpty ? 0 : 1
      let output = lines(block.text).map { $0 + "\n" }.joined()
      #expect(output == expected)
    }
    #expect(outputs == 2)
    #expect(blocks.first?.language == "json")
  }

  @Test("names every limit as it is")
  func limits() throws {
    let document = try document()
    let limits = [
      "1 to \(ClusterConfiguration.serverCounts.upperBound)", "1 to \(ClusterConfiguration.clientCountMax)",
      "at most \(ClusterConfiguration.requestCountMax) requests",
      "0 to \(ClusterConfiguration.clientNumberMax);",
      "from 0 to \(ClusterConfiguration.sleepMillisecondsMax);",
    ]
    for limit in limits { #expect(document.contains(limit)) }
  }

  @Test("lists each level with its default protocol and the others that provide it")
  func levels() throws {
    let rows = try document().split(separator: "\n").filter { $0.hasPrefix("| ") }.map { row in
      row.split(separator: "|").map { $0.split(separator: ",").map { $0.filter { !" `".contains($0) } } }
    }
    for level in ConsistencyLevel.allCases {
      let row = try #require(rows.first { $0.count == 4 && $0[0] == [level.rawValue] })
      #expect(row[1].allSatisfy { ConsistencyLevel(named: $0) == level })
      #expect(row[2] == [level.defaultProtocol.rawValue])
      let others = ReplicationProtocol.allCases.filter { $0.provides(level) && $0 != level.defaultProtocol }
      #expect(row[3].filter { !$0.isEmpty } == others.map(\.rawValue))
    }
  }
}
