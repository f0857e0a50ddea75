import Foundation
import KeyValue
import Testing

extension KvrunTests {
  @Suite("compare")
  struct Compare {
    private let configurations = ["t1-1", "t1-3"].map { testConfiguration($0) }

    @Test("compare runs each configuration, checks it, and writes a page and a chart")
    func compare() async throws {
      let folder = try CommandFolder()
      let result = try await folder.run(
        "kvrun",
        ["compare"] + configurations + ["--dynamic-ports", "--repeat", "2", "--report", "html,json,svg"])
      #expect(result.status == 0 && result.complaints == "", "\(result.testDescription)")
      #expect(folder.names("checker-reports") == ["comparison.html", "comparison.json", "comparison.svg"])
      #expect(folder.names() == ["checker-reports"], "what holds is not kept")
      let json = try JSON(parsing: #require(folder.text("checker-reports/comparison.json")))
      let entries = try #require(json["configurations"]?.array)
      #expect(entries.map { $0["level"]?.string } == ["linearizable", "eventual"])
      for entry in entries {
        #expect(entry["runs"] == 2 && entry["exitStatus"] == 0)
        // Three clients, each a set and a get.
        #expect(entry["operations"]?.array?.map { $0["ok"] } == [6, 6])
      }
      #expect(result.output.contains("p50 / least") && result.output.contains("holds"))
    }

    @Test("--json prints the comparison and nothing else; --report-dir names another place")
    func json() async throws {
      let folder = try CommandFolder()
      let result = try await folder.run(
        "kvrun",
        ["compare"] + configurations + ["--dynamic-ports", "--json", "--report", "svg", "--report-dir", "r"])
      #expect(result.status == 0 && result.complaints == "", "\(result.testDescription)")
      #expect(try JSON(parsing: result.output)["exitStatus"] == 0)
      #expect(folder.names() == ["r"] && folder.names("r") == ["comparison.svg"])
    }

    @Test("one configuration, or a kind of report that a comparison does not have, is bad usage")
    func usage() async throws {
      let folder = try CommandFolder()
      for arguments in [[configurations[0]], configurations + ["--report", "junit"], []] {
        let result = try await folder.run("kvrun", ["compare"] + arguments)
        #expect(result.status == 64 && result.output == "", "\(result.testDescription)")
      }
      #expect(try await folder.run("kvrun", ["compare", "no.json", configurations[0]]).status == 66)
    }
  }
}
