import Configuration
import Foundation
import History
import KeyValue
import Testing

import struct History.Operation

extension KvrunTests {
  @Suite("workloads")
  struct Load {
    private func load(_ result: CommandResult) throws -> JSON {
      try #require(try JSON(parsing: result.output)["load"], "\(result.testDescription)")
    }

    private func row(_ name: String, _ load: JSON) -> JSON? {
      load["operations"]?.array?.first { $0["name"]?.string == name }
    }

    @Test(
      "every level keeps its promise, and the clients ask for what the seed says",
      arguments: ["linearizable", "sequential", "eventual"])
    func levels(level: String) async throws {
      let folder = try CommandFolder()
      let result = try await folder.run(
        "kvrun",
        [
          "--level", level, "--servers", "3", "--clients", "2", "--sessions", "4", "--operations", "403",
          "--reads", "0.6", "--keys", "3", "--distribution", "zipfian", "--value-size", "20", "--seed", "11",
          "--check", "--record", "h.jsonl", "--json", "-",
        ])
      #expect(result.status == 0 && result.complaints == "", "\(result.testDescription)")
      let history = try folder.history("h.jsonl")
      let operations = history.ids.map { history[$0] }.filter { !$0.isFinal }
      #expect(operations.count == 403 && history.end?.isClean == true)
      #expect(history.ids.count { history[$0].isFinal } == 9, "every key at every server")

      var workload = Workload()
      workload.clients = 2
      workload.sessionsPerClient = 4
      workload.length = .operations(403)
      workload.reads = Share(perMillion: 600_000)
      workload.keys = 3
      workload.distribution = .zipfian
      workload.valueSize = 20
      for session in 0..<8 {
        var generator = WorkloadGenerator(workload, seed: 11, session: session)
        let own = operations.filter { $0.process == ProcessID(Int32(session)) }
        #expect(own.allSatisfy { $0.client == Int32(session / 4) && $0.server == Int32(session % 3) })
        for operation in own {
          guard let drawn = generator.next() else {
            Issue.record("session \(session) did more than its part")
            break
          }
          #expect(history[operation.key] == Workload.key(drawn.key))
          switch drawn.action {
          case .read: #expect(operation.kind == .read)
          case .write(let value): #expect(operation.kind == .write && history[operation.value] == value)
          case .compareAndSet: Issue.record("there was to be none")
          }
        }
        #expect(generator.next() == nil, "session \(session) did less than its part")
      }
      let load = try load(result)
      #expect(row("all", load)?["ok"] == 403)
      #expect(row("read", load)?["count"]?.integer == Int64(operations.count { $0.kind == .read }))
    }

    @Test("options say what the section of a configuration can say, for a time as for a number of operations")
    func options() async throws {
      let folder = try CommandFolder()
      let result = try await folder.run(
        "kvrun",
        [
          "--level", "sequential", "--protocol", "total-order-broadcast", "--servers", "2", "--clients", "2",
          "--duration", "600ms", "--warm-up", "200ms", "--reads", "0.3", "--cas", "0.3", "--values", "3",
          "--keys", "4", "--distribution", "single-writer", "--rate", "400", "--check", "--record", "h.jsonl",
          "--json", "-",
        ])
      #expect(result.status == 0, "\(result.testDescription)")
      let history = try folder.history("h.jsonl")
      #expect(history.run?.replicationProtocol == "total-order-broadcast" && history.run?.servers == 2)
      let operations = history.ids.map { history[$0] }.filter { !$0.isFinal }
      #expect(Set(operations.map(\.kind)) == Set(Operation.Kind.allCases))
      for operation in operations where operation.kind != .read {
        // A swap that did not match has the value that it found, and that of a key not written yet is null.
        if operation.kind == .write { #expect([0, 1, 2].contains(history[operation.value])) }
        let key = try #require(Int(history[operation.key].text.dropFirst()))
        #expect(key % 2 == Int(operation.process.number) % 2, "each key is written by one session")
      }
      let load = try load(result)
      let counted = try #require(row("all", load)?["count"]?.integer)
      let warmingUp = try #require(load["warming_up"]?.integer)
      let notBegun = try #require(load["not_begun"]?.integer)
      #expect(counted + warmingUp == Int64(operations.count) && counted > 0 && warmingUp > 0)
      #expect(Int64(operations.count) + notBegun == 240, "at 400 a second")
    }

    @Test("scripted clients and a workload run together, and both are told of")
    func together() async throws {
      let folder = try CommandFolder()
      try folder.write(
        #"""
        {"num_servers": 2, "consistency_level": "linearizable", "initial": {"a": 0},
         "clients": [{"client_number": 5, "server_number": 1, "requests": [{"type": "set", "key": "a", "value": 1}]}],
         "workload": {"clients": 2, "operations": 40, "cas": 0.3, "keys": 2, "warm_up": "1h"}}
        """#, to: "both.json")
      let result = try await folder.kvrun("both.json", ["--check", "--record", "h.jsonl", "--sessions", "3"])
      #expect(result.status == 0, "\(result.testDescription)")
      let history = try folder.history("h.jsonl")
      let operations = history.ids.map { history[$0] }.filter { !$0.isFinal }
      #expect(Set(operations.map(\.client)) == [5, 6, 7])
      #expect(Set(operations.map(\.process.number)) == Set(0...6), "the script, and two times three sessions")
      #expect(result.output.contains("1 client, 2 further clients with 3 sessions each"))
      #expect(result.output.contains("not counted, since they belong to the warm-up: 40\n"))
    }

    @Test("what waits behind a stall counts from when it was to begin")
    func stall() async throws {
      let folder = try CommandFolder()
      let rate = 100
      let result = try await folder.run(
        "kvrun",
        [
          "--level", "eventual", "--servers", "2", "--clients", "2", "--operations", "100", "--reads", "1",
          "--rate", "\(rate)", "--operation-timeout", "1h", "--timeout", "60", "--record", "h.jsonl",
          "--json", "-",
        ]
      ) { kvrun in
        // The other server's session goes on, so the lines tell when the stalled one has missed its turns.
        let lines = {
          (0..<2).reduce(0) { $0 + (folder.text("h.parts/\($1).jsonl")?.split(separator: "\n").count ?? 0) }
        }
        try await until { lines() >= 8 }
        let servers = ProcessEntry.children(of: kvrun, named: "kvserver")
        let stopped = try #require(servers.last)
        kill(stopped.id, SIGSTOP)
        let before = lines()
        // Whichever server it is, half of the 200 lines come without it.
        try await until { lines() >= min(before + 50, 100) }
        kill(stopped.id, SIGCONT)
      }
      #expect(result.status == 0, "\(result.testDescription)")
      let history = try folder.history("h.jsonl")
      let operations = history.ids.map { history[$0] }.filter { !$0.isFinal }
      #expect(operations.count == 100)
      // When each was to begin, on the latest start that its client's invocations allow: so no latency is reckoned longer
      // than it was. Each client starts by itself.
      var fromIntended: [Int64] = []
      for session in 0..<2 {
        let own = operations.filter { $0.process == ProcessID(Int32(session)) }
        let intended = own.indices.map { Int64($0 * 2 + session) * 1_000_000_000 / Int64(rate) }
        let start = try #require(zip(own, intended).map { $0.invoked - $1 }.min())
        fromIntended += zip(own, intended).map { $0.completed - start - $1 }
      }
      fromIntended.sort()
      let fromInvoked = operations.map { $0.completed - $0.invoked }.sorted()
      let reported = try #require(row("read", try load(result))?["latency_ns"])
      for (name, rank) in [("p50", 49), ("p90", 89), ("max", 99)] {
        let least = Double(fromIntended[rank]) * 0.998
        #expect(Double(try #require(reported[name]?.integer)) >= least, "\(name): \(reported)")
      }
      #expect(fromIntended[89] > fromInvoked[89], "the stall did not hold anything up")
    }

    @Test("an operation that is not answered in time has an unknown outcome, and another process goes on")
    func timeouts() async throws {
      let folder = try CommandFolder()
      let result = try await folder.run(
        "kvrun",
        [
          "--level", "linearizable", "--servers", "2", "--clients", "1", "--sessions", "3",
          "--operations", "60", "--reads", "0.5", "--rate", "60", "--operation-timeout", "50ms",
          "--timeout", "60", "--check", "--record", "h.jsonl", "--json", "-",
        ]
      ) { kvrun in
        let text = { folder.text("h.parts/0.jsonl") ?? "" }
        try await until { text().contains(#""type":"ok""#) }
        let servers = ProcessEntry.children(of: kvrun, named: "kvserver")
        let stopped = try #require(servers.first)
        kill(stopped.id, SIGSTOP)
        try await until { text().contains(#""type":"info""#) }
        kill(stopped.id, SIGCONT)
      }
      #expect(result.status == 0, "\(result.testDescription)")
      let history = try folder.history("h.jsonl")
      let operations = history.ids.map { history[$0] }.filter { !$0.isFinal }
      let unknown = operations.filter { $0.outcome == .unknown }
      #expect(operations.count == 60 && !unknown.isEmpty)
      #expect(row("all", try load(result))?["unknown"]?.integer == Int64(unknown.count))
      for operation in unknown {
        #expect(operations.last { $0.process == operation.process } == operation)
      }
      // Each session's numbers are its own: they are a step apart.
      let step = Int32(3 + 2)
      #expect(Set(operations.map { $0.process.number % step }) == [0, 1, 2])
    }

    @Test(
      "every thread of a server stays on the server's core, where that is asked for and where cores are few",
      arguments: ["--place", nil, "--no-place"])
    func placed(option: String?) async throws {
      let folder = try CommandFolder()
      let result = try await folder.run(
        "kvrun",
        [
          "--level", "linearizable", "--servers", "3", "--clients", "1", "--operations", "20", "--rate", "20",
          "--check", "--record", "h.jsonl", "--timeout", "60",
        ] + [option].compactMap(\.self)
      ) { kvrun in
        try await until { (folder.text("h.parts/0.jsonl") ?? "").contains(#""type":"ok""#) }
        let servers = ProcessEntry.children(of: kvrun, named: "kvserver").map { $0.allowedCores }
        #expect(servers.count == 3)
        // Three servers and a client have eight threads at work.
        let isCrowded = ProcessInfo.processInfo.activeProcessorCount < 8
        guard option == "--place" || option == nil && isCrowded else {
          return #expect(servers.allSatisfy { $0 == ProcessEntry(kvrun)?.allowedCores }, "\(servers)")
        }
        // Each on one core, all of its threads on the same.
        for cores in servers {
          #expect(cores.count == 1 && cores.first.flatMap { Int($0) } != nil, "\(cores)")
        }
        let available = ProcessEntry(kvrun)?.allowedCores.first?.contains { ",-".contains($0) }
        if available == true { #expect(Set(servers).count > 1) }
        let client = try #require(ProcessEntry.children(of: kvrun, named: "kvclient").first)
        #expect(servers.contains(client.allowedCores))
      }
      #expect(result.status == 0, "\(result.testDescription)")
    }

    @Test("a client that is killed in the middle leaves a sound history")
    func killed() async throws {
      let folder = try CommandFolder()
      let result = try await folder.run(
        "kvrun",
        [
          "--level", "linearizable", "--servers", "2", "--clients", "2", "--sessions", "4", "--duration",
          "1h",
          "--timeout", "60", "--check", "--record", "h.jsonl", "--quiet",
        ]
      ) { kvrun in
        try await until { (folder.text("h.parts/1.jsonl")?.utf8.count ?? 0) > 20_000 }
        let clients = ProcessEntry.children(of: kvrun, named: "kvclient")
        kill(try #require(clients.last).id, SIGKILL)
      }
      // The run did not end as it should have, but nothing was read that is not known to have been written.
      #expect(result.status == 69, "\(result.testDescription)")
      #expect(result.complaints.contains("ended during the run: signal 9"))
      let history = try folder.history("h.jsonl")
      #expect(history.end?.isClean == false)
      #expect(history.operations.count > 100)
      let report = try #require(folder.text("checker-reports/h.json"))
      #expect(report.contains(#""verdict": "holds""#))
    }

    @Test(
      "an option that cannot be is refused by its name, with 64",
      arguments: [
        (["--level", "strong"], "--level: "), (["--level", "eventual", "--cas", "0.1"], "--cas: "),
        (["--level", "sequential", "--servers", "0"], "--servers: "),
        (["--level", "sequential", "--reads", "1.5"], "--reads: "),
        (["--level", "sequential", "--rate", "0"], "--rate: "),
        (["--level", "sequential", "--duration", "soon"], "--duration: "),
        (["--level", "sequential", "--duration", "1s", "--operations", "5"], "--duration: "),
        (["--level", "sequential", "--warm-up", "2d"], "--warm-up: "),
        (["--level", "sequential", "--value-size", "-1"], "--value-size"),
        (["--level", "sequential", "--operation-timeout", "0s"], "--operation-timeout: "),
        (["--level", "sequential", "--distribution", "normal"], "--distribution: "),
        (["--level", "sequential", "--protocol", "last-writer-wins"], "--protocol: "),
        (["--clients", "4"], "describe a workload from --level on"),
        (["--recover", "x.parts", "--clients", "4"], "--recover only makes a history"),
      ])
    func refused(arguments: [String], complaint: String) async throws {
      let result = try await CommandFolder().run("kvrun", arguments)
      #expect(result.status == 64 && result.output == "", "\(result.testDescription)")
      #expect(result.complaints.contains(complaint), "\(result.testDescription)")
    }
  }
}
