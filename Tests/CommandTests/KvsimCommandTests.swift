import Foundation
import Testing

@Suite("kvsim", .timeLimit(.minutes(5)))
struct KvsimCommandTests {
  @Test("a seed gives the same history in every process, and a swarm of correct replicas holds")
  func determinism() async throws {
    let folder = try CommandFolder()
    for file in ["a.jsonl", "b.jsonl"] {
      let result = try await folder.run("kvsim", [testConfiguration("t2"), "--seed", "11", "--record", file])
      #expect(result.status == 0, "\(result.testDescription)")
    }
    let first = try #require(folder.text("a.jsonl"))
    #expect(first.utf8.count > 5000 && first == folder.text("b.jsonl"))
    let swarm = try await folder.run("kvsim", [testConfiguration("t2"), "--seeds", "1..5", "--jobs", "2"])
    #expect(swarm.status == 0 && swarm.output.hasSuffix("every run holds\n"), "\(swarm.testDescription)")
    let judged = try await folder.run("kvcheck", ["a.jsonl", "--quiet"])
    #expect(judged.status == 0, "\(judged.testDescription)")
  }

  @Test(
    "a violation ends with 1, names the command that replays it, and shrinks to a scenario that violates again"
  )
  func violation() async throws {
    let folder = try CommandFolder()
    let t3 = testConfiguration("t3")
    let found = try await folder.run(
      "kvsim", [t3, "--seeds", "1..50", "--model", "linearizable", "--shrink", "small.json"])
    #expect(found.status == 1, "\(found.testDescription)")
    let command = try #require(
      found.complaints.split(separator: "again: ").last?.split(separator: "\n").first)
    let words = command.split(separator: " ").dropFirst().map(String.init)
    let again = try await folder.run("kvsim", words)
    #expect(again.status == 1 && again.output.contains("is not linearizable"), "\(again.testDescription)")
    #expect(found.output.contains("=> The history is not linearizable."))
    let small = try await folder.run("kvsim", ["small.json", "--model", "linearizable", "--story"])
    #expect(small.status == 1 && small.output.contains("server 0"), "\(small.testDescription)")
  }

  @Test("what cannot be run is refused with the status that says why")
  func refused() async throws {
    let folder = try CommandFolder()
    _ = try folder.write(#"{"num_servers": 0}"#, to: "bad.json")
    for (arguments, status) in [
      (["nowhere.json"], 66), (["bad.json"], 65), ([], 64),
      ([testConfiguration("t2"), "--seeds", "5..1"], 64),
      ([testConfiguration("t2"), "--seed", "1", "--seeds", "1..2"], 64),
      ([testConfiguration("t2"), "--jobs", "0"], 64), ([testConfiguration("t2"), "--level", "strong"], 64),
      ([testConfiguration("t2"), "--record", "no/such/folder.jsonl"], 73),
    ] {
      let result = try await folder.run("kvsim", arguments)
      #expect(result.status == status, "\(arguments) \(result.testDescription)")
    }
  }
}
