import Foundation
import History
import KeyValue
import Testing

import struct History.Operation

extension KvrunTests {
  @Suite("a server that stands still for long")
  struct Busy {
    /// The most memory that a process has used so far, in bytes.
    private func peakMemory(_ process: pid_t) throws -> Int {
      let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
      return try #require(line.split(separator: " ").compactMap { Int($0) }.first) * 1024
    }

    @Test(
      "costs the others no memory beyond the bounds: they say that they are busy, and catch up afterwards",
      arguments: ["linearizable", "eventual"])
    func stopped(level: String) async throws {
      let folder = try CommandFolder()
      try folder.write(
        """
        {"num_servers": 3, "consistency_level": "\(level)", "bounds": {"updates": 40, "bytes": 100000},
         "workload": {"clients": 1, "sessions": 12, "duration": "1h", "rate": 300, "reads": 0.1, "keys": 5,
                      "value_size": 5000, "timeout": "20ms"}}
        """, to: "busy.json")
      var growth = 0
      let result = try await folder.kvrun("busy.json", ["--record", "h.jsonl"]) {
        launcher in
        let part = folder.url.appending(path: "h.parts/0.jsonl")
        /// How many lines of the recording have a text; those that follow after the first that has another. Quick
        /// beside the run: what it waits for must not be over when it is seen.
        func count(_ text: String, after first: String? = nil) -> Int {
          guard let data = try? Data(contentsOf: part) else { return 0 }
          return (Array(data) + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bytes in
              var rest = bytes.baseAddress
              func skip(_ text: String) -> Bool {
                rest = rest.flatMap { strstr($0, text) }.map { UnsafePointer($0) + text.utf8.count }
                return rest != nil
              }
              if let first, !skip(first) { return 0 }
              var count = 0
              while skip(text) { count += 1 }
              return count
            }
          }
        }
        func hasEnded() -> Bool { ProcessEntry(launcher) == nil }
        try await until { count(#""type":"ok""#) >= 100 || hasEnded() }
        let servers = ProcessEntry.children(of: launcher, named: "kvserver")
        let others = servers.dropLast()
        let before = try others.map { try peakMemory($0.id) }
        kill(try #require(servers.last).id, SIGSTOP)
        // What is refused here alone is more than the bound.
        try await until { count("server busy: ") >= 40 || hasEnded() }
        growth = try zip(others, before).map { try peakMemory($0.id) - $1 }.max() ?? 0
        kill(try #require(servers.last).id, SIGCONT)
        try await until {
          count(#""type":"ok","f":"write""#, after: "server busy: ") > 40 || hasEnded()
        }
        // However slow the machine is, the run lasts until all of that was seen.
        kill(launcher, SIGINT)
      }
      #expect(result.status == 130, "\(result.testDescription)")
      #expect(growth < 3_000_000, "\(growth) bytes")
      let history = try folder.history("h.jsonl")
      let operations = history.ids.map { history[$0] }
      let failed = operations.filter { $0.outcome == .fail }
      #expect(failed.count >= 40)
      // Whoever was refused goes on, and is served again.
      let refusal = try #require(failed.first)
      #expect(
        operations.contains { $0.invoked > refusal.completed && $0.outcome == .ok && $0.kind == .write })
      // Convergence would need the final reads that an interrupted run does not make.
      let model = level == "eventual" ? "monotonic-writes" : level
      let check = try await folder.run("kvcheck", ["h.jsonl", "--model", model])
      #expect(check.status == 0, "\(check.testDescription)")
    }
  }
}
