import Foundation
import History
import KeyValue
import Testing

extension KvrunTests {
  @Suite("the six configurations")
  struct Configurations {
    @Test(
      "each runs, is recorded to the end, and holds its level",
      arguments: ["t1-1", "t1-2", "t1-3", "t2", "t3", "t4"])
    func holds(name: String) async throws {
      let folder = try CommandFolder()
      let result = try await folder.kvrun(testConfiguration(name), ["--record", "--check"])
      #expect(result.status == 0 && result.complaints == "", "\(result.testDescription)")
      #expect(result.output.contains("HOLDS") && result.output.contains("histories/run.jsonl"))

      let names = folder.names("histories")
      #expect(names.count == 2 && names.contains("run.jsonl"), "\(names)")
      let kept = try #require(names.first { $0 != "run.jsonl" })
      #expect(kept.hasPrefix("\(name)-"))
      #expect(folder.text("histories/\(kept)") == folder.text("histories/run.jsonl"))

      let history = try folder.history("histories/run.jsonl")
      #expect(history.end?.isClean == true && history.warnings == [])
      #expect(history.operations.allSatisfy { $0.outcome == .ok })
      let servers = try #require(history.run?.servers)
      let finals = history.operations.filter(\.isFinal).map {
        FinalRead(key: $0.key, server: $0.server ?? -1)
      }
      let expected = history.keys.indices.flatMap { key in
        (0..<Int32(servers)).map { FinalRead(key: KeyID(index: UInt32(key)), server: $0) }
      }
      #expect(finals.count == expected.count && Set(finals) == Set(expected))

      let check = try await folder.run("kvcheck", ["histories/run.jsonl"])
      #expect(check.status == 0, "\(check.testDescription)")
      #expect(folder.names("checker-reports").contains("run.json"))
    }

    private struct FinalRead: Hashable {
      let key: KeyID
      let server: Int32
    }

    @Test("20 runs of t2 and of t3 hold, several at once")
    func repeated() async throws {
      try await withThrowingTaskGroup { group in
        for part in 0..<4 {
          for name in ["t2", "t3"] {
            group.addTask {
              let folder = try CommandFolder()
              let seed = "\(1000 + 5 * part)"
              let result = try await folder.kvrun(
                testConfiguration(name), ["--check", "--repeat", "5", "--seed", seed])
              #expect(result.status == 0, "\(name) from seed \(seed): \(result.testDescription)")
              #expect(result.output.contains("of 5 runs, 5 held their level"))
            }
          }
        }
        try await group.waitForAll()
      }
    }

    @Test("runs of one configuration in one folder at once leave each other alone")
    func together() async throws {
      let folder = try CommandFolder()
      try await withThrowingTaskGroup { group in
        for seed in 1...4 {
          group.addTask {
            let result = try await folder.kvrun(
              testConfiguration("t1-1"), ["--record", "--check", "--seed", "\(seed)"])
            #expect(result.status == 0, "\(result.testDescription)")
          }
        }
        try await group.waitForAll()
      }
      let kept = folder.names("histories").filter { $0 != "run.jsonl" }
      #expect(kept.count == 4, "\(kept)")
      let seeds = try kept.map { try folder.history("histories/\($0)").run?.seed }
      #expect(Set(seeds) == [1, 2, 3, 4])
    }
  }
}
