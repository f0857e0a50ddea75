import Foundation
import History
import KeyValue
import TestSupport
import Testing

extension KvrunTests {
  @Suite("processes that die or hang")
  struct ProcessDeath {
    /// A client that writes and reads until something happens, and one that waits for it.
    private static func busy(level: String, servers: Int) -> String {
      let requests = (0..<20_000).map { number in
        number.isMultiple(of: 2)
          ? #"{"type":"set","key":"a","value":\#(number)}"# : #"{"type":"get","key":"a"}"#
      }
      return """
        {"num_servers":\(servers),"consistency_level":"\(level)","clients":[
          {"client_number":30,"server_number":0,"requests":[\(requests.joined(separator: ","))]},
          {"client_number":50,"server_number":\(servers - 1),"requests":[
            {"type":"set","key":"b","value":1},{"type":"sleep","value":3600000},{"type":"get","key":"b"}]}]}
        """
    }

    /// Waits until both clients have something to show.
    private func untilRunning(_ folder: CommandFolder) async throws {
      try await until {
        ["0", "1"].allSatisfy { folder.text("h.parts/\($0).jsonl")?.contains(#""type":"ok""#) == true }
      }
    }

    @Test(
      "a server that is killed ends the run, is named, and leaves a history that can be checked",
      arguments: ["linearizable", "sequential", "eventual"])
    func killedServer(level: String) async throws {
      let folder = try CommandFolder()
      try folder.write(Self.busy(level: level, servers: 3), to: "busy.json")
      let result = try await folder.kvrun("busy.json", ["--record", "h.jsonl"]) { launcher in
        try await untilRunning(folder)
        let servers = ProcessEntry.children(of: launcher, named: "kvserver")
        #expect(servers.count == 3)
        kill(servers[1].id, SIGKILL)
      }
      #expect(result.status == 69, "\(result.testDescription)")
      let first = result.complaints.split(separator: "\n").first ?? ""
      #expect(
        first.contains(/^kvrun: server [0-2] ended during the run: signal 9 ended it \(Killed\)$/), "\(first)"
      )
      #expect(result.complaints.contains("last lines of its log") && result.complaints.contains("ready"))

      let history = try folder.history("h.jsonl")
      #expect(history.end?.isClean == false)
      #expect(history.end?.reason?.contains("signal 9 ended it") == true)
      #expect(history.faults.map(\.name) == ["server-ended"])
      expectSound(history, folder)
      let check = try await folder.run("kvcheck", ["h.jsonl", "--model", "linearizable,sequential"])
      #expect([0, 1, 2].contains(check.status), "\(check.testDescription)")
      if level == "linearizable" { #expect(check.status == 0, "\(check.testDescription)") }
    }

    @Test("what a dead server leaves unanswered is recorded as unknown")
    func pendingOperations() async throws {
      let folder = try CommandFolder()
      try folder.write(Self.busy(level: "linearizable", servers: 3), to: "busy.json")
      let result = try await folder.kvrun("busy.json", ["--record", "h.jsonl", "--check"]) { launcher in
        try await untilRunning(folder)
        let servers = ProcessEntry.children(of: launcher, named: "kvserver")
        // Total order needs every server: with one stopped, the busy client's next operation stays open.
        kill(servers[0].id, SIGSTOP)
        var size = -1
        try await until {
          let before = size
          size = folder.text("h.parts/0.jsonl")?.utf8.count ?? 0
          return size == before && Self.isOpen(folder.text("h.parts/0.jsonl") ?? "")
        }
        kill(servers[0].id, SIGKILL)
      }
      #expect(result.status == 69, "\(result.testDescription)")
      let history = try folder.history("h.jsonl")
      #expect(history.operations.count { $0.outcome == .unknown } == 1)
      #expect(folder.text("h.jsonl")?.contains(#""type":"info","f":"#) == true)
      expectSound(history, folder)
      #expect(result.output.contains("HOLDS"))
    }

    /// Whether the last whole line of a part is an invocation.
    private static func isOpen(_ part: String) -> Bool {
      part.hasSuffix("\n") && part.split(separator: "\n").last?.contains(#""type":"invoke""#) == true
    }

    @Test("a client that is killed ends the run, is named, and leaves a history that is sound")
    func killedClient() async throws {
      let folder = try CommandFolder()
      try folder.write(Self.busy(level: "sequential", servers: 2), to: "busy.json")
      let result = try await folder.kvrun("busy.json", ["--record", "h.jsonl", "--check"]) { launcher in
        try await untilRunning(folder)
        let clients = ProcessEntry.children(of: launcher, named: "kvclient")
        #expect(clients.count == 2)
        for client in clients { kill(client.id, SIGKILL) }
      }
      #expect(result.status == 69, "\(result.testDescription)")
      #expect(
        result.complaints.contains(/client (30|50) ended during the run: signal 9 ended it/),
        "\(result.testDescription)")
      expectSound(try folder.history("h.jsonl"), folder)
    }

    @Test("a client killed at any instant leaves a recording that can be read")
    func killedAtAnyInstant() async throws {
      for seed
        in 0..<UInt64(ProcessInfo.processInfo.environment["KILLED_CLIENTS"].flatMap { UInt64($0) } ?? 8)
      {
        var random = SplitMix64(seed: seed)
        let size = Int(random.next() % 60_000)
        let folder = try CommandFolder()
        try folder.write(Self.busy(level: "eventual", servers: 1), to: "busy.json")
        let result = try await folder.kvrun("busy.json", ["--record", "h.jsonl"]) { launcher in
          var busy: ProcessEntry?
          try await until {
            busy = busy ?? ProcessEntry.children(of: launcher, named: "kvclient").first
            return (folder.text("h.parts/0.jsonl")?.utf8.count ?? -1) >= size && busy != nil
          }
          for client in ProcessEntry.children(of: launcher, named: "kvclient") { kill(client.id, SIGKILL) }
        }
        #expect(result.status == 69, "seed \(seed): \(result.testDescription)")
        expectSound(try folder.history("h.jsonl"), folder, "seed \(seed)")
      }
    }

    @Test("operations on a server that hangs become unknown, the client goes on, and the run ends")
    func stoppedServer() async throws {
      // On a busy machine the server may be stopped too late; then there is a next attempt with more time.
      for (sleep, timeout) in [(500, 1.0), (5_000, 5.0), (50_000, 20.0)] {
        let folder = try CommandFolder()
        try folder.write(
          """
          {"num_servers":1,"consistency_level":"linearizable","initial":{"a":0,"b":0,"c":0},"clients":[
            {"client_number":0,"server_number":0,"requests":[{"type":"set","key":"a","value":1},
              {"type":"get","key":"a"},{"type":"sleep","value":\(sleep)},{"type":"set","key":"a","value":2},{"type":"get","key":"a"}]}]}
          """, to: "hang.json")
        let result = try await folder.kvrun(
          "hang.json", ["--record", "h.jsonl", "--check"], timeout: timeout
        ) { launcher in
          try await until {
            folder.text("h.parts/0.jsonl")?.contains(#""type":"ok","f":"read""#) == true
              || ProcessEntry(launcher) == nil
          }
          if let server = ProcessEntry.children(of: launcher, named: "kvserver").first {
            kill(server.id, SIGSTOP)
          }
        }
        let history = try folder.history("h.jsonl")
        guard history.operations.contains(where: { $0.outcome == .unknown }) else { continue }
        #expect(result.status == 69, "\(result.testDescription)")
        #expect(history.end?.isClean == false)
        for problem in [
          "no answer within \(timeout) seconds from server 0",
          "server 0 did not answer a final read within \(timeout) seconds", "server 0 did not end within",
        ] {
          #expect(result.complaints.contains(problem), "\(result.complaints)")
          #expect(history.end?.reason?.contains(problem) == true, "\(history.end?.reason ?? "")")
        }
        let scripted = history.operations.filter { !$0.isFinal }
        #expect(scripted.map(\.outcome) == [.ok, .ok, .unknown, .unknown])
        #expect(
          Set(scripted.dropFirst(2).map(\.process)).count == 2, "each goes on under a new process number")
        #expect(history.operations.count(where: \.isFinal) == 1, "a silent server is not asked for every key")
        return
      }
      Issue.record("the server could not be stopped in time in any attempt")
    }

    /// Fails the test unless a history of a run that failed is whole: at most one open operation for each client, and a
    /// last line that counts every event.
    private func expectSound(_ history: History, _ folder: CommandFolder, _ comment: Comment? = nil) {
      #expect(!history.operations.isEmpty, comment)
      #expect(history.operations.count { $0.outcome == .unknown } <= 2, comment)
      #expect(history.warnings.count == 1, "only that it did not end cleanly: \(history.warnings)")
      #expect(history.end?.isClean == false, comment)
      #expect(folder.names().filter { $0.hasSuffix(".parts") } == [], comment)
    }
  }
}
