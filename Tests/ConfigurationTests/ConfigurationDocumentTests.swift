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
      "at most \(Workload.sessionCountMax) of all clients", "up to \(Workload.valueSizeMax) ",
    ]
    for limit in limits { #expect(document.contains(limit)) }
  }

  @Test("describes each kind of fault and each shape of a partition")
  func faults() throws {
    let document = try document()
    for name in FaultName.allCases { #expect(document.contains("\n| `\(name.rawValue)` | ")) }
    for shape in PartitionShape.allCases {
      let row = document.split(separator: "\n").first { $0.hasPrefix("| `\(shape.rawValue)` | ") }
      #expect(row?.contains("| \(shape.serverCountMin) |") == true)
    }
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
