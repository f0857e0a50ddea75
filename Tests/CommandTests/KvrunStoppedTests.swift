import Foundation
import History
import KeyValue
import Testing

extension KvrunTests {
  @Suite("a launcher that is stopped")
  struct Stopped {
    private static let sleepy = """
      {"num_servers":3,"consistency_level":"linearizable","initial":{"a":0},"clients":[
        {"client_number":5,"server_number":0,"requests":[
          {"type":"set","key":"a","value":1},{"type":"sleep","value":3600000},{"type":"get","key":"a"}]},
        {"client_number":9,"server_number":1,"requests":[
          {"type":"get","key":"a"},{"type":"sleep","value":3600000},{"type":"get","key":"a"}]}]}
      """

    /// Runs the sleepers, and stops the launcher once both sleep.
    private func stopped(
      _ folder: CommandFolder, with signal: Int32, stoppingServer: Bool = false
    ) async throws -> (CommandResult, children: [ProcessEntry]) {
      try folder.write(Self.sleepy, to: "sleepy.json")
      var children: [ProcessEntry] = []
      let result = try await folder.kvrun("sleepy.json", ["--record", "h.jsonl", "--check"]) { launcher in
        try await until {
          ["0", "1"].allSatisfy { folder.text("h.parts/\($0).jsonl")?.contains(#""type":"ok""#) == true }
        }
        children = ProcessEntry.children(of: launcher)
        if stoppingServer, let server = children.first(where: { $0.name == "kvserver" }) {
          kill(server.id, SIGSTOP)
        }
        kill(launcher, signal)
      }
      #expect(children.map(\.name).sorted() == ["kvclient", "kvclient", "kvserver", "kvserver", "kvserver"])
      return (result, children)
    }

    @Test("Control-C and a request to end stop everything in order", arguments: [SIGINT, SIGTERM, SIGHUP])
    func inOrder(signal: Int32) async throws {
      let folder = try CommandFolder()
      let (result, children) = try await stopped(folder, with: signal)
      #expect(
        result.status == 130 && result.complaints == "kvrun: the run was stopped\n",
        "\(result.testDescription)")
      // Each child was waited for, so none is left at this very moment.
      #expect(children.allSatisfy { ProcessEntry($0.id) == nil })
      let history = try folder.history("h.jsonl")
      #expect(history.operations.map(\.outcome) == [.ok, .ok])
      #expect(history.end?.isClean == false && history.end?.reason == "the run was stopped")
      #expect(folder.names() == ["h.jsonl", "sleepy.json"])
      let check = try await folder.run("kvcheck", ["h.jsonl"])
      #expect([0, 2].contains(check.status), "\(check.testDescription)")
    }

    @Test("a launcher that is killed in the middle of a fault has told of it")
    func killedAmidFault() async throws {
      let folder = try CommandFolder()
      let faults =
        #"[{"fault":"partition","shape":"isolate","servers":[0],"for":"1ms"},{"fault":"kill","servers":[1],"at":"2ms"}]"#
      let config = try folder.write(
        Self.sleepy.dropLast() + #","faults":\#(faults)}"#, to: "faulty.json")
      var noted = ""
      let result = try await folder.kvrun(config, ["--record", "h.jsonl"]) { launcher in
        try await until {
          noted = folder.text("h.parts/harness.jsonl") ?? ""
          return ProcessEntry(launcher) == nil || noted.contains(#""f":"kill""#) && noted.hasSuffix("\n")
        }
        kill(launcher, SIGKILL)
      }
      #expect(result.status == -9, "\(result.testDescription)")
      let recovered = try await folder.run("kvrun", ["--recover", "h.parts"])
      #expect(recovered.status == 0, "\(recovered.testDescription)")
      let history = try folder.history("h.jsonl")
      #expect(history.faults.map(\.name) == ["partition", "partition", "kill"])
      #expect(history.faults.map(\.isEnd) == [false, true, false])
      #expect(history.faults.last?.said["servers"] == [1])
      // Each stands where it happened: the lines follow the clock.
      let events = try #require(folder.text("h.jsonl")).split(separator: "\n").dropFirst().dropLast()
      let times = try events.map { try JSON(parsing: String($0))["mono"]?.integer ?? -1 }
      #expect(times == times.sorted())
      #expect(
        noted.split(separator: "\n").allSatisfy { line in events.contains { $0.hasSuffix(line.dropFirst()) } }
      )
    }

    @Test(
      "a launcher that is killed takes its children with it, a stopped one too, and leaves what they recorded"
    )
    func killed() async throws {
      let folder = try CommandFolder()
      let (result, children) = try await stopped(folder, with: SIGKILL, stoppingServer: true)
      #expect(result.status == -9)
      try await until { children.allSatisfy { ProcessEntry($0.id) == nil } }
      #expect(folder.names("h.parts") == ["0.jsonl", "1.jsonl", "harness.jsonl", "run.json"])
      for part in ["0.jsonl", "1.jsonl"] {
        let history = try folder.history("h.parts/\(part)")
        #expect(history.operations.map(\.outcome) == [.ok])
      }

      // What a killed client was about to write is no reason not to have the rest.
      try folder.write((folder.text("h.parts/1.jsonl") ?? "") + #"{"time":1"#, to: "h.parts/1.jsonl")
      let recovered = try await folder.run("kvrun", ["--recover", "h.parts/"])
      #expect(recovered.status == 0 && recovered.complaints == "", "\(recovered.testDescription)")
      #expect(recovered.output.contains("history: h.jsonl"))
      let history = try folder.history("h.jsonl")
      #expect(history.operations.map(\.outcome) == [.ok, .ok])
      #expect(
        history.run?.name == "sleepy" && history.run?.level == "linearizable" && history.run?.servers == 3)
      #expect(history.end?.isClean == false && history.end?.reason?.contains("the launcher ended") == true)
      let check = try await folder.run("kvcheck", ["h.jsonl"])
      #expect([0, 2].contains(check.status), "\(check.testDescription)")

      let again = try await folder.run("kvrun", ["--recover", "h.parts"])
      #expect(again.status == 73 && again.complaints.contains("h.jsonl: there is such a file already"))
      let elsewhere = try await folder.run(
        "kvrun", ["--recover", "h.parts", "--record", "deep/x.jsonl", "--quiet"])
      #expect(elsewhere.status == 0 && elsewhere.output == "", "\(elsewhere.testDescription)")
      #expect(folder.text("deep/x.jsonl") == folder.text("h.jsonl"))
      #expect(folder.names("h.parts") == ["0.jsonl", "1.jsonl", "harness.jsonl", "run.json"])

      let missing = try await folder.run("kvrun", ["--recover", "nowhere.parts"])
      #expect(
        missing.status == 66 && missing.complaints.contains("nowhere.parts: "), "\(missing.testDescription)")
      try folder.write("{}\n", to: "h.parts/0.jsonl")
      let broken = try await folder.run("kvrun", ["--recover", "h.parts", "--record", "y.jsonl"])
      #expect(broken.status == 65 && broken.complaints.contains("0.jsonl:1"), "\(broken.testDescription)")
      #expect(folder.text("y.jsonl") == nil)
    }
  }
}
