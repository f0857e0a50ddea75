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

  @Test("a standard output that cannot be written to is an error, whatever the verdict")
  func fullStandardOutput() async throws {
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    let folder = try CommandFolder()
    try folder.write("exec \"$0\" \"$@\" > /dev/full", to: "script")
    let result = try await folder.shell("script", ["kvsim", testConfiguration("t2"), "--seed", "1"])
    #expect(result.status == 73, "\(result.testDescription)")
    #expect(result.complaints == "kvsim: standard output cannot be written: No space left on device\n")
  }

  @Test("a configuration may come from a pipe")
  func pipedConfiguration() async throws {
    let folder = try CommandFolder()
    try folder.write("cat \"$1\" | exec \"$0\" /dev/stdin --seed 1", to: "script")
    let result = try await folder.shell("script", ["kvsim", testConfiguration("t2")])
    #expect(result.status == 0, "\(result.testDescription)")
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

  @Test("a failure is reported on in a page and pictures with what clients and servers said to one another")
  func reports() async throws {
    let folder = try CommandFolder()
    _ = try folder.write(Self.three, to: "three.json")
    let found = try await folder.run(
      "kvsim",
      [
        "three.json", "--exhaustive", "--model", "linearizable", "--report", "html,svg,json", "--report-dir",
        "out",
      ])
    #expect(found.status == 1, "\(found.testDescription)")
    for file in [
      "three.html", "three.json", "three.space-time.svg", "three.counterexample.svg", "index.html",
    ] {
      #expect(folder.text("out/" + file) != nil, "\(file)")
    }
    let page = try #require(folder.text("out/three.html"))
    #expect(page.contains("space-time") && page.contains("What happened"))
    for (arguments, status) in [
      (["--seed", "1", "--report", "pdf"], 64),
      (["--seed", "1", "--report", "svg", "--report-dir", "three.json/x"], 73),
    ] {
      #expect(try await folder.run("kvsim", ["three.json"] + arguments).status == status)
    }
  }

  /// A server that has not received a write yet when two others have.
  private static let three = """
    {"num_servers": 3, "consistency_level": "sequential", "clients": [
      {"client_number": 0, "server_number": 0, "requests": [{"type": "set", "key": "x", "value": 1}]},
      {"client_number": 1, "server_number": 1, "requests": [{"type": "get", "key": "x"}]}]}
    """

  @Test("an exhaustive search proves, finds, or says that it was cut short")
  func exhaustive() async throws {
    let folder = try CommandFolder()
    let t2 = testConfiguration("t2")
    let proof = try await folder.run("kvsim", [t2, "--exhaustive"])
    #expect(proof.status == 0 && proof.output.contains("distinct histories"), "\(proof.testDescription)")
    _ = try folder.write(Self.three, to: "three.json")
    let found = try await folder.run(
      "kvsim", ["three.json", "--exhaustive", "--model", "linearizable", "--story"])
    #expect(found.status == 1 && found.output.contains("=> The history is not linearizable."))
    let cut = try await folder.run("kvsim", [t2, "--exhaustive", "--states", "10"])
    #expect(cut.status == 2 && cut.complaints.contains("cut short"), "\(cut.testDescription)")
    _ = try folder.write(
      #"{"num_servers": 2, "consistency_level": "eventual", "workload": {}}"#, to: "w.json")
    for (arguments, status) in [
      (["w.json", "--exhaustive"], 65), ([t2, "--exhaustive", "--seed", "1"], 64),
      ([t2, "--losses", "1"], 64),
    ] {
      #expect(try await folder.run("kvsim", arguments).status == status)
    }
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
