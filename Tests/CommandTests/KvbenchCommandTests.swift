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
}
