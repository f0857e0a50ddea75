import Foundation
import History
import KeyValue
import Testing

extension KvrunTests {
  @Suite("faults")
  struct Faults {
    private static func load(_ level: String, _ faults: String, duration: String = "600ms") -> [String] {
      [
        "--level", level, "--servers", "3", "--clients", "1", "--sessions", "6", "--duration", duration,
        "--rate", "200", "--keys", "3", "--operation-timeout", "300ms", "--seed", "5", "--timeout", "30",
        "--faults", faults, "--check", "--record", "h.jsonl", "--json", "-",
      ]
    }

    private static let faults = """
      [{"fault":"partition","shape":"one-way","servers":[0],"for":"60ms"},
       {"fault":"partition","shape":"bridge","at":"90ms","for":"60ms"},
       {"fault":"slow","servers":[1],"by":"5ms","at":"50ms","for":"100ms"},
       {"fault":"delay","mean":"3ms","jitter":"2ms","at":"150ms","for":"80ms"},
       {"fault":"bandwidth","bytes_per_second":50000,"at":"200ms","for":"80ms"},
       {"fault":"pause","servers":[2],"at":"100ms","for":"60ms"},
       {"fault":"reset","servers":[1],"at":"250ms"}KILL]
      """

    @Test(
      "every kind keeps the level, is recorded as planned and healed, and leaves no process",
      arguments: ["linearizable", "sequential", "eventual"])
    func everyKind(level: String) async throws {
      let folder = try CommandFolder()
      // What answers a write before others have it may lose it when it is killed.
      let kill = level == "eventual" ? "" : #",{"fault":"kill","servers":[2],"at":"220ms","for":"20ms"}"#
      var children: Set<pid_t> = []
      let result = try await folder.run(
        "kvrun", Self.load(level, Self.faults.replacing("KILL", with: kill))
      ) { kvrun in
        try await until {
          for child in ProcessEntry.children(of: kvrun) { children.insert(child.id) }
          return folder.text("h.jsonl") != nil || ProcessEntry(kvrun) == nil
        }
      }
      #expect(result.status == 0, "\(result.testDescription)")
      let history = try folder.history("h.jsonl")
      let events = history.faults.filter { $0.process == "nemesis" }
      #expect(events.last?.name == "heal")
      var begun: [String: Int] = [:]
      for event in events.dropLast() {
        let value = event.details["value"] ?? event.details
        #expect(value["servers"]?.array != nil)
        begun[event.name, default: 0] += value["phase"] == "start" ? 1 : -1
      }
      #expect(begun.values.allSatisfy { $0 == 0 }, "what begins ends: \(begun)")
      #expect(events.count == 1 + 2 * (level == "eventual" ? 7 : 8))
      #expect(history.ids.count { history[$0].isFinal } == 9)
      for child in children { #expect(ProcessEntry(child) == nil) }
    }

    @Test("the last server that has kept its memory is spared, and the history says so")
    func spared() async throws {
      let folder = try CommandFolder()
      let faults = #"[{"fault":"kill","servers":[0,1,2],"at":"100ms","for":"50ms"}]"#
      let result = try await folder.run("kvrun", Self.load("linearizable", faults))
      #expect(result.status == 0, "\(result.testDescription)")
      let events = try folder.history("h.jsonl").faults
      #expect(events.map(\.name) == ["kill", "kill", "heal"])
      #expect(events.first?.said["spared"] == [2])
    }

    @Test("stopped while a server stands still and another is down, it leaves a history and no process")
    func interrupted() async throws {
      let folder = try CommandFolder()
      let faults = #"[{"fault":"pause","servers":[0]},{"fault":"kill","servers":[1]}]"#
      var children: [ProcessEntry] = []
      let result = try await folder.run("kvrun", Self.load("sequential", faults, duration: "1h")) { kvrun in
        try await until { ProcessEntry.children(of: kvrun, named: "kvserver").count == 3 }
        children = ProcessEntry.children(of: kvrun)
        try await until { ProcessEntry.children(of: kvrun, named: "kvserver").count == 2 }
        children += ProcessEntry.children(of: kvrun)
        kill(kvrun, SIGINT)
      }
      #expect(result.status == 130, "\(result.testDescription)")
      let history = try folder.history("h.jsonl")
      #expect(history.end?.isClean == false)
      #expect(history.faults.map(\.name) == ["pause", "kill", "pause", "kill", "heal"])
      for child in children { #expect(ProcessEntry(child.id) == nil) }
    }
  }
}
