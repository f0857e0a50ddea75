import Foundation
import History
import KeyValue
import Testing

extension KvrunTests {
  @Suite("what is refused before anything starts")
  struct Refusals {
    private let t2 = testConfiguration("t2")

    /// Runs kvrun, and fails the test if it has any child while it runs to its end.
    private func refused(_ folder: CommandFolder, _ arguments: [String]) async throws -> CommandResult {
      let result = try await folder.run("kvrun", arguments)
      #expect(result.output == "", "\(result.testDescription)")
      #expect(!result.complaints.contains("NSCocoaErrorDomain"))
      return result
    }

    @Test("every problem of a configuration is named at once, with its path")
    func problems() async throws {
      let folder = try CommandFolder()
      try folder.write(
        """
        {"num_servers":2,"consistency_level":"strong","port_number":{"0":[1,2,3],"1":[4,2]},"clients":[
          {"client_number":0,"server_number":2,"requests":[{"type":"set","key":"a"},{"type":"sleep","value":-5}]}]}
        """, to: "bad.json")
      let result = try await refused(folder, ["bad.json", "--record", "h/h.jsonl", "--server-logs", "logs"])
      #expect(result.status == 65)
      for path in [
        "$.consistency_level: ", "$.port_number[\"1\"][1]: ", "$.port_number[\"1\"]: ",
        "$.clients[0].server_number: ",
        "$.clients[0].requests[0].value: ", "$.clients[0].requests[1].value: ",
      ] {
        #expect(
          result.complaints.contains("kvrun: bad.json: \(path)"), "\(path) in \(result.testDescription)")
      }
      #expect(folder.names() == ["bad.json"])

      try folder.write("{\"num_servers\":", to: "cut.json")
      let cut = try await refused(folder, ["cut.json"])
      #expect(cut.status == 65 && cut.complaints.contains("not JSON: line 1"), "\(cut.testDescription)")
    }

    @Test("faults that only a simulation can make are refused by their places and kinds, all at once")
    func simulatedFaults() async throws {
      let folder = try CommandFolder()
      try folder.write(
        #"""
        {"num_servers":2,"consistency_level":"eventual","workload":{},"faults":[{"fault":"pause"},
         {"fault":"clock","skew":"1s"},{"fault":"random","kinds":["kill","loss"]}]}
        """#, to: "load.json")
      let result = try await refused(folder, ["load.json", "--record"])
      #expect(result.status == 65)
      let kinds = "expected partition, kill, pause, slow, delay, reset, bandwidth"
      #expect(
        result.complaints
          == "kvrun: load.json: $.faults[1].fault: found \"clock\", \(kinds): "
          + "the processes of a run share the clock of their machine; kvsim simulates it\n"
          + "kvrun: load.json: $.faults[2].kinds[1]: found \"loss\", \(kinds): "
          + "connections lose nothing while they stand; reset loses what is on its way; kvsim simulates it\n",
        "\(result.testDescription)")
      #expect(folder.names() == ["load.json"])
      let option = try await refused(folder, ["--level", "eventual", "--faults", "pause,loss"])
      #expect(option.status == 64 && option.complaints.contains("--faults: found \"loss\""))
    }

    @Test("a configuration that cannot be read ends with 66, a wrong command line with 64")
    func input() async throws {
      let folder = try CommandFolder()
      let missing = try await refused(folder, ["nowhere.json"])
      #expect(missing.status == 66)
      #expect(missing.complaints == "kvrun: nowhere.json: cannot be read: No such file or directory\n")
      let directory = try await refused(folder, ["."])
      #expect(directory.status == 66 && directory.complaints.contains("directory"))
      for arguments in [
        [], [t2, "--repeat", "0"], [t2, "--timeout", "0"], [t2, "--timeout", "nan"], [t2, "--seed", "-1"],
        [t2, "--seed", "9223372036854775808"], [t2, "--seed", "9223372036854775806", "--repeat", "3"],
        [t2, "--recover", "x.parts"], ["--recover", "x.parts", "--check"],
        [t2, "--wrong"], ["--record", t2], [t2, t2],
      ] {
        let result = try await refused(folder, arguments)
        #expect(
          result.status == 64 && result.complaints.uppercased().contains("USAGE: KVRUN"),
          "\(arguments) \(result.testDescription)"
        )
      }
      let swallowed = try await refused(folder, ["--record", t2])
      #expect(
        swallowed.complaints.contains("was taken for the path of --record"), "\(swallowed.testDescription)")
      #expect(folder.names() == [])
    }

    @Test("a fixed port that is taken is named by its path")
    func busyPort() async throws {
      let taken = try OpenPort(), other = try OpenPort()
      let folder = try CommandFolder()
      try folder.write(
        """
        {"num_servers":2,"consistency_level":"eventual","port_number":[[0,0,\(taken.number)],[0,\(other.number),0]],
         "clients":[{"client_number":0,"server_number":0,"requests":[{"type":"get","key":"a"}]}]}
        """, to: "busy.json")
      let result = try await refused(folder, ["busy.json", "--record"])
      #expect(result.status == 65)
      for (path, port) in [("[0][2]", taken), ("[1][1]", other)] {
        #expect(
          result.complaints.contains("busy.json: $.port_number\(path): port \(port.number) cannot be opened"),
          "\(result.testDescription)")
      }
      #expect(folder.names() == ["busy.json"])
      try folder.write(
        """
        {"num_servers":1,"consistency_level":"strong","port_number":{"0":[0,0,\(taken.number)]},"clients":[]}
        """, to: "worse.json")
      let worse = try await refused(folder, ["worse.json"])
      #expect(worse.status == 65 && worse.complaints.contains("worse.json: $.consistency_level: "))
      #expect(
        worse.complaints.contains(
          "worse.json: $.port_number[\"0\"][2]: port \(taken.number) cannot be opened"),
        "\(worse.testDescription)")
      let dynamic = try await folder.kvrun("busy.json", ["--quiet"])
      #expect(dynamic.status == 0, "\(dynamic.testDescription)")
    }

    @Test("what cannot be written ends with 73, and nothing is run in vain")
    func unwritable() async throws {
      let folder = try CommandFolder()
      try folder.write("", to: "file")
      try folder.write("mine", to: "folder.parts")
      for (option, path, named) in [
        ("--record", "file/h.jsonl", "file: "), ("--record", ".", ".: "),
        ("--record", "/proc/h.jsonl", "/proc/h.parts: "),
        ("--server-logs", "file/logs", "file/logs/t2-server-0.log: "),
      ] {
        let result = try await refused(folder, [t2, "--dynamic-ports", option, path])
        #expect(result.status == 73, "\(path) \(result.testDescription)")
        #expect(result.complaints.hasPrefix("kvrun: \(named)"), "\(result.complaints)")
        #expect(result.complaints.split(separator: "\n").count == 1, "\(result.complaints)")
      }
      #expect(folder.names() == ["file", "folder.parts"])
    }

    @Test("without its servers' program it says what to do")
    func missingPrograms() async throws {
      let folder = try CommandFolder()
      let result = try await refused(
        folder, [t2, "--dynamic-ports", "--record", "--programs", folder.url.path])
      #expect(result.status == 69)
      #expect(
        result.complaints.contains(
          "\(folder.url.path)/kvserver: there is no such program; `swift build` makes it"))
      #expect(result.complaints.split(separator: "\n").count == 1 && folder.names() == [])
    }

    @Test(
      "more processes than files may be open for are refused, and a low limit that may be raised is raised")
    func openFiles() async throws {
      let folder = try CommandFolder()
      let clients = (0..<40).map { number in
        #"{"client_number":\#(number),"server_number":0,"requests":[{"type":"get","key":"a"}]}"#
      }
      try folder.write(
        #"{"num_servers":1,"consistency_level":"eventual","clients":[\#(clients.joined(separator: ","))]}"#,
        to: "many.json")
      try folder.write("ulimit -n 80; exec \"$0\" \"$@\"", to: "hard")
      let refused = try await folder.shell("hard", ["kvrun", "many.json"])
      #expect(refused.status == 69 && refused.output == "", "\(refused.testDescription)")
      #expect(
        refused.complaints.hasPrefix("kvrun: many.json: 42 processes need up to 316 open files, and only 80"))
      try folder.write("ulimit -Sn 80; exec \"$0\" \"$@\"", to: "soft")
      let raised = try await folder.shell("soft", ["kvrun", "many.json", "--quiet", "--timeout", "60"])
      #expect(raised.status == 0, "\(raised.testDescription)")
    }

    @Test("a full disk loses nothing: the clients' parts are kept, and named")
    func fullDisk() async throws {
      let folder = try CommandFolder()
      let result = try await folder.kvrun(t2, ["--record", "/dev/full"])
      #expect(result.status == 73)
      #expect(result.complaints.contains("/dev/full: cannot be written: No space left on device"))
      let line = try #require(result.complaints.split(separator: "\n").last)
      #expect(line.contains("--recover"))
      let parts = URL(filePath: String(line.drop { $0 != "/" }))
      defer { try? FileManager.default.removeItem(at: parts) }
      let names = try FileManager.default.contentsOfDirectory(atPath: parts.path)
      #expect(names.sorted() == ["0.jsonl", "1.jsonl", "2.jsonl", "harness.jsonl", "run.json"])
      for name in names where Int(name.prefix(1)) != nil {
        let history = try HistoryReader().read(path: parts.appending(path: name).path)
        #expect(history.operations.count >= 2 && history.operations.allSatisfy { $0.outcome == .ok })
      }
      #expect(FileManager.default.fileExists(atPath: "/dev/full"))
    }

    @Test("a place that is taken while it runs loses nothing: what to do is told, and does it")
    func takenMeanwhile() async throws {
      let folder = try CommandFolder()
      let result = try await folder.kvrun(t2, ["--record", "h.jsonl"]) { _ in
        try await until { folder.text("h.parts/run.json") != nil }
        try FileManager.default.createDirectory(
          at: folder.url.appending(path: "h.jsonl"), withIntermediateDirectories: false)
      }
      #expect(result.status == 73, "\(result.testDescription)")
      #expect(
        result.complaints == """
          kvrun: h.jsonl: cannot be written: Is a directory
          kvrun: what the clients recorded is kept, and kvrun --recover makes a history of it (elsewhere with \
          --record PATH): ./h.parts

          """)
      let recovered = try await folder.run("kvrun", ["--recover", "h.parts", "--record", "x.jsonl"])
      #expect(recovered.status == 0, "\(recovered.testDescription)")
      #expect(try folder.history("x.jsonl").operations.count >= 6)
    }

    @Test("what lies where the parts would go is left alone")
    func foreignParts() async throws {
      let folder = try CommandFolder()
      try FileManager.default.createDirectory(
        at: folder.url.appending(path: "h.parts"), withIntermediateDirectories: true)
      try folder.write("precious", to: "h.parts/0.jsonl")
      let result = try await folder.kvrun(t2, ["--record", "h.jsonl"])
      #expect(result.status == 0, "\(result.testDescription)")
      #expect(folder.text("h.parts/0.jsonl") == "precious")
      let odd = try await folder.kvrun(t2, ["--record", "odd.parts"])
      #expect(odd.status == 0, "\(odd.testDescription)")
      #expect(try folder.history("odd.parts").end?.isClean == true)
      #expect(folder.names() == ["h.jsonl", "h.parts", "odd.parts"])
    }

    @Test(
      "a standard output that cannot be written to is an error, not a crash",
      arguments: ["/dev/full", "closed"])
    func standardOutput(state: String) async throws {
      let folder = try CommandFolder()
      let redirection = state == "closed" ? ">&-" : "> \(state)"
      try folder.write("exec \"$0\" \"$@\" \(redirection)", to: "script")
      let result = try await folder.shell(
        "script", ["kvrun", t2, "--dynamic-ports", "--record", "h.jsonl", "--timeout", "60"])
      #expect(result.status == 73, "\(result.testDescription)")
      #expect(result.complaints.hasPrefix("kvrun: standard output cannot be written: "))
      #expect(try folder.history("h.jsonl").end?.isClean == true)
    }
  }
}
