import Foundation
import History
import KeyValue
import Testing

extension KvrunTests {
  @Suite("options")
  struct Options {
    private let t2 = testConfiguration("t2")

    @Test("--repeat numbers the files and counts the seeds on")
    func repetition() async throws {
      let folder = try CommandFolder()
      let result = try await folder.kvrun(
        t2, ["--repeat", "3", "--seed", "7", "--record", "deep/my.jsonl", "--server-logs", "logs"])
      #expect(result.status == 0 && result.complaints == "", "\(result.testDescription)")
      #expect(folder.names("deep") == ["my-1.jsonl", "my-2.jsonl", "my-3.jsonl"])
      for repetition in 1...3 {
        #expect(try folder.history("deep/my-\(repetition).jsonl").run?.seed == UInt64(6 + repetition))
        #expect(folder.names("logs/run-\(repetition)") == ["t2-server-0.log", "t2-server-1.log"])
      }
      #expect(folder.text("logs/run-2/t2-server-1.log")?.contains("ready") == true)
      #expect(
        result.output.contains("run 3 of 3") && result.output.contains("of 3 runs, 3 ended as they should"))
    }

    @Test("--json prints one JSON object and nothing else")
    func json() async throws {
      let folder = try CommandFolder()
      let result = try await folder.kvrun(t2, ["--json", "--check", "--record", "h.jsonl", "--seed", "5"])
      #expect(result.status == 0 && result.complaints == "", "\(result.testDescription)")
      let summary = try JSON(parsing: result.output)
      #expect(summary["name"] == "t2" && summary["seed"] == 5 && summary["clean"] == true)
      #expect(summary["history"] == "h.jsonl" && summary["failure"] == .value(.null))
      #expect(summary["check"]?["verdicts"]?.array?.first?["verdict"] == "holds")
      let clients = summary["summary"]?["clients"]?.array ?? []
      #expect(clients.map { $0["name"]?.string } == ["client 0", "client 1", "final reads"])
      #expect(clients.allSatisfy { $0["latency_ns"]?["median"]?.integer ?? 0 > 0 })
    }

    @Test("--report says which reports there are of what is checked")
    func reports() async throws {
      let folder = try CommandFolder()
      let result = try await folder.kvrun(
        t2, ["--check", "--record", "h.jsonl", "--report", "junit,markdown"])
      #expect(result.status == 0 && result.complaints == "", "\(result.testDescription)")
      #expect(folder.names("checker-reports") == ["h.junit.xml", "h.md"])
      #expect(result.output.contains("checker-reports/h.junit.xml"))
      for (options, complaint) in [
        (["--report", "junit"], "--report goes with --check"),
        (["--check", "--report", "paper"], "\"paper\" is not a kind of report"),
      ] {
        let refused = try await folder.kvrun(t2, options)
        #expect(refused.status == 64 && refused.complaints.contains(complaint), "\(refused.testDescription)")
      }
    }

    @Test("--quiet prints nothing; without --record nothing is kept")
    func quiet() async throws {
      let folder = try CommandFolder()
      let result = try await folder.kvrun(t2, ["--quiet"])
      #expect(result.status == 0)
      #expect(result.output == "" && result.complaints == "")
      #expect(folder.names() == [])
    }

    @Test("--help shows examples and every exit status")
    func help() async throws {
      let result = try await CommandFolder().run("kvrun", ["--help"])
      #expect(result.status == 0 && result.output.contains("EXAMPLES") && result.complaints == "")
      for status in ["0", "1", "2", "64", "65", "66", "69", "70", "73", "130"] {
        #expect(result.output.contains("\n  \(status) "), "\(status)")
      }
    }
  }
}
