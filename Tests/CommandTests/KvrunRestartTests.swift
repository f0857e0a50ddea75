import Cluster
import Configuration
import Consistency
import Foundation
import History
import KeyValue
import SystemPackage
import Testing

extension KvrunTests {
  @Suite("servers that are killed")
  struct Restarts {
    @Test(
      "are started anew while clients work, the writes go on, and the history keeps its level",
      arguments: [("linearizable", Model.linearizable), ("sequential", .sequential)])
    func restart(level: String, model: Model) async throws {
      let folder = try CommandFolder()
      let requests = (1...40).map { number in
        [
          #"{"type":"set","key":"a","value":"CLIENT:\#(number)"}"#, #"{"type":"get","key":"a"}"#,
          #"{"type":"sleep","value":5}"#,
        ]
      }.joined().joined(separator: ",")
      let clients = (0..<3).map { client in
        #"{"client_number":\#(client),"server_number":\#(client),"requests":[\#(requests)]}"#
          .replacing("CLIENT", with: "\(client)")
      }.joined(separator: ",")
      let faults =
        #"[{"fault":"kill","servers":[1],"for":"1ms"},{"fault":"kill","servers":[2],"at":"50ms","for":"1ms"}]"#
      let text =
        #"{"num_servers":3,"consistency_level":"\#(level)","clients":[\#(clients)],"faults":\#(faults)}"#
      let configuration = try ClusterConfiguration(json: try JSON(parsing: text), name: "restarts")
      let program = BuiltExecutable.path("kvserver").string
      let options = ClusterRun.Options(
        seed: 1, timeout: .seconds(10), programs: URL(filePath: program).deletingLastPathComponent(),
        parts: folder.url)
      let outcome = await ClusterRun.run(
        configuration, options,
        interrupts: AsyncStream { $0.finish() })
      #expect(outcome.failure == nil, "\(outcome.failure?.description ?? "")")
      try outcome.history.write(to: folder.url.appending(path: "h.jsonl").path)
      let history = try folder.history("h.jsonl")
      let verdict = check(history, model)
      guard case .holds = verdict.outcome else {
        Issue.record("\(verdict.outcome)")
        return
      }
      // Each client did all it was told to, whatever came of it; what came after the last restart was answered.
      #expect(history.operations.filter { !$0.isFinal }.count == 3 * 80)
      let last = try #require(history.operations.last { !$0.isFinal && $0.kind == .write })
      #expect(last.outcome == .ok)
      let events = try #require(folder.text("h.jsonl")).split(separator: "\n")
      let kills = events.filter { $0.contains(#""process":"nemesis""#) }
      #expect(kills.count == 5, "\(kills)")
    }
  }
}
