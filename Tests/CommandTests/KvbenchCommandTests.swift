import Testing

@Suite("kvbench", .timeLimit(.minutes(5)))
struct KvbenchCommandTests {
  @Test("numbers that make no sense are refused, and nothing traps")
  func refused() async throws {
    let folder = try CommandFolder()
    for arguments in [
      ["--rounds", "0"], ["--rounds", "-1"], ["--operations", "0"], ["--operations", "-5"],
      ["--operations", "50001"], ["--servers", "0"], ["--servers", "-1"], ["--servers", "65"],
    ] {
      let result = try await folder.run("kvbench", [arguments[0] + "=" + arguments[1]])
      #expect(
        result.status == 64 && result.complaints.contains("\(arguments[0]) takes a number"), "\(arguments)")
    }
    for option in ["--clients", "--servers"] {
      let result = try await folder.run("kvbench", ["cluster", "--smoke", option, "0"])
      #expect(
        result.status == 64 && result.complaints.contains("\(option) takes numbers from 1 to"),
        "\(result.testDescription)")
    }
  }

  @Test("every level is measured beside the bare round trip")
  func measures() async throws {
    let result = try await CommandFolder().run(
      "kvbench", ["--rounds", "1", "--operations", "3", "--servers", "2"])
    #expect(result.status == 0, "\(result.testDescription)")
    for name in ["bare REQ/REP echo", "linearizable write", "sequential read", "eventual read"] {
      let row = result.output.split(separator: "\n").first { $0.hasPrefix(name) }
      #expect(row?.dropFirst(name.count).split(separator: " ").first == "3", "\(result.output)")
    }
  }

  @Test("under load, every level is measured beside the echoes, put into a document and drawn")
  func cluster() async throws {
    let folder = try CommandFolder()
    try folder.write(
      "before\n<!-- kvbench cluster -->\nold\n<!-- end of kvbench cluster -->\nafter\n", to: "d.md")
    let result = try await folder.run(
      "kvbench", ["cluster", "--smoke", "--document", "d.md", "--charts", "images"])
    #expect(result.status == 0, "\(result.testDescription)")
    for row in [
      "| bare TCP echo |", "| bare REQ/REP echo |", "| linearizable read |", "| eventual write |",
      "| sequential | 3 | 2 |", "| bare ROUTER echo | 1 | 1 |", "| bare REQ/REP echo, on one core |",
      "| linearizable read, not placed |", "| floor, not placed | 3 | 2 |",
      "| bare ROUTER echo, not placed | 1 | 1 |",
      "| floor | 3 | 2 |", "| throughput, linearizable / floor, 3 servers |",
      "| linearizable, a process each | 3 | 2 |", "| floor, a process each, not placed | 3 | 2 |",
      "| throughput, linearizable, a process each / floor, 3 servers |",
    ] {
      #expect(result.output.contains("\n\(row)"), "\(result.output)")
    }
    let document = try #require(folder.text("d.md"))
    #expect(document.hasPrefix("before\n<!-- kvbench cluster -->\n\n" + result.output))
    #expect(document.hasSuffix("\n<!-- end of kvbench cluster -->\nafter\n") && !document.contains("old"))
    let levels = ["eventual", "linearizable", "sequential"].map { "throughput-\($0).svg" }
    #expect(folder.names("images") == ["latency.svg"] + levels + ["throughput.svg"])

    try folder.write("no marks", to: "d.md")
    let refused = try await folder.run("kvbench", ["cluster", "--smoke", "--document", "d.md"])
    #expect(refused.status != 0 && refused.complaints.contains("d.md: has no lines <!-- kvbench cluster -->"))
  }
}
